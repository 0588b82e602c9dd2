"""Benchmarks against rivals, and long studies. Nothing else imports this package."""
