"""Compute scores, intervals and diagnostics of paired comparisons: arrays in, numbers out."""
