"""What marketing and care cost: caps and shares per tier, expenses, and rented lists as paid placements.

It never decides a tier and imports no address.
It may ask the ledger, staff and the kernel.
"""
