"""Hold what the fit of a table and the report of a study share: pairs and warnings."""
