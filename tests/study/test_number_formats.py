"""Test how numbers are written for people."""

import pytest

from study.number_formats import interval, p_value, percent, ranks, seconds, signed


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.4, 2, "+0.40"), (-0.4, 2, "−0.40"), (0.0, 3, "0.000"), (-0.0004, 3, "0.000"), (12.35, 1, "+12.3")],
)
def test_signs(value: float, digits: int, text: str) -> None:
    assert signed(value, digits) == text


def test_every_kind_of_number() -> None:
    assert (percent(0.085), percent(1), percent(0.0512, 1)) == ("8 %", "100 %", "5.1 %")
    assert interval(-0.25, 0.5, 2) == "−0.25 to +0.50"
    assert (ranks(1, 3), ranks(2, 2)) == ("1–3", "2")
    assert (p_value(0.0004), p_value(0.0005), p_value(0.25)) == ("< 0.001", "< 0.001", "0.250")
    assert seconds(2345) == "2.3 s"


def test_unknown_numbers() -> None:
    unknown = percent(None), interval(None, 1.0), ranks(None, None), p_value(None), seconds(None)
    assert set(unknown) == {"–"}
