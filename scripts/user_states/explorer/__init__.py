"""The explorer: the states as one HTML page that opens from disk."""
