"""Read, write and fit tables of votes."""
