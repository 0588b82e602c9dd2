"""Which state of a new run is which, and what each state is called.

Pure array code.
"""
