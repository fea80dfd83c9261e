"""Store the counts of large studies."""
