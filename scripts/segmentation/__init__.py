"""Behavioural states from weekly features: hidden Markov models of user weeks.

Two kinds of module live here and never mix. Pure array code knows no warehouse:
features and training_data (what the model reads), parameters, packing, lanes,
kernel, reference, inference, emissions, hidden_markov_model, initialisation and
fitting (the model), next_week, separation, stability, guards, certificate and
selection (how it is judged), decoding; state_profiles, trait_words and state_names
(what states are called), emission_distance and state_identity (which is which);
chain_forecasts, ride_history, outlook_terms, outlook_model and outlook (what is to be
expected of users); rivals, bg_nbd, bg_bb and likelihood_search, backtest,
forecast_scores and forecast_comparison (how well that comes true).
Warehouse code knows no statistics: panel, spool, run_tables, hmm_tables, registry,
run_register, outlook_tables, backtest_tables, backtest_store. Only job.py and
promotion.py know both.
"""
