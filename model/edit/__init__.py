"""Represent the parameters of a harmonization, and apply them to pictures."""
