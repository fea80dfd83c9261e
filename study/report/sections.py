"""A report in words and tables, once for Markdown and HTML. No score stands without its interval."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from study.report.result import Checks, Report, Score
from study.statistics.agreement import Alpha, SplitHalf
from study.statistics.data_quality import Share
from study.statistics.heterogeneity import Heterogeneity
from study.statistics.sensitivity import Variant

SIMULATED = "These votes are simulated: nobody looked at any picture."
Row: TypeAlias = Sequence[str | int]


@dataclass(frozen=True)
class Table:
    """heads over rows; the first column names the row."""

    heads: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Section:
    """A heading, what to read, and tables. `key` says which charts belong here."""

    key: str
    title: str
    text: tuple[str, ...] = ()
    tables: tuple[Table, ...] = field(default=())


def warnings_of(report: Report) -> tuple[str, ...]:
    """Most important first."""
    return ((SIMULATED,) if report.simulated else ()) + report.warnings


def facts_of(report: Report) -> str:
    """Who voted and how much, in a sentence."""
    return (
        f"{report.votes} votes by {report.participants} participants "
        f"({report.enrolled} enrolled, {report.completed} completed); "
        f"no difference {share(report.tie_rate)}, left of the rest {share(report.left_share)}."
    )


def sections_of(report: Report) -> tuple[Section, ...]:
    """In reading order; sections without content are left out."""
    found = [_ranking(report)]
    if report.votes:
        found += [_pairs(report), _participants(report)]
        if report.checks is not None:
            found.append(Section("checks", "Can the scores be trusted?", tables=(_checks(report),)))
        if report.status == "ok":
            found.append(_variants(report))
        told = (report.allocation,) if report.allocation else ()
        found.append(Section("coverage", "Votes on every picture and pair", told))
    return (*found, _citation(report))


def best_of(report: Report) -> str:
    """Which methods may be the best, in a sentence. Of a report with a ranking."""
    titles = {score.key: score.title for score in report.methods}
    best = [titles[key] for key in report.first]
    return f"{best[0]} is best." if len(best) == 1 else f"Any of these may be best: {', '.join(best)}."


def share(value: float | None) -> str:
    """A part of one in percent."""
    return "–" if value is None else f"{value:.0%}"


def signed(value: float, digits: int = 3) -> str:
    """With a real minus sign, and no sign on zero."""
    text = f"{value:+.{digits}f}"
    return text[1:] if float(text) == 0 else text.replace("-", "−")


def span(low: float | None, high: float | None, digits: int = 3) -> str:
    """An interval."""
    return "–" if low is None or high is None else f"{signed(low, digits)} to {signed(high, digits)}"


def places(score: Score) -> str:
    """The ranks that remain open."""
    if score.rank_low is None:
        return "–"
    return f"{score.rank_low}" if score.rank_low == score.rank_high else f"{score.rank_low}–{score.rank_high}"


def p_value(p: float | None) -> str:
    """As papers print it."""
    if p is None:
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _ranking(report: Report) -> Section:
    if report.status != "ok":
        return Section("scores", "No ranking", (report.explain,))
    text = (
        f"{best_of(report)} Differences beyond {report.critical:.2f} standard errors count, which holds for "
        "all pairs at once with 95 % confidence; places are those that such differences leave open.",
    )
    heads = ("Method", "Log-worth", f"Interval ({report.interval})", "Place", "Preferred")
    rows = tuple(
        (
            s.title,
            signed(s.log_worth or 0.0),
            span(s.low, s.high),
            places(s),
            share(s.preference),
            s.wins,
            s.losses,
            s.ties,
        )
        for s in report.methods
    )
    return Section("scores", "Scores", text, (Table((*heads, "Won", "Lost", "No difference"), rows),))


def _pairs(report: Report) -> Section:
    titles = {score.key: score.title for score in report.methods}
    counts = [(titles[p.a], titles[p.b], p.a_wins, p.b_wins, p.ties) for p in report.pairs]
    heads: tuple[str, ...] = ("A", "B", "A preferred", "B preferred", "No difference")
    if report.status != "ok":
        return Section("pairs", "Every pair", tables=(Table(heads, tuple(counts)),))
    told = [
        (
            signed(p.difference or 0.0),
            span(p.low, p.high),
            p_value(p.p),
            "" if p.residual is None else signed(p.residual, 1),
            "–" if p.needed is None else str(p.needed),
        )
        for p in report.pairs
    ]
    heads += ("Difference", "95 % for all pairs at once", "p (Holm)", "Residual", "Participants needed")
    text = (
        "Difference: log-worth of A less that of B. Residual: how much more often A was preferred than the "
        "scores say, in standard deviations. Participants needed: to find the present difference four times "
        "out of five. p is adjusted step by step, so it can be small where the interval just holds zero.",
    )
    rows = tuple((*count, *more) for count, more in zip(counts, told, strict=True))
    return Section("pairs", "Every pair", text, (Table(heads, rows),))


def _participants(report: Report) -> Section:
    conduct = report.conduct
    rows = tuple(
        (rule.name, rule.words, rule.flagged, "excludes" if rule.excludes else "flags only")
        for rule in conduct.rules
    )
    text = [
        f"Gold pairs right: {_hits(conduct.gold)}. Repeated pairs answered alike: {_hits(conduct.repeats)}. "
        f"Median response time: {_seconds(conduct.median_ms)}.",
        f"Left out by rules fixed beforehand: {conduct.excluded} people, {conduct.excluded_votes} votes.",
    ]
    if conduct.flagged:
        listed = "; ".join(f"{one.participant} ({', '.join(one.rules)})" for one in conduct.flagged)
        text.append(f"Flagged participants, by number of enrolment: {listed}.")
    table = Table(("Rule", "Flags a participant with", "Flagged", "Effect"), rows)
    return Section("participants", "Participants", tuple(text), (table,))


def _hits(of: Share) -> str:
    return f"{of.hits} of {of.of} ({of.low:.0%} to {of.high:.0%})" if of.of else "none shown"


def _seconds(milliseconds: float | None) -> str:
    return "–" if milliseconds is None else f"{milliseconds / 1000:.1f} s"


def _checks(report: Report) -> Table:
    checks = report.checks
    assert checks is not None
    rows = [*_model_checks(report, checks), *_dependence_checks(checks)]
    rows.append(
        (
            "Agreement of people (Krippendorff's alpha)",
            _alpha(report.agreement),
            "1 is full agreement, 0 chance",
        )
    )
    rows.append(
        ("The same, answers as an order", _alpha(report.agreement_ordinal), "no difference lies between")
    )
    return Table(("Check", "Finding", "Meaning"), tuple(rows))


def _model_checks(report: Report, checks: Checks) -> list[tuple[str, str, str]]:
    fitness, circles = checks.fit, checks.circles
    by = "simulated" if fitness.simulated else "chi-squared"
    distance = f"G² {fitness.g2:.1f}, X² {fitness.pearson:.1f}, {fitness.degrees} df"
    rows = [
        (
            "Goodness of fit",
            f"{distance}, p {p_value(fitness.p)} ({by})",
            "a small p: one scale does not describe all pairs",
        ),
        (
            "Circles of three methods",
            f"{circles.circular} of {circles.decided}, p {p_value(circles.p)}",
            "a small p: more circles than chance makes",
        ),
    ]
    if report.position is not None and report.position_se is not None:
        finding = f"{signed(report.position)} ± {report.position_se:.3f}, p {p_value(report.position_p)}"
        rows.append(("Preference for the left side", finding, "log-worth; the scores allow for it"))
    if checks.consistency is not None:
        finding = f"median {checks.consistency:.2f} of {checks.consistent_people}"
        rows.append(("Consistency of people (Kendall's zeta)", finding, "1: no circles within a person"))
    return rows


def _dependence_checks(checks: Checks) -> list[tuple[str, str, str]]:
    rows = [
        ("People differ in taste by", _scatter(checks.people), "standard deviation in log-worth"),
        ("Pictures differ by", _scatter(checks.pictures), "standard deviation in log-worth"),
        (
            "Halves of people agree",
            _halves(checks.halves_of_people),
            "reliability of the scores (Spearman-Brown)",
        ),
        ("Halves of pictures agree", _halves(checks.halves_of_pictures), "the same"),
    ]
    if checks.influence:
        most = checks.influence[0]
        finding = f"participant {most.participant}: {most.shift:.2f} standard errors"
        rows.append(("Most influential", finding, "how far a score moves without them"))
    return rows


def _scatter(found: Heterogeneity | None) -> str:
    return "–" if found is None else f"{found.sd:.2f} (p {p_value(found.p)}, {found.groups} groups)"


def _halves(found: SplitHalf | None) -> str:
    return "–" if found is None else f"{found.reliability:.2f}, ranks {found.ranks:.2f}"


def _alpha(found: Alpha | None) -> str:
    if found is None:
        return "–"
    interval = "" if found.low is None or found.high is None else f" ({found.low:.3f} to {found.high:.3f})"
    return f"{found.value:.3f}{interval}, {found.units} cells"


def _variants(report: Report) -> Section:
    text = ("Each row changes one thing. Scores are log-worths ± standard error, each on its own scale.",)
    heads = (
        "Analysis",
        "Participants",
        "Votes",
        "Pairs in another order",
        *(s.title for s in report.methods),
    )
    rows = tuple(_variant(variant, report) for variant in report.variants)
    return Section("variants", "Other analyses", text, (Table(heads, rows),))


def _variant(variant: Variant, report: Report) -> Row:
    count = len(report.methods)
    if variant.log_worths is None:
        scores = ["no ranking"] + [""] * (count - 1)
    else:
        errors = variant.errors or (0.0,) * count
        scores = [f"{signed(w, 2)} ± {e:.2f}" for w, e in zip(variant.log_worths, errors, strict=True)]
    turned = "–" if variant.turned is None else str(variant.turned)
    return (variant.name, variant.participants, variant.votes, turned, *scores)


def _citation(report: Report) -> Section:
    made = report.citation
    upto = f"votes up to {made.last_vote_at}" if made.last_vote_at else "no votes"
    of = f"study “{report.slug}”, version {made.study_version}, SHA-256 {made.study_sha256}"
    text = (
        f"{made.software} with {', '.join(made.libraries)}; {of}, seed {made.study_seed}; {upto}; "
        f"seed of the report {made.seed}.",
    )
    return Section("citation", "To make this report again", text)
