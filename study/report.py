"""What a study has found so far: one object for the page, for Markdown and for JSON."""

import dataclasses
import json
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from study import VERSION
from study.bradley_terry import Fit, Votes, clustered_covariance, fit, standard_errors, tabulate
from study.records import PairCount, Report, Score, Tally

OUTCOMES = ("L", "R", "T")
LEVEL = 0.95
NORMAL_FROM = 50  # participants; with fewer, Student's t widens the interval
FEW_PARTICIPANTS = 10  # with fewer, clustered errors can come out far too small by chance, even zero
FEW_VOTES = 10  # of a pair of methods
SOFTWARE = f"HarmonyLab {VERSION}"
SIMULATED = "These votes are simulated: nobody looked at any picture."


class HasTally(Protocol):
    """Where counts come from."""

    def tally(self, slug: str) -> Tally:
        """Every count of a study."""


def build_report(store: HasTally, slug: str) -> Report:
    """Fit the votes of a study: Davidson ties, a side term, intervals clustered by participant.

    Raises BadStudy for an unknown slug.
    """
    tally = store.tally(slug)
    votes, names = _votes(tally), [method.title for method in tally.methods]
    counts = tabulate(votes, len(names))
    result = fit(counts, names, ties="davidson", position=True)
    errors, factor, interval = _errors(result, votes, len(names))
    ranked = result.status == "ok"
    scores = _scores(tally, result, counts[1], errors, factor)
    side = _side_effect(result, errors, len(names))
    return Report(
        slug=tally.slug,
        title=tally.title,
        question=tally.question,
        status=result.status,
        explain=result.explain,
        methods=tuple(sorted(scores, key=lambda s: -(s.log_worth or 0.0)) if ranked else scores),
        pairs=_pairs(tally, counts[1]),
        enrolled=tally.participants,
        participants=_people(tally),
        completed=tally.completed,
        **_shares(counts),
        log_nu=result.log_nu if ranked else None,
        position=side[0],
        position_se=side[1],
        interval=interval,
        warnings=_warnings(tally, result, counts[1]),
        simulated=tally.simulated,
        software=SOFTWARE,
    )


def _shares(counts: NDArray[np.float64]) -> dict[str, Any]:
    """Number of votes, share of ties, and share of the left side among the others."""
    left, right, ties = (int(n) for n in counts.sum(axis=(0, 1, 2)))
    total, decided = left + right + ties, left + right
    return {
        "votes": total,
        "tie_rate": ties / total if total else None,
        "left_share": left / decided if decided else None,
    }


def _side_effect(
    result: Fit, errors: NDArray[np.float64] | None, methods: int
) -> tuple[float | None, float | None]:
    """The side term and its standard error, where the model has one."""
    if errors is None or result.position is None:
        return None, None
    return result.position, float(errors[methods])


def _votes(tally: Tally) -> Votes:
    cells = tally.cells
    columns = [(c.left, c.right, OUTCOMES.index(c.outcome), c.participant, c.n) for c in cells]
    table = np.array(columns, np.int64).reshape(len(cells), 5).T
    return Votes(table[0], table[1], table[2], table[4].astype(float), None, table[3])


def _errors(result: Fit, votes: Votes, methods: int) -> tuple[NDArray[np.float64] | None, float, str]:
    """Standard errors, how many of them make half an interval, and how to call it."""
    if result.status != "ok" or result.covariance is None:
        return None, 0.0, ""
    clustered = clustered_covariance(result, votes, methods)
    if clustered is None:
        factor = float(stats.norm.ppf((1 + LEVEL) / 2))
        return standard_errors(result.covariance), factor, "95 %, as if votes were independent"
    assert votes.participant is not None
    people = len(np.unique(votes.participant))
    spread = stats.norm if people >= NORMAL_FROM else stats.t(people - 1)
    factor, errors = float(spread.ppf((1 + LEVEL) / 2)), standard_errors(clustered)
    if people < FEW_PARTICIPANTS:
        errors = np.maximum(errors, standard_errors(result.covariance))
    return errors, factor, "95 %, clustered by participant"


def _scores(
    tally: Tally, result: Fit, counts: NDArray[np.float64], errors: NDArray[np.float64] | None, factor: float
) -> list[Score]:
    """In the order of the study. counts: K×K×3 by left, right and outcome."""
    wins = counts[:, :, 0].sum(1) + counts[:, :, 1].sum(0)
    losses = counts[:, :, 0].sum(0) + counts[:, :, 1].sum(1)
    ties = counts[:, :, 2].sum(0) + counts[:, :, 2].sum(1)
    scores = []
    for i, method in enumerate(tally.methods):
        worth = se = low = high = None
        if errors is not None and result.log_worths is not None:
            worth, se = float(result.log_worths[i]), float(errors[i])
            low, high = worth - factor * se, worth + factor * se
        record = (int(wins[i]), int(losses[i]), int(ties[i]))
        scores.append(Score(method.key, method.title, worth, se, low, high, *record))
    return scores


def _pairs(tally: Tally, counts: NDArray[np.float64]) -> tuple[PairCount, ...]:
    keys = [method.key for method in tally.methods]
    preferred = counts[:, :, 0] + counts[:, :, 1].T
    ties = counts[:, :, 2] + counts[:, :, 2].T
    return tuple(
        PairCount(keys[a], keys[b], int(preferred[a, b]), int(preferred[b, a]), int(ties[a, b]))
        for a in range(len(keys))
        for b in range(a + 1, len(keys))
    )


def _people(tally: Tally) -> int:
    """How many participants voted."""
    return len({cell.participant for cell in tally.cells})


def _warnings(tally: Tally, result: Fit, counts: NDArray[np.float64]) -> tuple[str, ...]:
    found = []
    if result.status == "ok" and result.explain:
        found.append(result.explain)
    if result.status == "ok" and _people(tally) < 2:
        found.append("All votes are by one participant: the intervals say nothing about other people.")
    seen = (counts + counts.transpose(1, 0, 2)).sum(2)[np.triu_indices(len(counts), 1)]
    if counts.any() and seen.min() < FEW_VOTES:
        found.append(f"Some pairs of methods have fewer than {FEW_VOTES} votes: expect the scores to move.")
    return tuple(found)


def to_json(report: Report) -> str:
    """Keys in a fixed order: the same report gives the same bytes."""
    return json.dumps(dataclasses.asdict(report), indent=1, ensure_ascii=False) + "\n"


def to_markdown(report: Report) -> str:
    """A short text with tables; no score without its interval."""
    facts = (
        f"{report.votes} votes by {report.participants} participants "
        f"({report.enrolled} enrolled, {report.completed} completed); "
        f"no difference {_share(report.tie_rate)}, left of the rest {_share(report.left_share)}."
    )
    parts = [f"# {report.title}", f"*{report.question}*", facts]
    simulated = [SIMULATED] if report.simulated else []
    parts += [f"**Note:** {text}" for text in (*simulated, *report.warnings)]
    parts.append(_ranking(report) if report.status == "ok" else f"**No ranking.** {report.explain}")
    if report.votes:
        rows = [(p.a, p.b, p.a_wins, p.b_wins, p.ties) for p in report.pairs]
        parts.append(_table(("A", "B", "A preferred", "B preferred", "no difference"), rows))
    parts.append(f"Made by {report.software}.")
    return "\n\n".join(parts) + "\n"


def _ranking(report: Report) -> str:
    rows = [
        (s.title, f"{s.log_worth:+.3f}", f"{s.low:+.3f} to {s.high:+.3f}", s.wins, s.losses, s.ties)
        for s in report.methods
    ]
    heads = ("method", "log-worth", f"interval ({report.interval})", "won", "lost", "no difference")
    return _table(heads, rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"
