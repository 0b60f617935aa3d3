"""What we sell: products and their categories.

It never knows who buys them.
It may ask the kernel only.
"""
