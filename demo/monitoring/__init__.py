"""Write the log, count requests, and distinguish faults of the server from bad requests."""
