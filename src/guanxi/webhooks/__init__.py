"""Tells other programs what happened: addresses, what was delivered to them, and what was not.

It never changes a fact, and never calls an address that lies in the firm's own network unless the firm allowed it.
It may ask the ledger and staff.
"""
