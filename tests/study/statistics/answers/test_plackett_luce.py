"""Compare fits of rankings with published answers of R, with pairs, and with direct maximisation."""

from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import minimize

from study.statistics.answers.choices import derivatives
from study.statistics.answers.plackett_luce import errors_of_rankings, fit_rankings
from study.statistics.answers.stages import Rankings
from study.statistics.bradley_terry import fit, tabulate
from study.statistics.covariance import difference_errors
from study.statistics.multiple_comparisons import PEOPLE_AND_PICTURES, errors_of
from study.statistics.simulated_votes import Taste, draw_votes
from study.votes import Floats, Ints, Votes

K = 5


def rankings_of(trials: list[list[tuple[int, int]]], **more: object) -> Rankings:
    """Return rankings from (method, rank) of each trial; positions are the order of listing."""
    rows = [(t, m, r, p) for t, trial in enumerate(trials) for p, (m, r) in enumerate(trial)]
    trial, method, rank, position = np.array(rows, np.int64).T
    return Rankings(trial, method, rank, position, **more)  # type: ignore[arg-type]


def as_rankings(votes: Votes, item: Ints) -> Rankings:
    """Return pairs as rankings of two methods."""
    n = len(votes.left)
    ranks = np.array([[1, 2], [2, 1], [1, 1]])[votes.outcome]
    return Rankings(
        np.repeat(np.arange(n), 2),
        np.stack([votes.left, votes.right], axis=1).ravel(),
        ranks.ravel(),
        np.tile([0, 1], n),
        votes.participant,
        item,
    )


def drawn(seed: int, worths: Floats, *, trials: int, of: int, effects: Floats, ties: float) -> Rankings:
    """Draw complete rankings of `of` random methods; two methods tie for a place with odds `ties`."""
    rng, rows = np.random.default_rng(seed), []
    for trial in range(trials):
        left = [(int(m), p) for p, m in enumerate(rng.permutation(len(worths))[:of])]
        rank = 0
        while left:
            rank += 1
            sizes = (1, 2) if len(left) > 2 or rank == 1 else (1,)
            options = [s for size in sizes for s in combinations(left, size)]
            weights = np.array(
                [
                    np.exp(np.mean([worths[m] + effects[p] for m, p in s])) * ties ** (len(s) - 1)
                    for s in options
                ]
            )
            best = options[rng.choice(len(options), p=weights / weights.sum())]
            rows += [(trial, m, rank, p) for m, p in best]
            left = [one for one in left if one not in best]
    trial, method, rank, position = np.array(rows).T
    people = np.arange(trials) % 20
    return Rankings(trial, method, rank, position, people, np.arange(trials) % 7)


def minus_likelihood(x: Floats, rankings: Rankings) -> float:
    """Return minus the log-likelihood. x: K - 1 log-worths, 2 positions, log delta of pairs."""
    worth, effect, delta = np.append(x[: K - 1], 0), np.append(x[K - 1 : K + 1], 0), np.exp(x[K + 1])
    total = 0.0
    for trial in range(rankings.trials):
        rows = np.flatnonzero(rankings.trial == trial)
        a = {int(i): np.exp(worth[rankings.method[i]] + effect[rankings.position[i]]) for i in rows}  # type: ignore[index]
        for number, rank in enumerate(np.unique(rankings.rank[rows])):
            left = [int(i) for i in rows if rankings.rank[i] >= rank]
            best = [i for i in left if rankings.rank[i] == rank]
            if number and len(best) == len(left):
                break
            whole = sum(a[i] for i in left)
            pairs = [delta * np.sqrt(a[i] * a[j]) for i, j in combinations(left, 2)]
            if len(left) > 2 or number == 0:
                whole += sum(pairs)
            f = a[best[0]] if len(best) == 1 else delta * np.sqrt(a[best[0]] * a[best[1]])
            total -= float(np.log(f / whole))
    return total


def test_published_answer_of_r() -> None:
    """The six rankings and the numbers are those of the tests of the R package PlackettLuce 0.4.

    It adds half a win and half a loss of each method against a further one of worth 1.
    """
    toy = [
        [(0, 1), (1, 2)],
        [(1, 1), (2, 2), (0, 3)],
        [(1, 1), (2, 1), (0, 2)],
        [(0, 1), (1, 2), (2, 3)],
        [(1, 1), (2, 1), (0, 2)],
        [(0, 1), (2, 2)],
    ]
    ghost = [[(m, rank), (3, 3 - rank)] for m in range(3) for rank in (1, 2)]
    count = np.array([1.0] * 6 + [0.5] * 6)
    found = fit_rankings(rankings_of(toy + ghost, count=count, last_may_tie=True), list("abog"))
    assert found.log_worths is not None and found.log_ties is not None
    assert found.log_worths[1:3] - found.log_worths[0] == pytest.approx([0.2867987, -0.4636687], abs=1e-6)
    assert found.log_ties == pytest.approx({2: -1.0701129}, abs=1e-6)
    assert found.stages is not None and found.theta is not None
    own = found.stages.totals(count * (count == 1))  # its standard errors are without the added wins
    information = derivatives(found.stages.sets, own, found.theta)[1]
    covariance = np.asarray(np.linalg.pinv(information, hermitian=True), np.float64)
    between = difference_errors(covariance, 4)[0, 1:3]
    assert [*between, covariance[-1, -1] ** 0.5] == pytest.approx([1.0129, 1.0280, 0.9043], abs=5e-5)


@pytest.mark.parametrize("order", [False, True])
@pytest.mark.parametrize("ties", [-np.inf, -0.5])
def test_two_methods_are_a_pair(order: bool, ties: float) -> None:
    taste = Taste(np.linspace(-1, 1, K), ties, 0.3, 0.5, 0.3)
    votes, item = draw_votes(taste, participants=12, votes_each=30, items=9, rng=np.random.default_rng(1))
    names = list("abcde")
    pairs = fit(tabulate(votes, K), names, order_effect=order)
    rankings = as_rankings(votes, item)
    found = fit_rankings(rankings, names, positions=order)
    assert pairs.log_worths is not None and found.loglik == pytest.approx(pairs.loglik, abs=1e-8)
    assert found.log_worths == pytest.approx(pairs.log_worths, abs=1e-8)
    assert (found.log_ties or {}).get(2) == (pairs.log_nu and pytest.approx(pairs.log_nu, abs=1e-8))
    assert order == (found.positions is not None)
    if found.positions is not None:
        assert found.positions == pytest.approx([pairs.order_effect, 0], abs=1e-8)
    expected, errors = errors_of(pairs, votes, K, item), errors_of_rankings(found, rankings)
    assert expected is not None and errors is not None and errors.words == PEOPLE_AND_PICTURES
    assert errors.errors[:K] == pytest.approx(expected.errors[:K], abs=1e-8)
    assert errors.between == pytest.approx(expected.between, abs=1e-8)
    assert errors.degrees == pytest.approx(expected.degrees, rel=1e-6)


def test_the_fit_is_the_maximum_of_the_formula() -> None:
    rankings = drawn(
        3, np.linspace(-0.8, 0.8, K), trials=150, of=3, effects=np.array([0.4, 0, 0.1]), ties=0.4
    )
    found = fit_rankings(rankings, list("abcde"), positions=True)
    best = minimize(minus_likelihood, np.zeros(K + 2), (rankings,), method="BFGS", options={"gtol": 1e-6})
    assert found.log_worths is not None and found.positions is not None and found.log_ties is not None
    assert found.loglik == pytest.approx(-best.fun, abs=1e-7)
    assert found.log_worths - found.log_worths[-1] == pytest.approx(np.append(best.x[: K - 1], 0), abs=1e-4)
    assert found.positions[:2] == pytest.approx(best.x[K - 1 : K + 1], abs=1e-4)
    assert found.log_ties[2] == pytest.approx(best.x[-1], abs=1e-4)


def test_the_best_of_four_recovers_the_worths() -> None:
    worths, effects = np.linspace(-1, 1, K), np.array([0.5, 0.2, 0.1, 0])
    complete = drawn(5, worths, trials=2000, of=4, effects=effects, ties=0.3)
    best = Rankings(
        complete.trial,
        complete.method,
        np.minimum(complete.rank, 2),
        complete.position,
        complete.participant,
        complete.item,
    )
    found = fit_rankings(best, list("abcde"), positions=True)
    errors = errors_of_rankings(found, best)
    assert found.log_worths is not None and found.positions is not None and errors is not None
    assert (np.abs(found.log_worths - worths) < 4 * errors.errors[:K]).all()
    assert found.positions == pytest.approx(effects, abs=0.25)
    more = fit_rankings(complete, list("abcde"), positions=True)
    wider = errors_of_rankings(more, complete)
    assert wider is not None and (wider.errors[:K] < errors.errors[:K]).all()


def test_without_a_position_effect_positions_do_not_matter() -> None:
    rankings = drawn(7, np.zeros(K), trials=80, of=3, effects=np.zeros(3), ties=0.2)
    turned = Rankings(rankings.trial, rankings.method, rankings.rank)
    one, other = (fit_rankings(r, list("abcde")) for r in (rankings, turned))
    assert one.positions is None and one.log_worths == pytest.approx(other.log_worths)


def test_positions_that_are_confounded_are_left_out() -> None:
    """Each method is always at the same position."""
    trials = [[(0, 1), (1, 2), (2, 2)], [(0, 2), (1, 1), (2, 2)], [(0, 2), (1, 2), (2, 1)]]
    found = fit_rankings(rankings_of(trials), list("abc"), positions=True)
    assert found.status == "ok" and found.positions is None and "positions are left out" in found.explain
    assert found.log_worths == pytest.approx([0, 0, 0])


@pytest.mark.parametrize(
    ("trials", "status", "words"),
    [
        ([[(0, 1), (1, 2), (2, 2)], [(0, 2), (1, 1), (2, 2)]], "separated", "c is below"),
        ([[(0, 1), (1, 2)], [(0, 2), (1, 1)], [(2, 1), (3, 2)]], "disconnected", "a, b | c, d"),
        ([[(0, 1), (1, 1), (2, 1)]], "no_votes", "Every vote is a tie"),
        ([[(0, 1), (1, 1), (2, 2)], [(0, 1), (1, 2), (2, 1)]], "separated", "a is above"),
    ],
)
def test_rankings_without_scores(trials: list[list[tuple[int, int]]], status: str, words: str) -> None:
    names = list("abcd") if status == "disconnected" else list("abc")
    found = fit_rankings(rankings_of(trials), names)
    assert found.status == status and words in found.explain
    assert errors_of_rankings(found, rankings_of(trials)) is None


def test_no_rankings() -> None:
    none = np.zeros(0, np.int64)
    assert fit_rankings(Rankings(none, none, none), list("ab")).status == "no_votes"


def test_other_names_and_another_order_of_rows_change_nothing() -> None:
    rankings = drawn(9, np.linspace(-1, 1, K), trials=120, of=3, effects=np.array([0.3, 0, 0]), ties=0.3)
    rng = np.random.default_rng(1)
    named, rows, trials = rng.permutation(K), rng.permutation(len(rankings.trial)), rng.permutation(120)
    assert rankings.position is not None and rankings.participant is not None and rankings.item is not None
    people, items = (np.empty(120, np.int64) for _ in range(2))
    people[trials], items[trials] = rankings.participant, rankings.item
    other = Rankings(
        trials[rankings.trial][rows],
        named[rankings.method][rows],
        rankings.rank[rows],
        rankings.position[rows],
        people,
        items,
    )
    one, two = (fit_rankings(r, list("abcde"), positions=True) for r in (rankings, other))
    first, second = errors_of_rankings(one, rankings), errors_of_rankings(two, other)
    assert (
        one.log_worths is not None and two.log_worths is not None and first is not None and second is not None
    )
    assert one.log_worths == pytest.approx(two.log_worths[named], abs=1e-9)
    assert first.errors[:K] == pytest.approx(second.errors[:K][named], abs=1e-9)
    assert first.degrees == pytest.approx(second.degrees)


def test_a_season_of_races() -> None:
    """Thirty races of 40 of 60 drivers: many methods, long rankings."""
    worths = np.linspace(-1.5, 1.5, 60)
    rng = np.random.default_rng(2)
    shown = np.stack([rng.permutation(60)[:40] for _ in range(30)])
    rank = (-(worths[shown] + rng.gumbel(size=shown.shape))).argsort(axis=1).argsort(axis=1) + 1
    season = Rankings(np.repeat(np.arange(30), 40), shown.ravel(), rank.ravel())
    found = fit_rankings(season, [f"driver {i}" for i in range(60)])
    errors = errors_of_rankings(found, season)
    assert found.log_worths is not None and errors is not None
    assert np.corrcoef(found.log_worths, worths)[0, 1] > 0.9
    assert np.mean(np.abs(found.log_worths - worths) < 1.96 * errors.errors[:60]) > 0.85


def test_ties_of_too_many_forms_are_refused() -> None:
    ranks = [1] * 15 + [2] * 25
    with pytest.raises(ValueError, match="too many forms"):
        fit_rankings(rankings_of([list(enumerate(ranks))]), [str(i) for i in range(40)])
