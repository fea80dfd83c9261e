"""Process people's pictures in processes of their own, one at a time, with a waiting line in front."""
