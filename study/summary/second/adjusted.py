"""Score the votes of a ranked fit again, adjusted for covariates such as the sizes of the two objects."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from study.number_formats import p_value, signed
from study.statistics.answers.covariates import Adjusted, fit_adjusted
from study.statistics.bradley_terry import Fit
from study.statistics.covariance import vote_weights
from study.statistics.multiple_comparisons import two_sided_p
from study.summary.second.scores import SecondScores, second_scores, turned
from study.votes import NONE, STIMULI, VIEW, Bools, Floats, Ints, StudyData, Votes

SIGNIFICANT = 0.05


@dataclass(frozen=True, eq=False)
class Covariate:
    """Hold a number of each vote, NaN where it is unknown.

    sided: it is that of the left picture less that of the right one, so that 0 means equal pictures.
    Otherwise it is of the whole vote, such as a response time, and may change the preference for the left.
    """

    name: str
    values: Floats
    sided: bool


def recorded(data: StudyData) -> dict[str, Floats]:
    """Return what a study stored with each response, by name: rt_ms, and VIEW_COLUMNS where known."""
    rt_ms = data.responses.rt_ms
    views = {} if data.details is None else data.details.views
    return {"rt_ms": np.where(rt_ms == NONE, np.nan, rt_ms), **views}


def registered_covariates(data: StudyData, names: Sequence[str]) -> tuple[list[Covariate], list[str]]:
    """Return the covariates of study.toml that the study stored, and sentences about the others."""
    stored, found, missing = recorded(data), [], []
    for name in names:
        own = name.removeprefix(VIEW)
        if own in stored:
            found.append(Covariate(own, np.asarray(stored[own], np.float64), sided=False))
        elif name.startswith(STIMULI):
            column = name.removeprefix(STIMULI)
            missing.append(
                f"study.toml names {column} of the stimuli as a covariate. Scores adjusted for it need the "
                "table of the stimuli: report --stimuli."
            )
        else:
            missing.append(f"study.toml names the covariate {name}, of which nothing was stored.")
    return found, missing


@dataclass(frozen=True)
class CovariateEffect:
    """Describe a covariate: the effect of one standard deviation `sd` on the left log-worth."""

    name: str
    sided: bool
    sd: float
    effect: float
    se: float
    p: float


@dataclass(frozen=True)
class AdjustedScores:
    """Hold the scores with and without covariates, of the votes for which all of these are known.

    effects: of the covariates. votes: their number.
    loglik, loglik_without: log-likelihoods. left_out: number of votes with an unknown covariate.
    """

    methods: SecondScores
    without: SecondScores
    effects: tuple[CovariateEffect, ...]
    votes: float
    left_out: float
    loglik: float
    loglik_without: float


def adjusted_scores(
    names: Sequence[str], result: Fit, votes: Votes, item: Ints | None, covariates: Sequence[Covariate]
) -> AdjustedScores | str:
    """Return the scores adjusted for covariates, or a sentence on why there are none.

    result: the fit of the votes with Davidson's ties.
    """
    if result.status != "ok":
        return "There are no scores to be adjusted."
    if result.ties != "davidson":
        return "Scores are adjusted only with Davidson's ties."
    known = np.all([np.isfinite(one.values) for one in covariates], axis=0)
    sds = np.array([np.std(one.values[known]) if known.any() else 0.0 for one in covariates])
    if not sds.all():
        constant = covariates[int(np.argmax(sds == 0))]
        return f"The covariate {constant.name} is the same in all votes, or unknown."
    terms = np.column_stack([_centred(one, known) for one in covariates]) / sds
    some, order = _only(votes, known), result.order_effect is not None
    own = None if item is None else item[known]
    found, plain = (
        fit_adjusted(some, part, len(names), order_effect=order, item=own) for part in (terms, terms[:, :0])
    )
    if found is None or plain is None:
        listed = _names(covariates)
        return f"The scores cannot be adjusted: these votes do not determine the effect of {listed}."
    count = vote_weights(votes, result.ties)
    return AdjustedScores(
        methods=_scores(names, found),
        without=_scores(names, plain),
        effects=tuple(_effects(covariates, sds, found)),
        votes=float(count[known].sum()),
        left_out=float(count[~known].sum()),
        loglik=found.loglik,
        loglik_without=plain.loglik,
    )


def adjusted_in_words(found: AdjustedScores) -> Iterator[str]:
    """Yield a sentence on each covariate, and one on votes that are left out."""
    for one in found.effects:
        what = "the picture with more" if one.sided else "the left picture at more"
        yield (
            f"{one.name}: log-worth {signed(one.effect)} ± {one.se:.3f} for {what} by one standard deviation "
            f"({one.sd:.4g}), p {p_value(one.p)}."
        )
    if found.left_out:
        yield f"{found.left_out:g} votes with an unknown covariate are left out, also without adjustment."


def adjusted_warnings(found: AdjustedScores, titles: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yield a warning where the adjustment changes the order of methods. titles: by name, if others."""
    first, named = np.array([one.log_worth for one in found.without.scores]), titles or {}
    for better, worse in list(turned(first, found.methods))[:1]:
        one, other = named.get(worse, worse), named.get(better, better)
        yield f"Adjusted for {_names(found.effects)}, {one} comes before {other}."


def _names(of: Sequence[Covariate] | Sequence[CovariateEffect]) -> str:
    return ", ".join(one.name for one in of)


def _centred(of: Covariate, known: Bools) -> Floats:
    """Return the known values, less their mean unless 0 means equal pictures."""
    values = of.values[known]
    return values if of.sided else values - np.mean(values)


def _only(votes: Votes, rows: Bools) -> Votes:
    return Votes(
        votes.left[rows],
        votes.right[rows],
        votes.outcome[rows],
        None if votes.count is None else votes.count[rows],
        None if votes.ordered is None else votes.ordered[rows],
        None if votes.participant is None else votes.participant[rows],
    )


def _scores(names: Sequence[str], found: Adjusted) -> SecondScores:
    preferred = expit(np.subtract.outer(found.log_worths, found.log_worths))
    return second_scores(names, found.log_worths, found.errors, preferred)


def _effects(covariates: Sequence[Covariate], sds: Floats, found: Adjusted) -> Iterator[CovariateEffect]:
    errors = found.errors.errors[len(found.log_worths) :]
    for one, sd, effect, se in zip(covariates, sds, found.effects, errors, strict=False):
        p = two_sided_p(np.abs(np.array(effect / se)), found.errors.degrees)
        yield CovariateEffect(one.name, one.sided, float(sd), float(effect), float(se), float(p))
