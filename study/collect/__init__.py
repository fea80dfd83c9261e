"""Set up studies, and take participants through them."""
