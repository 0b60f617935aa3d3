"""Guanxi: customer tiers, journeys and mail for companies that sell abroad."""

__version__ = "0.1.0"
