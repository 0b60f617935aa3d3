"""Who works here: accounts, roles, invitations, tokens for machines, and the audit trail.

It never decides about customers.
It may ask the kernel only.
"""
