"""Test the sources: their keys, their fields and their form in one line."""

import re

from study.summary.references import REFERENCES


def test_sources_have_a_year_in_their_key_and_a_range_of_pages() -> None:
    for key, found in REFERENCES.items():
        assert key == f"{re.sub('[^a-z]', '', found.authors[0].split(',')[0].lower())}{found.year}"
        assert bool(found.volume) == bool(re.fullmatch(r"\d+--\d+", found.pages))
        assert not found.doi or re.fullmatch(r"10\.\d{4,5}/\S+", found.doi)
    assert list(REFERENCES) == sorted(REFERENCES)


def test_a_source_is_one_line() -> None:
    assert REFERENCES["holm1979"].in_words.endswith("Scandinavian Journal of Statistics 6 (1979), 65–70")
