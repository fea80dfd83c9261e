"""Serve the workbench: its modules, and the documents and files of its visitors."""
