"""Fit answers that are more than one of two: rankings, the best of several, grades, and covariates."""
