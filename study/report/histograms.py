"""Count votes over time and by response time, in bars."""

import numpy as np
from numpy.typing import NDArray

from study.report.result import Bar
from study.votes import NONE, Ints

MOST_BARS = 48
WIDTHS = ("1m", "5m", "15m", "1h", "3h", "6h", "1D", "7D", "28D", "91D", "364D")  # of numpy
EDGES_MS = [0, *(round(250 * 2 ** (k / 2)) for k in range(19))]  # a quarter of a second to two minutes


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
