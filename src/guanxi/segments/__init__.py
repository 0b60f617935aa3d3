"""Names a group of customers or contacts: by a rule that is kept fresh, or by hand.

It never sends anything; whoever sends asks it for an audience.
It may ask the engine, the ledger, consent, scoring and tiering.
"""
