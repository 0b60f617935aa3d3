"""The order of the day and of the minute, written once; the worker that keeps both.

It never holds a rule.
It may ask every room below.
"""
