"""What `bench_engine.py` measures: the estimator against hmmlearn, on one machine.

Nothing of the project reads this package.
"""
