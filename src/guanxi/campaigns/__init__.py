"""One-off sends: a frozen audience, one letter or several against each other, each in its reader's own morning.

It never judges and never carries a mail itself, and it sends nothing while a check finds an error.
It may ask the firm, the ledger, culture, consent, tiering, content, outbox, segments and tracking.
"""
