"""Check the bodies of requests."""
