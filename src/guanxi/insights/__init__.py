"""Looks over everything and writes nothing: results for home and reports.

It never changes a row.
It may ask every room below.
"""
