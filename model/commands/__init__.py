"""Run the commands of `python -m model`."""
