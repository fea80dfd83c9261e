"""What a study has found so far: one object for the page, for Markdown, JSON and HTML."""

import math
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from study import VERSION
from study.collect.config import Exclusion, StudyConfig
from study.database.load_responses import read_study, state_of
from study.database.store import Store
from study.report.exclusions import Attendance, attend
from study.report.histograms import response_times, votes_over_time
from study.report.model_checks import check
from study.report.report_warnings import cautions
from study.report.result import Checks, Citation, Coverage, PairCount, Report, Score
from study.statistics.agreement import counts_by_unit, krippendorff
from study.statistics.bradley_terry import Fit, fit, tabulate
from study.statistics.covariance import group_codes, quasi_variances
from study.statistics.data_quality import Limits
from study.statistics.goodness_of_fit import GoodnessOfFit, goodness_of_fit
from study.statistics.multiple_comparisons import Comparisons, Errors, compare, errors_of, two_sided_p
from study.statistics.sample_size import separations
from study.statistics.sensitivity import Variant, variants
from study.votes import LEFT, RIGHT, TIE, Floats, Responses, StudyData

SEED = 20_230_157  # of every draw in a report: the same votes give the same report
SOFTWARE = f"HarmonyLab {VERSION}"


@dataclass(frozen=True, eq=False)
class _Ranked:
    """What only a ranking has."""

    worths: Floats
    errors: Errors
    compared: Comparisons
    fitness: GoodnessOfFit


class Reports:
    """Reports of a store's studies, each made once for a state of the votes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._made: dict[str, tuple[object, Report]] = {}

    def of(self, slug: str) -> Report:
        """The newest version's. Raises BadStudy for an unknown slug."""
        state = state_of(self._store, slug)
        known = self._made.get(slug)
        if known is None or known[0] != state:
            known = self._made[slug] = (state, build_report(self._store, slug))
        return known[1]


def build_report(store: Store, slug: str, excluding: tuple[str, ...] | None = None) -> Report:
    """The report of the newest version of a study (see `report_of`). Raises BadStudy for an unknown slug."""
    return report_of(read_study(store, slug), excluding=excluding)


def _fixed(
    config: StudyConfig | None, limits: Limits | None, excluding: tuple[str, ...] | None
) -> tuple[Limits, tuple[str, ...]]:
    """Limits and rules: as told, else of the configuration, else the usual ones and none."""
    exclude = config.exclude if config else Exclusion()
    return limits or exclude.limits, tuple(exclude.rules) if excluding is None else excluding


def report_of(
    data: StudyData, limits: Limits | None = None, excluding: tuple[str, ...] | None = None
) -> Report:
    """Fit the votes: Davidson ties, a side term, intervals clustered by participant.

    limits: when participants are flagged. excluding: which of these rules keep a participant's votes out of
    the scores; the table of other analyses then has the result with them. Both are, unless told otherwise,
    what the configuration of the study fixed beforehand.
    """
    config = StudyConfig.from_json(data.config_json) if data.config_json else None
    limits, excluding = _fixed(config, limits, excluding)
    names = [method.title for method in data.methods]
    attendance = attend(data, limits, excluding)
    votes = data.responses.votes(attendance.kept)
    counts = tabulate(votes.as_votes(), len(names))[1]
    result = fit(counts, names, order_effect=data.sides_known)
    ranked = _ranked(votes, counts, result)
    units = counts_by_unit(votes, len(names))
    side, side_se, side_p = _side(result, ranked)
    report = Report(
        slug=data.slug,
        title=data.title,
        question=data.question,
        status=result.status,
        explain=result.explain,
        methods=_scores(data, counts, ranked),
        pairs=_pairs(data, counts, ranked, group_codes(votes.participant)[0]),
        enrolled=data.participants,
        participants=group_codes(votes.participant)[0],
        completed=data.completed,
        votes=len(votes),
        tie_rate=_share(votes.outcome == TIE),
        left_share=_share(votes.outcome[votes.outcome != TIE] == LEFT) if data.sides_known else None,
        log_nu=result.log_nu if ranked else None,
        position=side,
        position_se=side_se,
        position_p=side_p,
        interval=ranked.errors.words if ranked else "",
        critical=ranked.compared.critical if ranked else None,
        first=_first(data, ranked),
        warnings=(),
        simulated=data.simulated,
        conduct=attendance.conduct,
        agreement=krippendorff(units, metric="nominal", seed=SEED),
        agreement_ordinal=krippendorff(units, metric="ordinal", seed=SEED),
        checks=_checks(votes, counts, result, ranked),
        variants=_variants(data, votes, attendance, ranked),
        coverage=_coverage(data, votes),
        allocation=config.allocation.in_words() if config else "",
        over_time=votes_over_time(data.at[data.responses.counted]),
        response_times=response_times(data.responses.rt_ms),
        citation=_citation(data),
    )
    return replace(report, warnings=cautions(report))


def _ranked(votes: Responses, counts: Floats, result: Fit) -> _Ranked | None:
    errors = errors_of(result, votes.as_votes(), len(counts))
    if errors is None or result.log_worths is None:
        return None
    compared = compare(result.log_worths, errors, seed=SEED)
    return _Ranked(result.log_worths, errors, compared, goodness_of_fit(counts, result, seed=SEED))


def _checks(votes: Responses, counts: Floats, result: Fit, ranked: _Ranked | None) -> Checks | None:
    if ranked is None:
        return None
    return check(votes, counts, result, ranked.errors, ranked.fitness, seed=SEED)


def _variants(
    data: StudyData, votes: Responses, attendance: Attendance, ranked: _Ranked | None
) -> tuple[Variant, ...]:
    """With those that rules exclude, and without all whom any rule flags, where that makes a difference.

    Methods in the order of the scores, best first.
    """
    if ranked is None:
        return ()
    others = {}
    if not attendance.kept.all():
        others["with all participants"] = data.responses.votes()
    if (attendance.clean != attendance.kept).any():
        others["without flagged participants"] = data.responses.votes(attendance.clean)
    order = np.argsort(-ranked.worths, kind="stable")
    return tuple(
        replace(found, log_worths=_pick(found.log_worths, order), errors=_pick(found.errors, order))
        for found in variants(votes, others, len(order), sides=data.sides_known)
    )


def _pick(values: tuple[float, ...] | None, order: NDArray[np.intp]) -> tuple[float, ...] | None:
    return None if values is None else tuple(values[i] for i in order)


def _scores(data: StudyData, counts: Floats, ranked: _Ranked | None) -> tuple[Score, ...]:
    """Best first; in the order of the study without a ranking. counts: K×K×3 by left, right and outcome."""
    wins = counts[:, :, LEFT].sum(1) + counts[:, :, RIGHT].sum(0)
    losses = counts[:, :, LEFT].sum(0) + counts[:, :, RIGHT].sum(1)
    ties = counts[:, :, TIE].sum(0) + counts[:, :, TIE].sum(1)
    plain = [
        Score(method.key, method.title, None, None, None, None, int(wins[i]), int(losses[i]), int(ties[i]))
        for i, method in enumerate(data.methods)
    ]
    if ranked is None:
        return tuple(plain)
    preferred = (_logistic(ranked.compared.differences).sum(axis=1) - 0.5) / (len(plain) - 1)
    factor = ranked.errors.factor
    quasi = quasi_variances(ranked.errors.covariance, len(plain))
    placed = [
        replace(
            score,
            log_worth=float(worth),
            se=float(se),
            low=float(worth - factor * se),
            high=float(worth + factor * se),
            rank_low=int(ranked.compared.rank_low[i]),
            rank_high=int(ranked.compared.rank_high[i]),
            preference=float(preferred[i]),
            quasi_se=None if quasi is None or quasi[i] < 0 else math.sqrt(quasi[i]),
        )
        for i, (score, worth, se) in enumerate(zip(plain, ranked.worths, ranked.errors.errors, strict=False))
    ]
    return tuple(sorted(placed, key=lambda score: -(score.log_worth or 0.0)))


def _pairs(
    data: StudyData, counts: Floats, ranked: _Ranked | None, participants: int
) -> tuple[PairCount, ...]:
    keys = [method.key for method in data.methods]
    preferred = counts[:, :, LEFT] + counts[:, :, RIGHT].T
    ties = counts[:, :, TIE] + counts[:, :, TIE].T
    plain = [
        PairCount(keys[a], keys[b], int(preferred[a, b]), int(preferred[b, a]), int(ties[a, b]))
        for a, b in combinations(range(len(keys)), 2)
    ]
    if ranked is None:
        return tuple(plain)
    critical = ranked.compared.critical
    found = separations(ranked.worths.tolist(), ranked.errors.between, participants, critical=critical)
    residuals = ranked.fitness.residuals
    return tuple(
        replace(
            pair,
            difference=told.difference,
            se=told.se,
            low=told.difference - critical * told.se,
            high=told.difference + critical * told.se,
            p=float(ranked.compared.p[told.a, told.b]),
            preference=float(_logistic(told.difference)),
            separated=told.separated,
            residual=_finite(residuals[told.a, told.b]),
            detectable=told.detectable,
            needed=told.participants,
        )
        for pair, told in zip(plain, found, strict=True)
    )


def _side(result: Fit, ranked: _Ranked | None) -> tuple[float | None, float | None, float | None]:
    """The side term, its standard error and p value, where the model has one."""
    if ranked is None or result.order_effect is None:
        return None, None, None
    se = float(ranked.errors.errors[len(ranked.worths)])
    distance = np.abs(np.array(result.order_effect / se)) if se else np.array(0.0)
    return result.order_effect, se, float(two_sided_p(distance, ranked.errors.degrees))


def _first(data: StudyData, ranked: _Ranked | None) -> tuple[str, ...]:
    if ranked is None:
        return ()
    best = np.flatnonzero(ranked.compared.rank_low == 1)
    return tuple(data.methods[i].key for i in sorted(best, key=lambda i: -ranked.worths[i]))


def _coverage(data: StudyData, votes: Responses) -> Coverage:
    keys = [method.key for method in data.methods]
    low, high = np.minimum(votes.left, votes.right), np.maximum(votes.left, votes.right)
    places = np.zeros((len(keys), len(keys)), np.int64)
    places[np.triu_indices(len(keys), 1)] = np.arange(len(keys) * (len(keys) - 1) // 2)
    pairs = tuple(f"{a} – {b}" for a, b in combinations(keys, 2))
    cell = votes.item * len(pairs) + places[low, high]
    counts = np.bincount(cell, minlength=len(data.items) * len(pairs)).reshape(len(data.items), len(pairs))
    return Coverage(data.items, pairs, tuple(tuple(row) for row in counts.tolist()))


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


def _share(of: NDArray[np.bool_]) -> float | None:
    return float(of.mean()) if len(of) else None


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _logistic(difference: Any) -> Any:
    return 1 / (1 + np.exp(-difference))
