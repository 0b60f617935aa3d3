"""Chinese numbers in groups of three digits; Django writes them without any separator."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
