"""Which model is published: checks, held-out scores, and the number of states.

Pure array code.
"""
