"""Describe scores as papers report them: other links and units, an anchor, cycles, single pictures."""
