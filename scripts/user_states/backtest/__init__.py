"""Forecasts of past weeks, compared with simpler rivals.

Only `backtest_store` knows the warehouse.
"""
