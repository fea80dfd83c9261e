"""Count votes over time and by response time, in bars, and on every picture and pair."""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from study.report.result import Bar, Coverage, Distributions
from study.votes import NONE, Choices, Ints, Responses, StudyData, make_responses

MOST_BARS = 48
WIDTHS = ("1m", "5m", "15m", "1h", "3h", "6h", "1D", "7D", "28D", "91D", "364D")  # of numpy
EDGES_MS = [0, *(round(250 * 2 ** (k / 2)) for k in range(19))]  # a quarter of a second to two minutes


def distributions_of(data: StudyData, votes: Responses) -> Distributions:
    """Count the votes that are analysed on every picture and pair, and all answers over time."""
    return Distributions(
        coverage=_coverage(data, votes),
        over_time=votes_over_time(data.at[data.responses.counted]),
        response_times=response_times(data.responses.rt_ms),
    )


def distributions_of_choices(data: StudyData, choices: Choices) -> Distributions:
    """Return the same for choices of the best of several. choices: those that are analysed; data has all."""
    assert data.choices is not None
    return Distributions(
        coverage=_coverage_of_choices(data, choices),
        over_time=votes_over_time(data.choices.at),
        response_times=response_times(data.choices.rt_ms),
    )


def votes_over_time(at: NDArray[np.datetime64]) -> tuple[Bar, ...]:
    """Return bars of equal width: the smallest of WIDTHS with which MOST_BARS include all known times.

    at: times in UTC, NaT where unknown.
    """
    at = at[~np.isnat(at)]
    if not len(at):
        return ()
    first, last = at.min(), at.max()
    for name in WIDTHS:
        width = np.timedelta64(int(name[:-1]), name[-1]).astype("timedelta64[ms]")  # type: ignore[call-overload]
        start = first.astype("datetime64[D]").astype("datetime64[ms]")
        start += (first - start) // width * width
        bars = int((last - start) // width) + 1
        if bars <= MOST_BARS:
            break
    counts = np.bincount(((at - start) // width).astype(np.int64), minlength=bars)
    edges = start + np.arange(bars + 1) * width
    return tuple(Bar(_iso(a), _iso(b), int(n)) for a, b, n in zip(edges[:-1], edges[1:], counts, strict=True))


def response_times(rt_ms: Ints) -> tuple[Bar, ...]:
    """Return bars in milliseconds, each wider than the one before by a factor of √2; the last is open.

    rt_ms: response times in milliseconds, NONE where unknown.
    """
    known = rt_ms[rt_ms != NONE]
    if not len(known):
        return ()
    counts, _ = np.histogram(known, [*EDGES_MS, np.inf])
    ends = [*(str(edge) for edge in EDGES_MS[1:]), ""]
    return tuple(Bar(str(a), b, int(n)) for a, b, n in zip(EDGES_MS, ends, counts, strict=True))


def _iso(moment: np.datetime64) -> str:
    return np.datetime_as_string(moment, unit="m") + "Z"


def _coverage_of_choices(data: StudyData, choices: Choices) -> Coverage:
    """Count the trials with each pair of methods, on each item."""
    columns = list(combinations(range(choices.methods.shape[1]), 2))
    together = [(choices.methods[:, a], choices.methods[:, b]) for a, b in columns]
    item = np.tile(choices.item, len(columns))
    first, second = (np.concatenate([pair[n] for pair in together]) for n in (0, 1))
    blank = np.zeros_like(item)
    return _coverage(data, make_responses(blank, first, second, blank, item=item))


def _coverage(data: StudyData, votes: Responses) -> Coverage:
    keys = [method.key for method in data.methods]
    low, high = np.minimum(votes.left, votes.right), np.maximum(votes.left, votes.right)
    places = np.zeros((len(keys), len(keys)), np.int64)
    places[np.triu_indices(len(keys), 1)] = np.arange(len(keys) * (len(keys) - 1) // 2)
    pairs = tuple(f"{a} – {b}" for a, b in combinations(keys, 2))
    cell = votes.item * len(pairs) + places[low, high]
    counts = np.bincount(cell, minlength=len(data.items) * len(pairs)).reshape(len(data.items), len(pairs))
    return Coverage(data.items, pairs, tuple(tuple(row) for row in counts.tolist()))
