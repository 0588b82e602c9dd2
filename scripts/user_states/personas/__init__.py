"""Personas: groups of conversations that are about the same and are written alike.

Pure array code. A text becomes a vector; vectors of texts and columns of behaviour are
fused, reduced and clustered; the clusters get names and terms, and are measured.
"""
