"""What we are allowed to do: permissions with their evidence, and suppressions.

It never sends and never forgets a withdrawal.
It may ask the kernel and the ledger.
"""
