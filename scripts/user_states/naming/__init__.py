"""Keys and names of states: which state continues which, and what each is called.

Pure array code.
"""
