"""What users and states will do next under a fitted model, with intervals.

Pure array code.
"""
