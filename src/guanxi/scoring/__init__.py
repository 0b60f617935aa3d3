"""Measure: recency, order counts, spend, quantile scores of every customer.

It never decides a tier and never sends.
It may ask the kernel, the engine, the firm and the ledger.
"""
