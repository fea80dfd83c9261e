"""Hold tests at planned moments, and intervals that are valid at any moment."""
