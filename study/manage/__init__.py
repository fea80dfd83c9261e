"""Manage studies for organizers: versions, states, people, changes, and the log of who did what."""
