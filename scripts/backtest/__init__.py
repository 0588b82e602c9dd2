"""The outlook tried on past weeks, beside simpler forecasts of the same.

Pure array code, except `backtest_store` and `backtest_tables`, which know the
warehouse.
"""
