"""Describe what was found about the people of a study, and about copies of their votes."""
