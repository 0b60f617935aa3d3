"""The door for staff: server-rendered pages with small islands of script.

It never holds a rule: each page makes one call in, one call out.
It may ask every room, never another door.
"""
