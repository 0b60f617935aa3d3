"""What `guanxi bench` measures: one file per bench, each against a baseline written by hand."""
