"""Compute what the workbench shows: a picture with several objects, each with its own edit."""
