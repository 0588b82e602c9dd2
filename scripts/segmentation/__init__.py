"""Behavioural states from weekly features: hidden Markov models of user weeks.

Two kinds of module live here and never mix. Pure array code knows no warehouse:
features and training_data (what the model reads), parameters, packing, lanes,
kernel, reference, inference, emissions, hidden_markov_model, initialisation and
fitting (the model), next_week, separation, stability, guards, certificate and
selection (how it is judged), decoding. Warehouse code knows no statistics: panel,
spool, run_tables. Only job.py knows both; it calls on the packages outlook (what lies
ahead) and register (which run is read, which state is which).
"""
