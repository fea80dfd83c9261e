"""Test citations in texts and in BibTeX."""

import re

from study.summary.citations import cite, to_bibtex


def test_entries_are_complete_and_sorted() -> None:
    text = to_bibtex(["holm1979", "bradley1952", "holm1979"], "HarmonyLab 0.1.0")
    assert re.findall(r"^@(\w+)\{(\w+),", text, re.MULTILINE) == [
        ("software", "harmonylab"),
        ("article", "bradley1952"),
        ("article", "holm1979"),
    ]
    assert "  version = {0.1.0},\n" in text and "  doi = {10.1093/biomet/39.3-4.324},\n" in text
    assert "  author = {Bradley, Ralph Allan and Terry, Milton E.},\n" in text


def test_citations_have_the_form_of_pandoc() -> None:
    assert cite(["a", "b"]) == "[@a; @b]"
