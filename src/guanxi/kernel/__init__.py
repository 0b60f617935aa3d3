"""Words that every room uses: the clock, money, places, claims, signed tokens.

It never keeps a row of its own.
It may ask nobody.
"""
