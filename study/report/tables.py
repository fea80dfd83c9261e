"""Hold tables of a report, which Markdown and HTML print; tabulate the checks: check, finding, meaning."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from study.number_formats import interval, p_value, percent, ranks, signed, with_error
from study.report.result import ModelChecks, Ranking, Reliability, Report, Rule, Score
from study.statistics.agreement import Alpha, SplitHalf
from study.statistics.heterogeneity import Heterogeneity
from study.statistics.multiple_comparisons import UNEQUAL
from study.statistics.sensitivity import Variant
from study.summary.anchors import AnchorResult
from study.summary.further_scales import FurtherScales
from study.summary.references import REFERENCES
from study.summary.second.text import ADJUSTED, GRADED
from study.summary.single_pictures import PictureResult

Citing: TypeAlias = tuple[str, tuple[str, ...]]  # a number in words, and keys of its sources
Row: TypeAlias = Sequence[str | int]
UNEQUAL_VOTES = "Errors where few have most of the votes"
MOST_SHOWN = 20  # pictures with scores of their own
HEADS = ("Check", "Finding", "Meaning")
Check = tuple[str, str, str]


@dataclass(frozen=True)
class Table:
    """Hold a table: headings over rows; the first column names the row."""

    heads: tuple[str, ...]
    rows: tuple[Row, ...]


def references_table(report: Report) -> Table:
    """Return what each number of the report is, with citation keys and the sources."""
    rows = tuple(
        (words, key, REFERENCES[key].in_words) for words, keys in citations_of(report) for key in keys
    )
    return Table(("Number", "Key", "Source"), rows)


def citations_of(report: Report) -> tuple[Citing, ...]:
    """Return the numbers of a report with a ranking, and the keys of `REFERENCES` that define each."""
    ranking, checks, further = report.ranking, report.reliability.checks, report.further
    quality, agreement = report.quality, report.reliability.agreement
    unequal = ranking.errors.startswith(UNEQUAL)
    clustered = "independent" not in ranking.interval and not unequal
    known: dict[Citing, object] = {
        ("Log-worths", ("bradley1952",)): report.best_of is None,
        ("Log-worths of the best of several", ("plackett1975", "turner2020")): report.best_of,
        ("Ties", ("davidson1970",)): ranking.log_nu is not None,
        ("Order effect", ("davidson1977",)): ranking.order_effect,
        ("Errors by participant", ("bell2002", "pustejovsky2018")): clustered,
        ("Errors by participant and picture", ("cameron2011",)): clustered
        and "people and pictures" in ranking.interval,
        (UNEQUAL_VOTES, ("gelman2006",)): unequal,
        ("Limits at planned analyses", ("lan1983",)): "planned look" in ranking.interval,
        ("Limits at any moment", ("lindon2022",)): "any look" in ranking.interval,
        ("p values of pairs", ("holm1979",)): "look" not in ranking.interval,
        ("Quasi standard errors", ("firth2004",)): any(one.quasi_se for one in ranking.methods),
        ("JOD", ("perezortiz2017",)): True,
        ("Thurstone-Mosteller", ("thurstone1927", "mosteller1951", "glenn1960")): further
        and further.thurstone,
        (GRADED, ("agresti1992",)): report.details.graded,
        (ADJUSTED, ("springall1973",)): report.details.adjusted,
        ("People who choose at random, groups", ("self1987", "vuong1989")): report.raters.kinds,
        ("Cycles of significant preferences", ("efron1969",)): further and further.cycles,
        ("Circular triads, consistency", ("kendall1940",)): checks,
        ("Spread between pictures", ("efron1981",)): further and further.pictures,
        ("Scores of single pictures", ("efron1975",)): further and further.pictures,
        ("Agreement (alpha)", ("krippendorff2011",)): agreement,
        ("Reliability of halves", ("spearman1910", "brown1910")): checks
        and (checks.halves_of_people or checks.halves_of_pictures),
        ("Shares of gold pairs and repeats", ("wilson1927",)): quality.gold.of or quality.repeats.of,
    }
    return tuple(citing for citing, used in known.items() if used)


def scores_table(ranking: Ranking) -> Table:
    """Return the scores of all methods, for a ranking with scores."""
    heads = ("Method", "Log-worth", f"Interval ({ranking.interval})", "JOD", "Place", "Preferred")
    more = ("Won", "Lost", "No difference", "Comparisons")
    return Table((*heads, *more), tuple(_score(score) for score in ranking.methods))


def _score(score: Score) -> Row:
    return (
        score.title,
        signed(score.log_worth or 0.0),
        interval(score.low, score.high),
        with_error(score.jod, score.jod_se),
        ranks(score.rank_low, score.rank_high),
        percent(score.preference),
        score.wins,
        score.losses,
        score.ties,
        score.comparisons,
    )


def anchor_table(found: AnchorResult) -> Table:
    """Return the comparison of every other method with the anchor."""
    heads: tuple[str, ...] = ("Method", "Difference in log-worth", "In JOD", "Preferred")
    heads += ("95 % for all pairs at once",)
    with_ties = any(one.tie for one in found.methods)  # of two methods; those of more are not among these
    heads += ("Wins with ties", "No difference") if with_ties else ()
    rows = tuple(
        (
            one.method,
            with_error(one.difference, one.se),
            with_error(one.jod, one.jod_se),
            percent(one.preference),
            f"{percent(one.low)} to {percent(one.high)}",
            *((percent(one.win), percent(one.tie)) if with_ties else ()),
        )
        for one in found.methods
    )
    return Table(heads, rows)


def pictures_table(found: PictureResult) -> Table:
    """Return the scores on the pictures that decide most, at most MOST_SHOWN."""
    heads: tuple[str, ...] = ("Picture", "Votes", f"{found.first} ahead without it", "First without it")
    heads += found.methods if found.sd else ()  # else each picture has the scores of all
    rows = tuple(
        (
            one.name,
            f"{one.votes:g}",
            "–" if one.top is None else signed(one.top, 2),
            one.leader or "–",
            *(with_error(*score) for score in zip(one.log_worths, one.errors, strict=True) if found.sd),
        )
        for one in found.pictures[:MOST_SHOWN]
    )
    return Table(heads, rows)


def rules_table(rules: Sequence[Rule]) -> Table:
    """Return the rules about participants, with the number of people whom each flags."""
    rows = tuple(
        (rule.name, rule.words, rule.flagged, "excludes" if rule.excludes else "flags only") for rule in rules
    )
    return Table(("Rule", "Flags a participant with", "Flagged", "Effect"), rows)


def variants_table(ranking: Ranking, variants: Sequence[Variant]) -> Table:
    """Return the scores of other analyses of the votes, in the order of the methods of the ranking."""
    titles = (score.title for score in ranking.methods)
    heads = ("Analysis", "Participants", "Votes", "Pairs in another order", *titles)
    return Table(heads, tuple(_variant(variant, len(ranking.methods)) for variant in variants))


def _variant(variant: Variant, methods: int) -> Row:
    if variant.log_worths is None:
        scores = ["no ranking"] + [""] * (methods - 1)
    else:
        errors = variant.errors or (0.0,) * methods
        scores = [f"{signed(w, 2)} ± {e:.2f}" for w, e in zip(variant.log_worths, errors, strict=True)]
    changed = "–" if variant.turned is None else str(variant.turned)
    return (variant.name, variant.participants, variant.votes, changed, *scores)


def checks_table(ranking: Ranking, reliability: Reliability, further: FurtherScales | None) -> Table | None:
    """Return the table of all checks, None without a ranking."""
    checks = reliability.checks
    if checks is None:
        return None
    rows = (
        *_of_the_model(ranking, checks),
        *(_of_further(further) if further else ()),
        *_of_heterogeneity(checks),
        *_of_agreement(reliability),
    )
    return Table(HEADS, rows)


def _of_the_model(ranking: Ranking, checks: ModelChecks) -> Iterator[Check]:
    fitness, triads, effect = checks.fit, checks.circular_triads, ranking.order_effect
    by = "simulated" if fitness.simulated else "chi-squared"
    distance = f"G² {fitness.g2:.1f}, X² {fitness.pearson:.1f}, {fitness.degrees} df"
    yield (
        "Goodness of fit",
        f"{distance}, p {p_value(fitness.p)} ({by})",
        "a small p: one scale does not describe all pairs",
    )
    yield (
        "Circular triads of methods",
        f"{triads.circular} of {triads.decided}, p {p_value(triads.p)}",
        "a small p: more circular triads than by chance",
    )
    if effect is not None:
        finding = f"{signed(effect.log_worth)} ± {effect.se:.3f}, p {p_value(effect.p)}"
        yield "Preference for the left side", finding, "log-worth; the scores are adjusted for it"
    if checks.consistency is not None:
        finding = f"median {checks.consistency:.2f} of {checks.consistent_people}"
        yield "Consistency of people (Kendall's zeta)", finding, "1: no circular triads of a person"


def _of_further(further: FurtherScales) -> Iterator[Check]:
    cycles, other = further.cycles, further.thurstone
    if cycles is not None:
        finding = (
            f"{cycles.number}; {cycles.significant} of {cycles.pairs} pairs are significant on their own"
        )
        yield "Cycles of significant preferences", finding, "0: one scale can describe all clear preferences"
    if other is not None:
        order = f"{len(other.turned)} pairs in another order" if other.turned else "the same order"
        change = f"chances change by {percent(other.largest_change, 1)} at most"
        meaning = "the scores do not depend on the logistic curve if the order is the same"
        yield "Normal curve (Thurstone-Mosteller)", f"{order}, {change}", meaning


def _of_heterogeneity(checks: ModelChecks) -> Iterator[Check]:
    yield "People differ by", _heterogeneity(checks.people), "standard deviation in log-worth"
    yield "Pictures differ by", _heterogeneity(checks.pictures), "standard deviation in log-worth"
    reliability = "reliability of the scores (Spearman-Brown)"
    yield "Halves of people agree", _halves(checks.halves_of_people), reliability
    yield "Halves of pictures agree", _halves(checks.halves_of_pictures), "the same"
    if checks.influence:
        most = checks.influence[0]
        finding = f"participant {most.participant}: {most.shift:.2f} standard errors"
        yield "Most influential", finding, "change of a score without this participant"


def _of_agreement(reliability: Reliability) -> Iterator[Check]:
    nominal, ordinal = _alpha(reliability.agreement), _alpha(reliability.agreement_ordinal)
    yield "Agreement of people (Krippendorff's alpha)", nominal, "1: full agreement, 0: as by chance"
    yield "The same, answers as an order", ordinal, "no difference lies between left and right"


def _heterogeneity(found: Heterogeneity | None) -> str:
    return "–" if found is None else f"{found.sd:.2f} (p {p_value(found.p)}, {found.groups} groups)"


def _halves(found: SplitHalf | None) -> str:
    if found is None:
        return "–"
    return f"{_reliability(found.reliability)}, ranks {_reliability(found.ranks)}"


def _reliability(value: float) -> str:
    """Return a reliability with two digits. The Spearman-Brown formula has no meaning for opposite halves."""
    return f"{value:.2f}" if value >= 0 else "below 0"


def _alpha(found: Alpha | None) -> str:
    if found is None:
        return "–"
    limits = "" if found.low is None or found.high is None else f" ({found.low:.3f} to {found.high:.3f})"
    return f"{found.value:.3f}{limits}, {found.units} cells"
