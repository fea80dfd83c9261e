"""Find masks of objects, and estimate the mattes of soft edges."""
