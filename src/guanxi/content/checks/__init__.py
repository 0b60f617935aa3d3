"""The culture check: what a reader would stumble over, as rules.yaml and the firm's own rules say it. Pure."""
