"""A mapping proposed from the first rows of a file."""
