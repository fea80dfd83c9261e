"""Set up studies, enrol participants, and store their answers."""
