"""What came back: opens, clicks, unsubscribes, bounces, each with a verdict, as events of the ledger.

It never changes state on a GET.
It may ask the ledger, consent and the outbox.
"""
