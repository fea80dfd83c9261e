"""Write a report for a paper: a LaTeX table, a figure, and a paragraph on methods to adapt."""

from collections.abc import Callable, Iterator, Mapping

from study.number_formats import p_value, percent, ranks, signed
from study.report import charts
from study.report.looks.taken import LookTaken
from study.report.result import Ranking, Report, Score, VoteCounts
from study.report.sections import SIMULATED
from study.report.tables import UNEQUAL_VOTES, citations_of
from study.summary.best_of import BestOf
from study.summary.citations import cite, to_bibtex
from study.summary.further_scales import FurtherScales
from study.summary.raters.sentences import rater_warnings
from study.summary.second.text import ADJUSTED, GRADED, second_sentences

STYLE = (
    "svg{background:#fff;font:14px sans-serif;fill:#000}.end{text-anchor:end}.mid{text-anchor:middle}"
    ".tick{font-size:12px}.axis,.zero{stroke:#999}.span{stroke:#000;stroke-width:2}.dot{fill:#000}"
)
ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)


def paper_files(report: Report) -> dict[str, str]:
    """Return file name → text of each file for a paper. Raises ValueError without a ranking."""
    if report.ranking.critical is None:
        sentences = report.look.sentences if report.look else ()
        reason = report.ranking.explain or " ".join(sentences)
        raise ValueError(f"There is nothing to print yet. {reason}")
    keys = [key for _, keys in citations_of(report) for key in keys]
    return {
        "table.tex": _table(report),
        "figure.svg": _figure(report),
        "methods.txt": methods_text(report),
        "paper.bib": to_bibtex(keys, report.citation.software),
    }


def _table(report: Report) -> str:
    rows = [_row(score) for score in report.ranking.methods]
    several = report.best_of
    model = "Bradley--Terry" if several is None else "Plackett--Luce"
    answers = "votes" if several is None else "rankings" if several.ranked else "choices"
    caption = (
        f"{model} log-worths (sum zero) of {report.counts.votes} {answers} by "
        f"{report.counts.participants} people. Intervals: {report.ranking.interval.translate(ESCAPES)}. "
        r"JOD: just-objectionable differences with standard error; 1 JOD is 75\,\% of the decided votes. "
        rf"$n$: {'comparisons' if several is None else 'trials'}. Place: "
        r"ranks that all pairwise differences together allow (95\,\%). Preferred: "
        "probability against a randomly chosen other method."
    )
    simulated = f" {SIMULATED}" if report.study.simulated else ""
    return "\n".join(
        [
            r"\begin{table}",
            rf"\caption{{{caption}{simulated}}}",
            r"\begin{tabular}{lrrrrcr}",
            r"\toprule",
            r"Method & Log-worth & Interval & JOD & $n$ & Place & Preferred \\",
            r"\midrule",
            *rows,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def _row(score: Score) -> str:
    interval = f"$[{_number(score.low)}, {_number(score.high)}]$"
    places = ranks(score.rank_low, score.rank_high).replace("–", "--")
    title, preferred = score.title.translate(ESCAPES), percent(score.preference).translate(ESCAPES)
    jods = "" if score.jod_se is None else f"${_number(score.jod)} \\pm {score.jod_se:.2f}$"
    cells = (
        title,
        f"${_number(score.log_worth)}$",
        interval,
        jods,
        str(score.comparisons),
        places,
        preferred,
    )
    return " & ".join(cells) + r" \\"


def _number(value: float | None) -> str:
    """Return a number for the mathematics mode of LaTeX, which prints its own minus."""
    return "" if value is None else f"{value:+.2f}"


def _figure(report: Report) -> str:
    chart = charts.draw_intervals(report.ranking.methods)
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" width="{charts.WIDTH}"'
    return chart.replace("<svg", opening, 1).replace(">", f"><style>{STYLE}</style>", 1) + "\n"


def methods_text(report: Report) -> str:
    """Return sentences on design, analysis and result with the numbers of the report, to be shortened.

    Citations have the form that pandoc reads; their keys are those of paper.bib.
    """
    simulated = [SIMULATED] if report.study.simulated else []
    sources = dict(citations_of(report))
    parts = [
        *simulated,
        *_design(report),
        *_exclusions(report),
        *_analysis(report, sources),
        *_outcome(report),
        *_checks(report, sources),
    ]
    return " ".join(parts) + "\n"


def _design(report: Report) -> Iterator[str]:
    counts, coverage = report.counts, report.distributions.coverage
    question = f" (“{report.study.question}”)" if report.study.question else ""
    pictures, several = f"{len(coverage.items)} pictures", report.best_of
    on = "" if coverage.items == ("",) else f" on {pictures}"
    kind = "pairwise study" if several is None else f"study with {several.pictures} pictures at a time"
    yield f"We compared {len(report.ranking.methods)} methods{on} in a blind {kind}{question}."
    if several is not None:
        yield from _design_of_several(counts, several)
        return
    yield (
        f"{counts.participants} participants gave {counts.votes} votes on the {len(coverage.pairs)} pairs of "
        "methods; the names of the methods were hidden."
    )
    if report.study.allocation:
        yield report.study.allocation
    yield f"“No difference” was chosen in {percent(counts.tie_rate)} of trials"
    if counts.left_share is None:
        yield "(sides are not known)."
    else:
        yield f"and the left picture in {percent(counts.left_share)} of the others."


def _design_of_several(counts: VoteCounts, several: BestOf) -> Iterator[str]:
    did = "ranked the pictures of" if several.ranked else "chose the best in"
    people = f"{counts.participants} participants"
    yield f"{people} {did} {counts.votes} trials; the names of the methods were hidden."
    if several.ranked:
        yield f"In {percent(counts.tie_rate)} of the trials no picture was better than all others."
    else:
        yield f"“No difference” was chosen in {percent(counts.tie_rate)} of the trials."


def _exclusions(report: Report) -> Iterator[str]:
    quality = report.quality
    rules = [rule.words for rule in quality.rules if rule.excludes]
    if not rules:
        yield "Nobody was excluded from the analysis by a rule."
        return
    yield (
        f"By rules fixed beforehand {quality.excluded} participants ({quality.excluded_votes} votes) were "
        f"excluded: those with {'; '.join(rules)}."
    )


def _analysis(report: Report, sources: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    ranking = report.ranking

    def cited(*numbers: str) -> str:
        keys = [key for number in numbers for key in sources.get(number, ())]
        return f" {cite(keys)}" if keys else ""

    if report.best_of is not None:
        yield from _model_of_several(report.best_of, cited("Log-worths of the best of several"))
    else:
        yield _model_of_pairs(ranking, cited)
    errors = cited("Errors by participant", "Errors by participant and picture", UNEQUAL_VOTES)
    yield f"{ranking.errors.removesuffix('.')}{errors}."
    limits = cited("Limits at planned analyses", "Limits at any moment")
    yield f"Intervals are {ranking.interval}{limits}."
    yield (
        f"A difference is significant beyond {ranking.critical:.2f} standard errors, {_limit(report.look)}; "
        "places are the ranks that these differences allow. "
        f"p values are adjusted for all pairs{cited('p values of pairs')}."
    )
    yield f"Scores are also given in just-objectionable differences{cited('JOD')}."


def _model_of_several(several: BestOf, sources: str) -> Iterator[str]:
    answers = "rankings" if several.ranked else "choices"
    terms = [
        *(["ties"] if several.ties else []),
        *(["an effect of each position"] if several.effects else []),
    ]
    extended = f" with {' and '.join(terms)}" if terms else ""
    yield f"We fitted the Plackett-Luce model{sources}{extended} to the {answers} by maximum likelihood."
    if several.effects:
        listed = ", ".join(
            f"{signed(one.effect, 2)} ± {one.se:.2f} for position {one.position}"
            for one in several.effects[:-1]
        )
        yield f"Beside the last position, the effects on the log-worth are {listed}."


def _model_of_pairs(ranking: Ranking, cited: Callable[..., str]) -> str:
    terms = [f"Davidson's ties{cited('Ties')}"] if ranking.log_nu is not None else []
    terms += [f"an order effect{cited('Order effect')}"] if ranking.order_effect is not None else []
    extended = f" with {' and '.join(terms)}" if terms else ""
    return f"We fitted the Bradley-Terry model{cited('Log-worths')}{extended} by maximum likelihood."


def _limit(look: LookTaken | None) -> str:
    """Return what the limit of differences is, with its source."""
    if look is not None and look.moment == "unplanned":
        return (
            f"the limit of a confidence sequence (Lindon et al., JASA 2026; participants as units, g = "
            f"{look.mixture:g}, Bonferroni's correction for all pairs), which is valid at any look"
        )
    if look is not None and look.planned > 1:
        return (
            f"the limit of planned analysis {look.number} of {look.planned} (O'Brien-Fleming-type spending "
            "after Lan and DeMets, Biometrika 1983)"
        )
    return "the 95 % point of the largest of all pairwise differences"


def _outcome(report: Report) -> Iterator[str]:
    ranking, further = report.ranking, report.further
    titles = {score.key: score.title for score in ranking.methods}
    separated = sum(pair.power is not None and pair.power.separated for pair in ranking.pairs)
    yield f"{separated} of {len(ranking.pairs)} pairs differ significantly."
    best = ", ".join(titles[key] for key in ranking.first)
    yield f"Best, or not significantly worse than the best: {best}."
    yield from rater_warnings(report.raters)
    if further is not None and further.anchor.methods:
        first = further.anchor.methods[0]
        limits = f"{percent(first.low)} to {percent(first.high)}"
        yield (
            f"{first.method} is preferred to {further.anchor.anchor} in {percent(first.preference)} of the "
            f"decided votes (95 % for all pairs at once: {limits})."
        )
    if ranking.order_effect is not None:
        effect = ranking.order_effect
        size = f"{signed(effect.log_worth, 2)} ± {effect.se:.2f}"
        yield f"The preference for the left side is {size} log-worth (p = {p_value(effect.p)})."


def _checks(report: Report, sources: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    checks, further, made = report.reliability.checks, report.further, report.citation
    if checks is not None:
        fit = checks.fit
        yield f"The model fits with G² = {fit.g2:.1f} on {fit.degrees} df (p = {p_value(fit.p)})."
        if checks.people is not None:
            sd = f"{checks.people.sd:.2f}"
            yield f"Participants' log-worths vary around the mean with a standard deviation of {sd}."
    if further is not None:
        yield from _further_checks(further, sources)
    cited = {name: cite(sources[name]) for name in (GRADED, ADJUSTED) if name in sources}
    details, ranked = report.details, [score.key for score in report.ranking.methods]
    yield from second_sentences(details.graded, details.adjusted, ranked, cited)
    if report.reliability.agreement is not None:
        alpha = f"{report.reliability.agreement.value:.2f}"
        yield f"Krippendorff's alpha is {alpha} {cite(sources['Agreement (alpha)'])}."
    yield (
        f"Analysis: {made.software} [@harmonylab] with {' and '.join(made.libraries)}, study version "
        f"{made.study_version}, seed {made.seed}."
    )


def _further_checks(further: FurtherScales, sources: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    if further.pictures is not None:
        found = further.pictures
        limits = f"95 %: {found.low:.2f} to {found.high:.2f}"
        yield f"Between pictures it is {found.sd:.2f} ({limits} {cite(sources['Spread between pictures'])})."
    if further.thurstone is not None:
        turned = len(further.thurstone.turned)
        order = f"another order of {turned} pairs" if turned else "the same order of all methods"
        yield f"Thurstone and Mosteller's model {cite(sources['Thurstone-Mosteller'])} gives {order}."
    if further.cycles is not None:
        number = further.cycles.number or "None"
        yield f"{number} of the cycles of three methods has three significant preferences."
