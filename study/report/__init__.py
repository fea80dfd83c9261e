"""Build one report of a study, and write it as a page, Markdown, JSON, HTML or for a paper."""
