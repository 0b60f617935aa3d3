"""Decide: which tier a customer stands in by which scheme, since when and why.

It never measures and never sends.
It may ask the ledger and scoring.
"""
