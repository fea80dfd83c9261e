"""Run the commands of `python -m study`."""
