"""How customers are looked after: what each tier is entitled to, which contacts fall due, which checklists are ticked.

It never moves a customer from tier to tier and writes no mail itself.
It may ask tiering and the rooms below, and orders tasks from the desk.
"""
