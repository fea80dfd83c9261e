"""Build the report of a study from its responses."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy

from study import VERSION
from study.config.config import StudyConfig
from study.config.tables import Exclusion
from study.database.responses.load_responses import read_study, state_of
from study.database.store import Store
from study.records import BadStudy, MethodRow
from study.report.details import adjusted_of, graded_of, grades_of, questions_of, viewing_of
from study.report.exclusions import ExclusionResult, apply_exclusions
from study.report.histograms import distributions_of, distributions_of_choices
from study.report.looks.analysis import at_planned_look, look_of
from study.report.looks.taken import look_taken
from study.report.model_checks import check_model, variants_of
from study.report.ranking import RankedFit, rank, ranking_of, ranking_of_choices
from study.report.report_warnings import changes_in_words, left_out, quality_warnings, report_warnings
from study.report.result import (
    Citation,
    Details,
    Reliability,
    Report,
    StudyFacts,
    VoteCounts,
)
from study.statistics.agreement import agreement_on_pairs, counts_by_unit
from study.statistics.bradley_terry import Fit, fit, tabulate
from study.statistics.covariance import group_codes
from study.statistics.data_quality import Limits
from study.statistics.looks.schedule import Look
from study.statistics.unequal.concentration import votes_of_groups
from study.summary.anchors import beside_anchor, choose_anchor, no_such_method
from study.summary.best_of import fit_choices
from study.summary.best_of import summary_of as summary_of_choices
from study.summary.cycles import cycle_warnings
from study.summary.further_scales import Fitted, FurtherScales, further_scales
from study.summary.raters.findings import Labels, Raters, raters_of, summary_of
from study.summary.raters.sentences import rater_warnings
from study.summary.raters.stability import stability_warnings
from study.summary.second.adjusted import Covariate, registered_covariates
from study.summary.second.text import second_warnings
from study.summary.vote_warnings import vote_warnings
from study.votes import LEFT, TIE, Bools, Choices, Floats, Ints, Responses, StudyData

SEED = 20_230_157  # of every simulation in a report: the same votes give the same report
# Reports that take longer (seconds) are made again after a pause of so many times their duration.
SOON, PAUSE = 1.0, 10
SOFTWARE = f"HarmonyLab {VERSION}"


@dataclass(frozen=True, eq=False)
class KeptReport:
    """Hold a report; current: it has all votes so far. state: of the votes. until: a newer one is made then.

    until: seconds of `time.monotonic`.
    """

    report: Report
    state: tuple[int | str | None, ...]
    until: float
    current: bool = True


class Reports:
    """Keep the reports of a store's studies; build each once for every state of its votes.

    Where votes keep arriving, reports that take long are made again after a pause, so that at most a tenth of
    the time of a processor is used for them. Safe to share between threads.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._reports: dict[tuple[str, int | None, int | None], KeptReport] = {}
        self._lock = threading.Lock()

    def of(self, slug: str, version: int | None = None, look: int | None = None) -> KeptReport:
        """Return the report of a version of a study. Raises BadStudy like `build_report`."""
        key = (slug, version, look)
        with self._lock:
            state, kept = state_of(self._store, slug, version), self._reports.get(key)
            if kept is not None and kept.state == state:
                return kept
            if kept is not None and kept.state[:3] == state[:3] and time.monotonic() < kept.until:
                return replace(kept, current=False)  # the same study in the same state, with other votes
            began = time.thread_time()
            report = build_report(self._store, slug, version, look=look)
            taken = time.thread_time() - began
            until = time.monotonic() + (PAUSE * taken if taken > SOON else 0)
            self._reports[key] = KeptReport(report, state, until)
            return self._reports[key]


def build_report(
    store: Store,
    slug: str,
    version: int | None = None,
    *,
    excluding: tuple[str, ...] | None = None,
    anchor: str = "",
    look: int | None = None,
) -> Report:
    """Report on a version of a study (see `report_of`). Raises BadStudy like `Transaction.study`.

    look: the number of a planned analysis, from 1, which has the votes up to then; by default all votes.
    """
    data = read_study(store, slug, version)
    data = data if look is None else at_planned_look(data, look)
    return report_of(data, excluding=excluding, anchor=anchor)


def report_of(
    data: StudyData,
    limits: Limits | None = None,
    excluding: tuple[str, ...] | None = None,
    anchor: str = "",
    covariates: Sequence[Covariate] | None = None,
) -> Report:
    """Fit the votes with Davidson ties and an order effect, with intervals clustered by participant.

    limits: thresholds above or below which participants are flagged. excluding: the rules that exclude the
    votes of flagged participants from the scores; the other analyses then include the result with them. By
    default both are those that the configuration of the study fixed beforehand. anchor: key or title of the
    method that the others are measured against; "" for the anchor of the study. covariates: of all
    responses; add scores that are adjusted for them; by default, those that the configuration fixed
    beforehand. Raises BadStudy.
    """
    wanted = _wanted_anchor(data.methods, anchor)
    config = StudyConfig.from_json(data.config_json) if data.config_json else None
    when = look_of(data, config)
    names = [method.title for method in data.methods]
    exclusions = apply_exclusions(data, *_fixed_rules(config, limits, excluding))
    votes = data.responses.votes(exclusions.kept)
    counts = tabulate(votes.as_votes(), len(names))[1]
    result = fit(counts, names, order_effect=data.sides_known)
    ranked = rank(votes, counts, result, when, seed=SEED)
    ranking = ranking_of(data.methods, counts, result, ranked)
    scored = ranked if ranking.critical is not None else None
    further = _further(data, votes, counts, scored, wanted)
    raters = raters_of(data, votes, ranked=scored is not None)
    people = summary_of(raters, Labels(names, data.people))
    reliability = _reliability(data, votes, counts, exclusions, ranked, raters)
    graded = graded_of(data, exclusions.kept, result)
    fixed = config.analysis.covariates if config and covariates is None else []
    registered = fixed if result.status == "ok" else []  # without scores, nothing can be adjusted
    stored, missing = registered_covariates(data, registered)
    adjusted = adjusted_of(data, exclusions.kept, result, covariates or stored)
    details = _details(data, config, exclusions.kept, when)
    report = Report(
        study=_study_facts(data, config),
        counts=_vote_counts(data, votes),
        ranking=ranking,
        quality=exclusions.summary,
        reliability=reliability,
        distributions=distributions_of(data, votes),
        details=replace(details, graded=graded, adjusted=None if isinstance(adjusted, str) else adjusted),
        warnings=(
            *left_out(data.rejected, data.other_versions),
            *changes_in_words(data.changes),
            *data.notes,
            *rater_warnings(people),
            *vote_warnings(result, counts, names, *_votes_by_group(data, votes)),
            *stability_warnings(votes.as_votes(), _items(data, votes), len(names), result),
            *missing,
            *second_warnings(result.log_worths, graded, adjusted, _titles(data)),
            *cycle_warnings(further.cycles if further else None),
            *report_warnings(ranking, exclusions.summary, reliability, people),
        ),
        citation=_citation(data),
        raters=people,
        further=further,
        look=look_taken(when, ranking.critical, intervals=ranking.has_intervals),
    )
    if data.choices is None:
        return report
    return _with_choices(report, data, data.choices.only(exclusions.kept[data.choices.participant]), wanted)


def _with_choices(report: Report, data: StudyData, choices: Choices, wanted: int | None) -> Report:
    """Return the report with the scores by these choices of the best of several, for a study without pairs.

    wanted: the anchor, None for that of its name or the best.
    """
    when = look_of(data, StudyConfig.from_json(data.config_json) if data.config_json else None)
    names, keys = [method.title for method in data.methods], [method.key for method in data.methods]
    by_item = data.items != ("",)
    scores = fit_choices(choices, names, by_item=by_item)
    counted = summary_of_choices(choices, scores, keys)
    ranking, ranked = ranking_of_choices(data.methods, choices, scores, counted, when, seed=SEED)
    ones = np.ones(len(choices))
    of_items = votes_of_groups(choices.item, ones) if by_item else None
    groups = votes_of_groups(choices.participant, ones), of_items
    further = None
    if ranked is not None and ranking.critical is not None:
        place = choose_anchor(keys, ranked.log_worths) if wanted is None else wanted
        log_nu = (scores.fit.log_ties or {}).get(2)
        beside = beside_anchor(names, place, ranked.compared, ranked.errors, log_nu)
        further = FurtherScales(None, beside, None, None)
    as_pairs = Fit(scores.fit.status, scores.fit.explain, "davidson")
    known = choices.at[~np.isnat(choices.at)]
    return replace(
        report,
        counts=replace(
            report.counts,
            participants=len(np.unique(choices.participant)),
            votes=len(choices),
            tie_rate=counted.ties / len(choices) if len(choices) else None,
            left_share=None,
        ),
        ranking=ranking,
        distributions=distributions_of_choices(data, choices),
        warnings=(
            *left_out(data.rejected, data.other_versions),
            *changes_in_words(data.changes),
            *data.notes,
            *([scores.fit.explain] if scores.fit.explain else []),
            *vote_warnings(as_pairs, scores.fit.counts, names, *groups),
            *quality_warnings(report.quality),
        ),
        citation=replace(report.citation, last_vote_at=f"{known.max()}Z" if len(known) else None),
        look=look_taken(when, ranking.critical, intervals=ranking.has_intervals),
        best_of=counted,
        further=further,
    )


def _titles(data: StudyData) -> dict[str, str]:
    return {method.key: method.title for method in data.methods}


def _wanted_anchor(methods: Sequence[MethodRow], wanted: str) -> int | None:
    """Return the index of the anchor that is wanted, or that the study has; None without any."""
    keys = [method.key for method in methods]
    if wanted:
        known = [i for i, method in enumerate(methods) if wanted in (method.key, method.title)]
        if not known:
            raise BadStudy(no_such_method(wanted, keys))
        return known[0]
    return next((i for i, method in enumerate(methods) if method.is_anchor), None)


def _further(
    data: StudyData, votes: Responses, counts: Floats, ranked: RankedFit | None, anchor: int | None
) -> FurtherScales | None:
    if ranked is None:
        return None
    keys, titles = [method.key for method in data.methods], [method.title for method in data.methods]
    item = _items(data, votes)
    fitted = Fitted(
        titles, votes.as_votes(), counts, ranked.fit, ranked.errors, ranked.compared, item, data.items
    )
    return further_scales(fitted, choose_anchor(keys, ranked.log_worths) if anchor is None else anchor)


def _items(data: StudyData, votes: Responses) -> Ints | None:
    """Return the picture of each vote, None where pictures have no names."""
    return None if data.items == ("",) else votes.items


def _votes_by_group(data: StudyData, votes: Responses) -> tuple[Floats, Floats | None]:
    """Return the numbers of votes by participant and by picture; None where the pictures have no names."""
    ones, item = np.ones(len(votes)), _items(data, votes)
    by_item = None if item is None else votes_of_groups(item, ones)
    return votes_of_groups(votes.participant, ones), by_item


def _fixed_rules(
    config: StudyConfig | None, limits: Limits | None, excluding: tuple[str, ...] | None
) -> tuple[Limits, tuple[str, ...]]:
    """Return limits and rules: as given, else of the configuration, else the defaults and no rule."""
    exclude = config.exclude if config else Exclusion()
    return limits or exclude.limits, tuple(exclude.rules) if excluding is None else excluding


def _study_facts(data: StudyData, config: StudyConfig | None) -> StudyFacts:
    return StudyFacts(
        slug=data.slug,
        title=data.title,
        question=data.question,
        simulated=data.simulated,
        allocation=config.allocation.in_words() if config else "",
    )


def _vote_counts(data: StudyData, votes: Responses) -> VoteCounts:
    decided = votes.outcome[votes.outcome != TIE]
    return VoteCounts(
        enrolled=data.participants,
        participants=group_codes(votes.participant)[0],
        completed=data.completed,
        votes=len(votes),
        tie_rate=_share(votes.outcome == TIE),
        left_share=_share(decided == LEFT) if data.sides_known else None,
    )


def _reliability(
    data: StudyData,
    votes: Responses,
    counts: Floats,
    exclusions: ExclusionResult,
    ranked: RankedFit | None,
    raters: Raters,
) -> Reliability:
    units = counts_by_unit(votes, len(data.methods))
    return Reliability(
        checks=check_model(votes, counts, ranked, seed=SEED) if ranked else None,
        agreement=agreement_on_pairs(units, metric="nominal", seed=SEED),
        agreement_ordinal=agreement_on_pairs(units, metric="ordinal", seed=SEED),
        variants=variants_of(data, votes, exclusions, ranked, raters) if ranked else (),
    )


def _details(data: StudyData, config: StudyConfig | None, kept: Bools, when: Look) -> Details:
    """Return what is known beyond the outcomes, without scores by grades and covariates."""
    return Details(
        viewing=viewing_of(data),
        grades=grades_of(data, kept),
        questions=questions_of(data, config, kept, when, SEED),
    )


def _citation(data: StudyData) -> Citation:
    known = data.at[~np.isnat(data.at)]
    return Citation(
        software=SOFTWARE,
        libraries=(f"numpy {np.__version__}", f"scipy {scipy.__version__}"),
        study_version=data.version,
        study_sha256=data.sha256,
        study_seed=data.seed,
        seed=SEED,
        last_vote_at=f"{known.max()}Z" if len(known) else None,
    )


def _share(of: Bools) -> float | None:
    return float(of.mean()) if len(of) else None
