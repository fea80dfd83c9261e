"""Find masks and mattes."""
