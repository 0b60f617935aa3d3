"""What `guanxi tier --out tiers.xlsx` writes: orders, borders and formulas that come to the same tiers (T-29, I-08).

Whoever changes an amount, a date or a border there sees the tiers change, without this program.
"""
