"""Load the answers of a study as arrays."""
