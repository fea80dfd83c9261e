"""What a reader must know before the scores: warnings in words, most important first."""

from collections.abc import Iterator

from study.report.result import Checks, QualitySummary, Report

FEW_PARTICIPANTS = 10
FEW_VOTES = 10  # of a pair of methods
DOUBTFUL = 0.01  # p below which a check says so
STRONG = 1.0  # standard errors by which one participant moves a score
UNRELIABLE = 0.7  # split halves below


def cautions(report: Report) -> tuple[str, ...]:
    """Of a report without warnings yet."""
    return (
        *_of_votes(report),
        *_of_conduct(report.conduct),
        *_of_choices(report),
        *_of_checks(report),
    )


def _of_votes(report: Report) -> Iterator[str]:
    if not report.votes:
        return
    if report.status == "ok" and report.explain:
        yield report.explain
    if report.participants == 1:
        yield "All votes are by one participant: the intervals say nothing about other people."
    elif report.participants < FEW_PARTICIPANTS:
        yield f"Only {report.participants} people voted: the intervals are rough."
    if min(pair.a_wins + pair.b_wins + pair.ties for pair in report.pairs) < FEW_VOTES:
        yield f"Some pairs of methods have fewer than {FEW_VOTES} votes: expect the scores to move."


def _of_conduct(conduct: QualitySummary) -> Iterator[str]:
    if conduct.excluded:
        yield (
            f"{_people(conduct.excluded)} left out by rules fixed beforehand "
            f"({conduct.excluded_votes} votes). The table of other analyses has the scores with them."
        )
    elif any(rule.flagged for rule in conduct.rules if not rule.excludes):
        yield "Some participants are flagged. No rule excludes them, so their votes count."


def _of_choices(report: Report) -> Iterator[str]:
    turned = [variant for variant in report.variants if variant.turned]
    if turned:
        yield f"The order of some methods depends on the analysis: it changes with “{turned[0].name}”."
    if report.position_p is not None and report.position_p < DOUBTFUL:
        side = "left" if (report.position or 0) > 0 else "right"
        yield f"People preferred the {side} side as such. The scores allow for it."


def _of_checks(report: Report) -> Iterator[str]:
    checks = report.checks
    if checks is None:
        return
    if checks.fit.p is not None and checks.fit.p < DOUBTFUL:
        yield (
            "One score for each method does not describe all pairs: look at the pairs themselves. "
            "Large differences between people can cause this too."
        )
    if checks.circles.p is not None and checks.circles.p < DOUBTFUL:
        yield "Majorities run in circles (A over B, B over C, C over A) more often than by chance."
    yield from _of_dependence(checks)


def _of_dependence(checks: Checks) -> Iterator[str]:
    if checks.influence and checks.influence[0].shift > STRONG:
        most = checks.influence[0]
        yield (
            f"Participant {most.participant} alone moves a score by {most.shift:.1f} standard errors: "
            "look at the result without them."
        )
    if checks.pictures is not None and checks.pictures.p < DOUBTFUL:
        yield (
            f"Methods do better on some pictures than on others (standard deviation "
            f"{checks.pictures.sd:.2f} log-worth). The scores hold for pictures like these."
        )
    halves = [h for h in (checks.halves_of_people, checks.halves_of_pictures) if h is not None]
    if any(half.reliability < UNRELIABLE for half in halves):
        yield "Half of the votes foretells the other half poorly: more votes are needed."


def _people(count: int) -> str:
    return "One participant is" if count == 1 else f"{count} participants are"
