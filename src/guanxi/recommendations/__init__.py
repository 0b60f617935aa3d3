"""Recommend: articles and content that fit a customer, each with its reason, never out of stock or refused.

It never sends, and never decides a tier; a chance of purchase is handed to it as a plain number.
It may ask the kernel, the engine, the firm, the ledger and the catalogue.
"""
