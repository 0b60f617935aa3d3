"""The ridge: reads standings and events, orders messages; each contact at one step with a due moment.

It never measures, renders or sends by itself.
It may ask the ledger, tiering and the outbox.
"""
