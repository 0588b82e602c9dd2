"""The hidden Markov model: estimator, compiled kernel, fitting and decoding.

Pure array code. Tests compare `kernel` with `log_recursions`, the textbook form.
"""
