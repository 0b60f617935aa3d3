"""Every message, its gates and its fate.

It never knows what a tier is; a caller hands over plain values.
It may ask the firm, the ledger, culture, consent, content and transports.
"""
