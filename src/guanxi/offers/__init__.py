"""What we offer beside the list price: discounts, gifts, price breaks, freight rebates, personal codes and their cost.

It never says who deserves an offer, and never sends one: a journey, a campaign or a person hands out a code, and this
room asks whether the terms, the limits and the budget allow it.
It may ask tiering, the budget, the ledger, the firm, culture, staff and the kernel.
"""
