"""What we offer beside the list price: percentages, price breaks, freight rebates, and the price with them.

It never knows who deserves an offer, and never sends one: a caller hands over plain facts of the customer.
It may ask the catalogue and the kernel.
"""
