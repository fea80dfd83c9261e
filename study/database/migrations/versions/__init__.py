"""One file a step, oldest first by their numbers."""
