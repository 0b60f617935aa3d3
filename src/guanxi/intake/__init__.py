"""Foreign data becomes ledger rows, or a counted reject with its reason.

It never starts a journey from history.
It may ask the kernel, the ledger, the catalogue, culture and consent.
"""
