"""What customers will do: two models fitted to who ordered how often, when last, and for how much. Pure numerics.

BG/NBD tells how many orders are to come (Fader, Hardie, Lee 2005, Marketing Science 24(2)), Gamma-Gamma what they are
worth (Fader, Hardie 2013, note 025). The algorithm page is docs/explanation/algorithms/prediction.md.
"""
