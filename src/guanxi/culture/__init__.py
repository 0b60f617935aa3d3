"""What is fitting where: greetings, weekends, holidays, holds, quiet hours, forms of dates and money.

It never keeps a row: profiles are YAML files, rules are pure functions.
It may ask the kernel only.
"""
