"""The fit from end to end: read, scale, fit, choose, decode, write back."""
