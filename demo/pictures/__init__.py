"""Compute in the render processes what the pages show of a picture."""
