"""Compare the different rows of columns with those that numpy finds by sorting rows."""

import numpy as np
import pytest

from study.statistics.answers.distinct import distinct_rows


@pytest.mark.parametrize("kind", ["few", "negative", "wide", "floats"])
def test_rows_are_numbered_as_by_sorting_them(kind: str) -> None:
    rng = np.random.default_rng(0)
    rows = {
        "few": rng.integers(0, 3, (500, 4)),
        "negative": rng.integers(-2, 2, (500, 3)),
        "wide": rng.integers(0, 2, (500, 3)) * 2**40 + rng.integers(0, 2, (500, 3)),
        "floats": rng.integers(0, 3, (500, 2)) / 7,
    }[kind]
    wide = np.concatenate([rows] * (12 if kind == "wide" else 1), axis=1)  # more codes than an integer has
    expected, index = np.unique(wide, axis=0, return_inverse=True)
    first, kinds = distinct_rows(wide.T)
    assert (wide[first] == expected).all() and (kinds == index.reshape(-1)).all()


def test_without_rows_there_are_no_kinds() -> None:
    first, kinds = distinct_rows(np.zeros((3, 0), np.int64))
    assert len(first) == len(kinds) == 0
