"""Share code between the methods."""
