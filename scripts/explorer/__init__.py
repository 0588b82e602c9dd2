"""The explorer: the states as one page that opens from disk and asks nobody."""
