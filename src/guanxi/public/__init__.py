"""The door for the customers themselves: preferences, unsubscribe, links, in the language of the reader.

It never needs a login and never changes state on a GET.
It may ask every room, never another door.
"""
