"""State in sentences what the checks of a report found, most important first.

Warnings about the number of votes are in `study.summary.vote_warnings`, shared with the fit of a table.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from study.report.result import ModelChecks, QualitySummary, Ranking, Reliability
from study.summary.raters.findings import RaterSummary

LONGEST_VALUE = 60  # characters of a changed value that is shown
SIGNIFICANT = 0.01  # p values below this give a warning
STRONG_INFLUENCE = 1.0  # standard errors by which one participant changes a score
UNRELIABLE = 0.7  # split-half reliability below this gives a warning


def report_warnings(
    ranking: Ranking, quality: QualitySummary, reliability: Reliability, raters: RaterSummary
) -> tuple[str, ...]:
    """Return the warnings about participants, other analyses and checks of the model."""
    grouped = raters.kinds is not None and raters.kinds.kind == "groups"
    return (
        *quality_warnings(quality),
        *_of_variants(reliability),
        *_of_order_effect(ranking),
        *(_of_checks(reliability.checks, grouped) if reliability.checks else ()),
    )


def left_out(rejected: int, other_versions: Sequence[tuple[int, int]]) -> Iterator[str]:
    """State which answers are not in the report.

    rejected: number of participants. other_versions: numbers of versions, and of their votes.
    """
    for version, votes in other_versions:
        yield f"Version {version} of this study has {_votes(votes)}, which are not part of this report."
    if rejected:
        yield f"{_participants_are(rejected)} left out: their answers were rejected by the organizers."


def changes_in_words(changes: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[str]:
    """State what organizers changed after the start: times (ISO 8601, UTC), and values by table and key."""
    for at, values in changes:
        named = ", ".join(f"{name} ({value})" for name, value in _named(values))
        yield f"Changed after the start, {at[:10]} {at[11:16]} UTC: {named}."


def _named(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from ((f"{key}.{name}", inner) for name, inner in _named(value))
        else:
            text = "none" if value is None else str(value)
            yield key, "a new text" if len(text) > LONGEST_VALUE else text


def _votes(count: int) -> str:
    return "one vote" if count == 1 else f"{count} votes"


def quality_warnings(quality: QualitySummary) -> Iterator[str]:
    """Yield which participants were left out or flagged."""
    if quality.excluded:
        yield (
            f"{_participants_are(quality.excluded)} left out by rules fixed beforehand "
            f"({quality.excluded_votes} votes). The table of other analyses has the scores with them."
        )
    elif any(rule.flagged for rule in quality.rules if not rule.excludes):
        yield "Some participants are flagged. No rule excludes them, so their votes count."


def _participants_are(count: int) -> str:
    return "One participant is" if count == 1 else f"{count} participants are"


def _of_variants(reliability: Reliability) -> Iterator[str]:
    changed = [variant for variant in reliability.variants if variant.turned]
    if changed:
        yield f"The order of some methods depends on the analysis: it changes with “{changed[0].name}”."


def _of_order_effect(ranking: Ranking) -> Iterator[str]:
    effect = ranking.order_effect
    if effect is not None and effect.p < SIGNIFICANT:
        side = "left" if effect.log_worth > 0 else "right"
        yield f"People preferred the {side} side, whatever it showed. The scores are adjusted for this."


def _of_checks(checks: ModelChecks, grouped: bool) -> Iterator[str]:
    """Yield what the checks found. grouped: groups of people explain that halves of the votes differ."""
    if checks.fit.p is not None and checks.fit.p < SIGNIFICANT:
        yield (
            "One score for each method does not describe all pairs: read the table of pairs too. "
            "Large differences between people can cause this too."
        )
    if checks.circular_triads.p is not None and checks.circular_triads.p < SIGNIFICANT:
        yield "Circular majorities (A over B, B over C, C over A) occur more often than by chance."
    yield from _of_influence(checks)
    yield from _of_heterogeneity(checks, grouped)


def _of_influence(checks: ModelChecks) -> Iterator[str]:
    if checks.influence and checks.influence[0].shift > STRONG_INFLUENCE:
        most = checks.influence[0]
        yield (
            f"Participant {most.participant} alone changes a score by {most.shift:.1f} standard errors: "
            "compare the result without them."
        )


def _of_heterogeneity(checks: ModelChecks, grouped: bool) -> Iterator[str]:
    if checks.pictures is not None and checks.pictures.p < SIGNIFICANT:
        spread = f"{checks.pictures.sd:.2f}"
        yield (
            f"Methods do better on some pictures than on others (standard deviation {spread} log-worth). The "
            "scores apply to pictures like these."
        )
    halves = [half for half in (checks.halves_of_people, checks.halves_of_pictures) if half is not None]
    if not grouped and any(half.reliability < UNRELIABLE for half in halves):
        yield "The scores of two halves of the votes agree poorly: more votes are needed."
