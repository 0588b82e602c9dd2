"""How likely each customer is to do something, and why.

Pure array code: candidates are fitted to customers at the ends of weeks, calibrated on
customers of their own, judged by what others did later, and chosen by the rule that
also chooses the number of states. What is published is plain arrays, which SQL can
score, and exact reasons for each score.
"""
