"""Blind pairwise studies: who sees what, the votes, and Bradley-Terry scores."""

VERSION = "0.1.0"
