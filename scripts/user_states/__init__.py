"""User States: behavioural states of users, from rides to a page.

Layers point down only; `make lint` checks it (import-linter, in pyproject.toml):

    commands                    the bodies of the command lines in scripts/
    benchmarks                  rivals and studies; nothing imports them
    explorer, figures           drawing; they read `marts` only
    bi_client                   a dashboard in Superset
    fit, backtest, outbox, privacy   conductors: one per job
    events, messages            what customers do besides rides, and what they write
    runs, marts, rides          rows in and out of the warehouse
    personas, propensity        arrays in, arrays out, and so are
    journeys, segments
    naming, outlook, selection, panel, hmm
    warehouse                   connections, the dbt project, the local server
"""
