"""What the firm knows of a person, and how it lets go of it: export, erasure, retention, the record of processing.

It reads every room, and is the one room beside ledger.merging that changes rows of all of them, by their keys and by
registry.py alone. It never decides what may be sent, and it keeps no name of anybody it has forgotten.
It may ask every room below it.
"""
