"""What was promised about goods: agreements, custom projects with their clocks and checks, quotations, joint shipments.

It never knows a tier and never writes to a customer.
It may ask the ledger, staff and the kernel.
"""
