"""How a message leaves the house: an envelope in, a receipt out.

It never knows a contact, a permission or a row.
It may ask the kernel only.
"""

from guanxi.transports.choice import chosen, of

__all__ = ["chosen", "of"]
