"""The hidden Markov model: estimator, compiled kernel, fitting and decoding.

Pure array code. The tests compare `kernel` with `reference`, the textbook form.
"""
