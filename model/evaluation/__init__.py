"""Score methods on composites whose truth is known."""
