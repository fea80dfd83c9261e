"""Predict the parameters of an edit with a small network."""
