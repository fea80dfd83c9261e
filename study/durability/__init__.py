"""Copy the votes and the pictures of a server to another place, and get them back from there."""
