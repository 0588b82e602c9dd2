"""Which model may be published: checks, held-out scores, and the number of states.

Pure array code.
"""
