"""The tests of Guanxi; their layout is described in docs/explanation/the-house.md."""
