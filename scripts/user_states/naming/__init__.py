"""Keys and names of segments: which continues which, and what each is called.

A segment is what a model divides its members into. Keys, distances and the rule for
kept names serve every model; the words are those of states.

Pure array code.
"""
