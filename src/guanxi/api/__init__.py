"""The door for machines: records in and out, events in the Segment shape.

It never holds a rule.
It may ask every room, never another door.
"""
