"""Check the bodies of requests: JSON of calls and of the study API, and uploads."""
