"""Test the sources, and their form in BibTeX."""

import re

from study.summary.references import REFERENCES, cite, to_bibtex


def test_entries_are_complete_and_sorted() -> None:
    text = to_bibtex(["holm1979", "bradley1952", "holm1979"], "HarmonyLab 0.1.0")
    assert re.findall(r"^@(\w+)\{(\w+),", text, re.MULTILINE) == [
        ("software", "harmonylab"),
        ("article", "bradley1952"),
        ("article", "holm1979"),
    ]
    assert "  version = {0.1.0},\n" in text and "  doi = {10.1093/biomet/39.3-4.324},\n" in text
    assert "  author = {Bradley, Ralph Allan and Terry, Milton E.},\n" in text


def test_sources_have_a_year_in_their_key_and_a_range_of_pages() -> None:
    for key, found in REFERENCES.items():
        assert key == f"{re.sub('[^a-z]', '', found.authors[0].split(',')[0].lower())}{found.year}"
        assert bool(found.volume) == bool(re.fullmatch(r"\d+--\d+", found.pages))
        assert not found.doi or re.fullmatch(r"10\.\d{4,5}/\S+", found.doi)
    assert list(REFERENCES) == sorted(REFERENCES)


def test_citations_have_the_form_of_pandoc() -> None:
    assert cite(["a", "b"]) == "[@a; @b]"
    assert REFERENCES["holm1979"].in_words.endswith("Scandinavian Journal of Statistics 6 (1979), 65–70")
