"""The door for the terminal: the command `guanxi`.

It never holds a rule: each command makes one call.
It may ask whatever it calls.
"""
