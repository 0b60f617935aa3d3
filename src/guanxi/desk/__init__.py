"""What a person has to do: tasks with an owner, a due moment, a checklist and an outcome.

It never decides who deserves a task, and never writes to a customer.
It may ask the ledger, staff and the kernel.
"""
