"""Plays the firm's own past through its journeys, with a clock of its own, to show who would have got what and when.

It never sends and never changes a row: enrolments and messages live in memory only.
It may ask every room below; the steps, the rules of entry and the gates are the ones that run when it is live.
"""
