"""What we say: letters per step and language, their placeholders, and how they are rendered and proofed.

It never decides who gets one.
It may ask the firm, the ledger and culture.
"""
