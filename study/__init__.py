"""Run blind pairwise studies: design the trials, store the votes, compute Bradley-Terry scores."""

VERSION = "0.1.0"
