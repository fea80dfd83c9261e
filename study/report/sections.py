"""Divide a report into sections of text and tables, once for Markdown and HTML.

No score is given without its interval.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from study.number_formats import interval, p_value, percent, ranks, seconds, signed, with_error
from study.report.looks.taken import LookTaken
from study.report.result import Details, Flagged, Grades, PairResult, Ranking, Report, Viewing, VoteCounts
from study.report.tables import (
    MOST_SHOWN,
    Row,
    Table,
    anchor_table,
    checks_table,
    pictures_table,
    references_table,
    rules_table,
    scores_table,
    variants_table,
)
from study.statistics.data_quality import Share
from study.statistics.planning.separations import Groups
from study.summary.anchors import AnchorResult
from study.summary.best_of import BestOf, Chosen
from study.summary.raters.section import rater_table, rater_text
from study.summary.second.adjusted import adjusted_in_words
from study.summary.second.graded import graded_in_words
from study.summary.second.text import adjusted_table, graded_table
from study.summary.single_pictures import PictureResult

JOD = "JOD: just-objectionable differences ± standard error; 1 JOD apart means 75 % of the decided votes."
DOUBTFUL = "Read the notes above before the order of the methods."
MOST_SEPARATED = 3  # pairs of neighbours for which a sentence states what would separate them
SIMULATED = "These votes are simulated: they show the form of the results, not what people prefer."


@dataclass(frozen=True)
class Section:
    """Hold a heading, text and tables. `key` identifies the section for charts and styles."""

    key: str
    title: str
    text: tuple[str, ...] = ()
    tables: tuple[Table, ...] = field(default=())


def warnings_of(report: Report) -> tuple[str, ...]:
    """Return all warnings, most important first: that votes are simulated, then those of the report."""
    return ((SIMULATED,) if report.study.simulated else ()) + report.warnings


def facts_of(counts: VoteCounts) -> str:
    """Return the numbers of votes and participants in a sentence."""
    return (
        f"{counts.votes} votes by {counts.participants} participants "
        f"({counts.enrolled} enrolled, {counts.completed} completed); "
        f"no difference {percent(counts.tie_rate)}, left of the rest {percent(counts.left_share)}."
    )


def sections_of(report: Report) -> tuple[Section, ...]:
    """Return the sections in reading order, without those that have no content."""
    further = report.further
    found = [scores_section(report.ranking, report.look, report.doubtful)]
    if report.counts.votes:
        found += [_anchor(further.anchor)] if further else []
        found += [_best_of(report.best_of, report.ranking)] if report.best_of else []
        found += [pairs_section(report.ranking), _participants(report)]
        table = checks_table(report.ranking, report.reliability, further)
        if table is not None:
            found.append(Section("checks", "Checks of the scores", tables=(table,)))
        found += _raters(report)
        if report.ranking.critical is not None and report.reliability.variants:
            found.append(_variants(report))
        allocation = (report.study.allocation,) if report.study.allocation else ()
        found.append(Section("coverage", "Votes on every picture and pair", allocation))
        found += [_pictures(further.pictures)] if further and further.pictures else []
        found += _details(report)
    if report.ranking.status == "ok":
        found.append(Section("references", "References", tables=(references_table(report),)))
    return (*found, _citation(report))


def best_of(ranking: Ranking) -> str:
    """Return a sentence on the methods that may be the best, for a ranking with scores."""
    titles = {score.key: score.title for score in ranking.methods}
    best = [titles[key] for key in ranking.first]
    return f"{best[0]} is best." if len(best) == 1 else f"Any of these may be best: {', '.join(best)}."


def scores_section(ranking: Ranking, look: LookTaken | None = None, doubtful: bool = False) -> Section:
    """Return the scores. doubtful: warnings question the order of the methods."""
    which = () if look is None else (" ".join(look.sentences),)
    if ranking.status != "ok":
        return Section("scores", "No ranking", (ranking.explain, *which))
    if ranking.critical is None:
        if not ranking.has_intervals:
            return Section("scores", "No scores yet", which)
        return Section("scores", "Scores", (*which, JOD), (scores_table(ranking),))
    first = DOUBTFUL if doubtful else best_of(ranking)
    text = (
        f"{first} Differences beyond {ranking.critical:.2f} standard errors are significant, for "
        "all pairs at once with 95 % confidence; places are the ranks that these differences allow.",
        *which,
    )
    return Section("scores", "Scores", (*text, JOD), (scores_table(ranking),))


def _best_of(found: BestOf, ranking: Ranking) -> Section:
    """Return the choices of the best of several pictures, by method and by position."""
    titles = {score.key: score.title for score in ranking.methods}
    did = "which people ranked" if found.ranked else "of which people chose the best"
    none = "no picture was better than all others" if found.ranked else "they saw no difference"
    text = [
        f"Each trial showed {found.pictures} pictures of a scene, {did}; in {found.ties} of {found.trials} "
        f"trials {none}.",
    ]
    heads: tuple[str, ...] = ("Position", "Shown", "Chosen", "Share")
    if ranking.status == "ok":
        text.append(
            "Scores are log-worths of the Plackett-Luce model, in which a choice from a set depends on the "
            f"worths of its methods alone{', with an effect of the position' if found.effects else ''}."
        )
    effects = {str(one.position): one for one in found.effects}
    heads += ("Effect beside the last",) if effects else ()
    places = tuple(
        (*_chosen(one), *([with_error(effects[one.name].effect, effects[one.name].se)] if effects else []))
        for one in found.positions
    )
    order = [score.key for score in ranking.methods]
    methods = tuple(
        (titles[one.name], *_chosen(one)[1:])
        for one in sorted(found.methods, key=lambda one: order.index(one.name))
    )
    tables = (
        Table(("Method", "Shown", "Chosen", "Share"), methods),
        *([Table(heads, places)] if places else []),
    )
    title = f"{'Rankings' if found.ranked else 'Best'} of {found.pictures} pictures"
    return Section("best_of", title, tuple(text), tables)


def _chosen(one: Chosen) -> Row:
    return (one.name, one.shown, one.chosen, percent(one.chosen / one.shown if one.shown else None))


def _anchor(found: AnchorResult) -> Section:
    text = (
        f"Preferred: chance of being preferred to {found.anchor}, ties aside. Where the interval holds 50 %, "
        "the difference is not significant.",
    )
    return Section("anchor", f"Compared with {found.anchor}", text, (anchor_table(found),))


def _pictures(found: PictureResult) -> Section:
    shown = min(len(found.pictures), MOST_SHOWN)
    text = [found.words, _next_spread(found)]
    if not shown:
        return Section("pictures", "Single pictures", tuple(text))
    if not found.sd:
        text.append("No difference between pictures was found: on each, the log-worths are those of all.")
    some = f"The {shown} pictures that decide most" if shown < found.number else "Every picture"
    scores = "log-worths ± standard error, the closer to those of all pictures the fewer votes a picture has."
    text.append(
        f"{some}{f': {scores}' if found.sd else '.'} "
        f"The third column is the lead over {found.second} without the picture."
    )
    return Section("pictures", "Single pictures", tuple(text), (pictures_table(found),))


def _next_spread(found: PictureResult) -> str:
    """Return a sentence on the spread to plan with: an estimate of 0 does not mean that there is none."""
    if found.sd:
        return "Plan the next study with this standard deviation (plan --picture-spread)."
    return f"Plan the next study with the upper limit (plan --picture-spread {found.high:.2f})."


def pairs_section(ranking: Ranking) -> Section:
    titles = {score.key: score.title for score in ranking.methods}
    heads: tuple[str, ...] = ("A", "B", "A preferred", "B preferred", "No difference")
    text: tuple[str, ...] = ()
    if any(pair.compared for pair in ranking.pairs):
        heads += ("Difference", "95 % for all pairs at once", "p (Holm)", "Residual", "Participants needed")
        sampled = ranking.groups is not None and ranking.groups.pictures is not None
        heads += ("Pictures needed",) if sampled else ()
        text = (
            "Difference: log-worth of A less that of B. Residual: observed less expected wins of A, in "
            f"standard deviations. Participants {'and pictures ' if sampled else ''}needed: to find the "
            "present difference four times out of five. p is adjusted for all pairs step by step, so it can "
            "be small where the interval just includes zero.",
            *_missing(ranking),
        )
    rows = tuple((titles[pair.a], titles[pair.b], *_pair(pair, ranking.groups)) for pair in ranking.pairs)
    return Section("pairs", "Every pair", text, (Table(heads, rows),))


def _missing(ranking: Ranking) -> Iterator[str]:
    """Yield what would separate neighbours in the ranking, most reachable first, at most MOST_SEPARATED."""
    present, pairs = ranking.groups, {frozenset((pair.a, pair.b)): pair for pair in ranking.pairs}
    found = []
    for one, other in pairwise(ranking.methods):
        power = pairs[frozenset((one.key, other.key))].power
        if present is None or power is None or power.separated or power.needed is None:
            continue
        more = [_more(power.needed - present.participants, "participant")]
        if power.pictures_needed is not None and present.pictures is not None:
            more.append(_more(power.pictures_needed - present.pictures, "picture"))
        sentence = (
            f"{' and '.join(more)} would separate {one.title} and {other.title} four times out of five."
        )
        found.append((power.needed, sentence))
    yield from (sentence for _, sentence in sorted(found)[:MOST_SEPARATED])


def _pair(pair: PairResult, present: Groups | None) -> Row:
    """Return the counts of a pair, and its difference where there is a ranking."""
    counts, compared, power = (pair.a_wins, pair.b_wins, pair.ties), pair.compared, pair.power
    if compared is None or power is None:
        return counts
    return (
        *counts,
        signed(compared.difference),
        interval(compared.low, compared.high),
        p_value(compared.p),
        "" if power.residual is None else signed(power.residual, 1),
        _number(power.needed),
        *(() if present is None or present.pictures is None else (_number(power.pictures_needed),)),
    )


def _more(number: int, what: str) -> str:
    return f"{max(1, number)} more {what}{'s' if number > 1 else ''}"


def _number(value: int | None) -> str:
    return "–" if value is None else str(value)


def _participants(report: Report) -> Section:
    quality = report.quality
    text = [
        f"Gold pairs right: {_hits(quality.gold)}. Repeated pairs answered alike: {_hits(quality.repeats)}. "
        f"Median response time: {seconds(quality.median_ms)}.",
        f"Left out by rules fixed beforehand: {quality.excluded} people, {quality.excluded_votes} votes.",
    ]
    if quality.flagged:
        listed = "; ".join(map(_flagged, quality.flagged))
        text.append(f"Flagged participants, by number of enrolment: {listed}.")
    return Section("participants", "Participants", tuple(text), (rules_table(quality.rules),))


def _flagged(one: Flagged) -> str:
    return f"{one.participant} ({', '.join(one.rules)})"


def _hits(of: Share) -> str:
    return f"{of.hits} of {of.of} ({percent(of.low)} to {percent(of.high)})" if of.of else "none shown"


def _raters(report: Report) -> Iterator[Section]:
    """Yield what was found about kinds of people and copies, nothing where nothing was found."""
    text = rater_text(report.raters)
    if text:
        scores = ((score.title, score.log_worth) for score in report.ranking.methods)
        table = rater_table(report.raters, scores)
        tables = () if table is None else (Table(*table),)
        yield Section("raters", "Kinds of participants, and votes that occur twice", text, tables)


def _variants(report: Report) -> Section:
    text = ("Each row changes one thing. Scores are log-worths ± standard error, each on its own scale.",)
    table = variants_table(report.ranking, report.reliability.variants)
    return Section("variants", "Other analyses", text, (table,))


def _details(report: Report) -> Iterator[Section]:
    """Yield the scores by grades, how pairs were viewed and graded, and the scores by further questions."""
    details = report.details
    yield from _second(details, report.ranking)
    if details.viewing is not None or details.grades is not None:
        yield _viewing(details.viewing, details.grades)
    for question in details.questions:
        scores, pairs = scores_section(question.ranking), pairs_section(question.ranking)
        text = (f"{question.votes} answers to the further question on each pair.", *scores.text)
        yield Section(f"question-{question.key}", question.text, text, (*scores.tables, *pairs.tables))


def _second(details: Details, ranking: Ranking) -> Iterator[Section]:
    """Yield the scores by the grades, and those with covariates beside those without."""
    titles = {score.key: score.title for score in ranking.methods}
    if details.graded is not None:
        places = {score.key: ranks(score.rank_low, score.rank_high) for score in ranking.methods}
        text = f"A cumulative logit of the grades: {graded_in_words(details.graded)}"
        table = Table(*graded_table(details.graded, titles, places))
        yield Section("graded", "Scores by grades", (text,), (table,))
    if details.adjusted is not None:
        title = f"Scores adjusted for {', '.join(effect.name for effect in details.adjusted.effects)}"
        table = Table(*adjusted_table(details.adjusted, titles))
        yield Section("adjusted", title, tuple(adjusted_in_words(details.adjusted)), (table,))


def _viewing(viewing: Viewing | None, grades: Grades | None) -> Section:
    text, tables = [], []
    if grades is not None:
        text.append(f"Graded: {grades.better} better, {grades.much_better} much better.")
    if viewing is not None:
        text.append(
            f"Width of each picture on the screen: {viewing.width_low} to {viewing.width_high} pixels, "
            f"median {viewing.width_median}; {viewing.stacked} of {viewing.votes} votes on pictures one "
            "above the other."
        )
        if viewing.beside:
            text.append(
                f"{viewing.beside} of {viewing.votes} votes with the reference between both pictures."
            )
        rows = tuple((tool.name, tool.votes, tool.people, tool.uses) for tool in viewing.tools)
        tables.append(Table(("Both pictures were", "Votes", "People", "Times"), rows))
    return Section("viewing", "How pairs were viewed", tuple(text), tuple(tables))


def _citation(report: Report) -> Section:
    made = report.citation
    if made.study_sha256:
        last = f"votes up to {made.last_vote_at}" if made.last_vote_at else "no votes"
        source = (
            f"study “{report.study.slug}”, version {made.study_version}, SHA-256 {made.study_sha256}, "
            f"seed {made.study_seed}; {last}"
        )
    else:
        source = f"table of votes “{report.study.slug}”"
    software = f"{made.software} with {', '.join(made.libraries)}"
    return Section(
        "citation",
        "Data and software of this report",
        (f"{software}; {source}; seed of the report {made.seed}.",),
    )
