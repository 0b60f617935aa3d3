"""What comes back by mail or from a provider: bounces, complaints, automatic answers, replies of people.

It never sends anything, and a letter from outside only ever adds to what is known.
It may ask the ledger, consent and the outbox.
"""
