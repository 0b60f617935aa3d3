"""`guanxi demo`: a made-up exporter in Ningbo, its buyers in twenty countries and two years of business.

The books are made here by chance with a fixed seed, relative to today; what is done with them is the product's own
import, its order of the day and its pulse.
"""
