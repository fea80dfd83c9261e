"""Log, count and check what the server does."""
