"""Find people who choose at random, and two groups of people with opposite preferences.

The mixtures of `taste_mixtures` with an additional class are compared with one ranking about which tastes
differ. A class is found only if its mixture has the lowest Bayesian information criterion of those with
classes or directions, people being the units, and passes a test.

Random clickers must describe the votes better than people who all discern alike, of whom some have no
tastes of their own, or whose discernment differs by up to ALIKE, by a likelihood ratio at CARELESS_ALARM:
half a chi-squared variable on one degree of freedom because the share is at its bound without them (Self
and Liang, JASA 82, 1987). Otherwise people are said to discern to different degrees if the likelihood ratio
of this is beyond the same limit.

Groups, whose direction is undetermined without them, need a better log-likelihood of people who are left out
of the fits at FALSE_ALARM (Vuong, Econometrica 57, 1989).
"""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from scipy import special

from study.statistics.raters.discernment import ALIKE, compare_discernment, equal_methods_p, share_interval
from study.statistics.raters.side_habits import are_of_a_screen
from study.statistics.raters.taste_mixtures import (
    Choices,
    Kind,
    Mixture,
    first_class,
    fit_mixture,
    likelihood,
)
from study.votes import LEFT, TIE, Bools, Floats, Ints, Votes

Finding: TypeAlias = Literal["careless", "groups"]

FALSE_ALARM = 0.01
CARELESS_ALARM = 0.03
CERTAIN = 1e-5  # of random clickers, or of people without a preference beside others with tastes
NO_DIFFERENCE, EQUAL_ALARM = 0.05, 0.001  # where methods may be equal, as by this p value
FOLDS = 5
FEWEST_PEOPLE = 12
FEWEST_DEGREES = 30  # people from whom on different discernment is stated
FEWEST_VOTES = 5  # decided votes of a person who counts here
MOST_PEOPLE = 400  # from whom the classes are estimated, evenly chosen; all are assigned to them
MOST_CELLS, LEAST_SAMPLE = 40_000, 100  # people times pairs of methods: fewer people where methods are many
MOST_VOTES = 150.0  # more votes of one person count as many
FEWEST_NAMED = 3
LEAST_GAIN = 1.0  # log-likelihood by which different tastes must describe the votes better
SURE = 0.9  # probability from which a person is named
OPPOSITE = 0.4  # log-worth, 60 : 40, by which both groups must differ in a pair to contradict each other


@dataclass(frozen=True, eq=False)
class Kinds:
    """Hold two classes of people. kind: "careless" (random clickers and others), or "groups".

    first: for each participant index, the probability of being a random clicker, or of the smaller group.
    share: estimated share of the first class. z: of the test against one class. first_worths, other_worths:
    K log-worths of the classes on decided votes, sum 0. interval: of the share, 95 %, for "careless" only.
    """

    kind: Finding
    first: Floats
    share: float
    z: float
    first_worths: Floats
    other_worths: Floats
    interval: tuple[float, float] | None = None

    @property
    def named(self) -> Ints:
        """Return the participants who are of the first class with a probability of SURE."""
        return np.flatnonzero(self.first >= SURE)


@dataclass(frozen=True)
class Discernment:
    """State that people tell methods apart to different degrees. z: of the test that they do so alike.

    spread: standard deviation of the logarithm of the factor of a person's log-worths. random_share: the
    share of random clickers that would describe the votes almost as well, 0 if none would.
    """

    spread: float
    z: float
    random_share: float


@dataclass(frozen=True, eq=False)
class _Decided:
    """Hold decided votes: methods on both sides, if the left one won, and who voted.

    sides: sides are those of a screen, so that there may be an order effect.
    """

    left: Ints
    right: Ints
    won: Bools
    person: Ints
    sides: bool

    def of(self, who: Ints, methods: int) -> Choices:
        """Return the choices of these people; more than MOST_VOTES of one count as many."""
        place = np.full(int(self.person.max()) + 1, -1)
        place[who] = np.arange(len(who))
        row = place[self.person]
        kept = row >= 0
        pairings, column = np.unique((self.left * methods + self.right)[kept], return_inverse=True)
        cell, shape = row[kept] * len(pairings) + column, (len(who), len(pairings))
        votes = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape).astype(float)
        wins = np.bincount(cell, self.won[kept], shape[0] * shape[1]).reshape(shape)
        thin = np.minimum(1.0, MOST_VOTES / np.maximum(votes.sum(axis=1), 1))[:, None]
        design = np.zeros((len(pairings), methods + 1))
        design[np.arange(len(pairings)), pairings // methods] = 1
        design[np.arange(len(pairings)), pairings % methods] = -1
        design[:, -1] = self.sides
        return Choices(wins * thin, votes * thin, design)


def kinds_of_people(votes: Votes, methods: int) -> Kinds | Discernment | None:
    """Return two classes of people, or different discernment, where the votes clearly have them, else None.

    Each row is one vote.
    """
    decided = _decided(votes)
    if decided is None:
        return None
    who = np.flatnonzero(np.bincount(decided.person) >= FEWEST_VOTES)
    if len(who) < FEWEST_PEOPLE:
        return None
    size = min(len(who), MOST_PEOPLE, max(LEAST_SAMPLE, MOST_CELLS // (methods * (methods - 1))))
    sample = who[np.linspace(0, len(who) - 1, size).astype(int)]
    choices = decided.of(sample, methods)
    found = _decide(choices)
    if found is None or isinstance(found, Discernment):
        return found
    mixture, z = found
    first = np.zeros(int(decided.person.max()) + 1)
    for start in range(0, len(who), MOST_PEOPLE):
        part = who[start : start + MOST_PEOPLE]
        first[part] = first_class(decided.of(part, methods), mixture)
    one, other = (worths - worths.mean() for worths in mixture.centres)
    if mixture.kind == "careless":
        kinds = Kinds("careless", first, mixture.share, z, one, other, share_interval(choices, mixture))
    elif mixture.share <= 1 / 2:
        kinds = Kinds("groups", first, mixture.share, z, one, other)
    else:  # the first group is the smaller one
        first[who] = 1 - first[who]
        kinds = Kinds("groups", first, 1 - mixture.share, z, other, one)
    return kinds if _is_worth_naming(kinds, len(who)) else None


def _decided(votes: Votes) -> _Decided | None:
    """Return the decided votes, None where there are none or nobody knows who voted."""
    decided = votes.outcome != TIE
    if votes.participant is None or not decided.any():
        return None
    left, right = votes.left[decided].astype(np.int64), votes.right[decided].astype(np.int64)
    won = np.asarray(votes.outcome[decided] == LEFT)
    sides = votes.ordered is None or bool(votes.ordered.all())
    sides = sides and are_of_a_screen(won)
    swap = (left > right) & (not sides)
    left, right = np.where(swap, right, left), np.where(swap, left, right)
    return _Decided(left, right, won ^ swap, votes.participant[decided], sides)


def _is_worth_naming(kinds: Kinds, people: int) -> bool:
    sizes = kinds.share * people, (1 - kinds.share) * people
    if min(sizes) < FEWEST_NAMED:
        return False
    if kinds.kind == "careless":
        return True
    one, other = (np.subtract.outer(worths, worths) for worths in (kinds.first_worths, kinds.other_worths))
    return bool(((one > OPPOSITE) & (other < -OPPOSITE)).any())


def _decide(choices: Choices) -> tuple[Mixture, float] | Discernment | None:
    """Return the mixture that is clearly better than one ranking, with its z; None without one."""
    nothing = np.zeros(choices.methods)
    common = fit_mixture(choices, Mixture("taste", np.append(nothing, 0.0), nothing, 0.3, 0.0, nothing))
    careless, *directed = _fit_others(choices, common)
    best = min((common, careless, *directed), key=lambda mixture: mixture.bic)
    if _gain_over_one_taste(choices, common, best) < LEAST_GAIN:
        return None
    if best.kind in ("opposed", "groups"):  # without groups their direction is undetermined
        z = _left_out(choices, best, common)
        if z > special.ndtri(1 - FALSE_ALARM):
            return best, z
    return _careless(choices, common, careless, best)


def _gain_over_one_taste(choices: Choices, common: Mixture, mixture: Mixture) -> float:
    """Return the gain in log-likelihood over people who all have the same log-worths."""
    alike = likelihood(choices, replace(common, taste_sd=0.0))
    return float(mixture.log_likelihood.sum() - alike.sum())


def _careless(
    choices: Choices, common: Mixture, found: Mixture, best: Mixture
) -> tuple[Mixture, float] | Discernment | None:
    """Return the mixture with random clickers and its z, or that people discern to different degrees.

    found: the fitted mixture with random clickers. best: that of the lowest BIC; nothing is found where
    tastes differ gradually along one direction.
    """
    discerned = compare_discernment(choices, common, found)
    if discerned is None:
        return None
    if discerned.tastes_z > special.ndtri(1 - CERTAIN):
        return found, discerned.tastes_z
    equal = equal_methods_p(choices) > NO_DIFFERENCE
    limit = special.ndtri(1 - (EQUAL_ALARM if equal else CARELESS_ALARM))
    if discerned.z <= limit or (best.kind == "factor" and best.bic < discerned.bic):
        return None
    if discerned.careless_z > limit:
        return found, discerned.careless_z
    if discerned.spread < ALIKE or len(choices.votes) < FEWEST_DEGREES:
        return None
    return Discernment(discerned.spread, discerned.z, found.share if discerned.as_good else 0.0)


def _left_out(choices: Choices, mixture: Mixture, other: Mixture) -> float:
    """Compare the log-likelihoods of people left out of the fits: mean difference in standard errors."""
    difference, folds = np.empty(len(choices.votes)), np.arange(len(choices.votes)) % FOLDS
    for fold in range(FOLDS):
        out = folds == fold
        known, new = choices.only(~out), choices.only(out)
        one, two = (likelihood(new, fit_mixture(known, start)) for start in (mixture, other))
        difference[out] = one - two
    spread = float(difference.std(ddof=1))
    return float(difference.mean() * np.sqrt(len(difference)) / spread) if spread > 0 else 0.0


def _fit_others(choices: Choices, common: Mixture) -> list[Mixture]:
    """Fit the mixtures with classes or a direction, from several starts each."""
    axes = _axes(choices, common)
    scaled = [
        replace(common, worths=factor * common.worths, share=share)
        for factor, share in ((1.0, 0.1), (1.3, 0.3), (1.6, 0.5))
    ]
    along = [replace(common, along=axis, share=0.5) for axis in axes]
    across = replace(common, worths=np.append(axes[0], common.worths[-1]), share=0.5)
    starts: dict[Kind, list[Mixture]] = {
        "careless": scaled,
        "opposed": [*scaled, across],
        "factor": along,
        "groups": along,
    }
    return [_best(choices, kind, several) for kind, several in starts.items()]


def _best(choices: Choices, kind: Kind, starts: list[Mixture]) -> Mixture:
    fitted = [fit_mixture(choices, replace(start, kind=kind)) for start in starts]
    return max(fitted, key=lambda mixture: float(mixture.log_likelihood.sum()))


def _axes(choices: Choices, common: Mixture) -> list[Floats]:
    """Return the two directions, K each, in which people differ most from the common log-worths."""
    residual = choices.wins - choices.votes * special.expit(choices.design @ common.worths)
    weight = np.sqrt(np.maximum(choices.votes.sum(axis=1), 1))[:, None]
    axes = np.linalg.svd(residual @ choices.design[:, :-1] / weight, full_matrices=False)[2]
    return [np.asarray(axis) for axis in axes[:2]]
