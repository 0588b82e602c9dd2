"""Behavioural states from weekly features: hidden Markov models of user weeks.

Two kinds of module live here and never mix: pure array code (features,
parameters, engine, gaussian_hmm, fitting, selection, guards, decoding), which
knows no warehouse, and warehouse code, which knows no statistics.
"""
