"""One module per page: a view and its handlers."""
