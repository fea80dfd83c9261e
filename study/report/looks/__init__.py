"""Say which analysis of a study a report is, and go back to the votes of a planned one."""
