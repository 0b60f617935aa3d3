"""Who we are: the one company this installation serves, its reporting currency, time zone and postal address.

It never knows a customer.
It may ask the kernel only.
"""
