"""Build the pages: each has a module with its layout and its handlers."""
