"""What lies ahead of users and states under a fitted model, and how sure that is.

Pure array code, except `outlook_tables`, which turns it into rows for the warehouse.
"""
