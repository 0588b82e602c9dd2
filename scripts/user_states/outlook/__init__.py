"""Forecasts for users and states under a fitted model, with intervals.

Pure array code.
"""
