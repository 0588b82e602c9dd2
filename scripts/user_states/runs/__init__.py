"""Stored runs: the rows a fit writes, the champion, promotion and history."""
