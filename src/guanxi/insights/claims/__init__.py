"""The claimed outcomes F-01 to F-17 as saved report definitions: YAML says what is measured and on what, code measures.

A report runs on the rows there are, or says which data it still needs; nothing of it is written.
"""
