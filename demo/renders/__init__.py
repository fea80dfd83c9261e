"""Process the pictures of visitors in child processes, one picture at a time in each, with a queue."""
