"""Kinds of journeys, phases within them, and how well each predicts the next step.

Pure array code: sessions are sequences of steps, coded as numbers.
"""
