"""Ways of dividing customers, and which of them is worth publishing.

Pure array code: candidates are fitted to customers at the end of a week, judged by what
other customers of the same segment do next, and chosen by the rule that also chooses
the number of states.
"""
