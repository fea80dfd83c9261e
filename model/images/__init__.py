"""Read and write picture files; hold composites."""
