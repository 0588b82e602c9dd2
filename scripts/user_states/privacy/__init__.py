"""Forgetting a user: rows, files, and the hash that keeps builds from a return."""
