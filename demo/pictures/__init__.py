"""Compute what the pages show of a picture; runs in the render processes."""
