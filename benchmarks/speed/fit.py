"""Measure a fit and a bootstrap of a million votes, beside other libraries in the same run.

Install the other libraries into a separate environment, because they need other versions of our dependencies:

    python -m venv /tmp/bench_env
    /tmp/bench_env/bin/pip install numpy scipy pandas evalica arena-rank arenakit
    OMP_NUM_THREADS=1 PYTHONPATH=. /tmp/bench_env/bin/python benchmarks/speed/fit.py

A library that is not installed is left out. Each library starts from its own input format in memory: ours
from arrays of integers, evalica from lists, arena-rank from its dataset, arenakit from its arrays; the
conversion of the votes is not measured. Fits: ties as half a win, the only model that all libraries have,
best of three. A check compares all scores with ours. Bootstraps: 1000 resamples of participants with
replacement, one run.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.arguments import parser_of
from study.statistics.bootstrap import bootstrap
from study.statistics.bradley_terry import fit, tabulate
from study.statistics.covariance import clustered_covariance
from study.statistics.simulated_votes import Taste, draw_votes
from study.votes import Floats, Ints, Votes

METHODS, VOTES_EACH, REPLICATES = 8, 20, 1000
SAME = 2e-3  # largest difference of log-worths: other libraries stop earlier, or use a small penalty


def seconds(run: Callable[[], Any], times: int) -> tuple[float, Any]:
    """Run `times` times, and return the least seconds and the last result."""
    best, found = np.inf, None
    for _ in range(times):
        start = time.perf_counter()
        found = run()
        best = min(best, time.perf_counter() - start)
    return best, found


def evalica_fit(votes: Votes) -> Callable[[], Floats] | None:
    """Return evalica's fit of log-worths, or None where it is not installed."""
    try:
        import evalica
    except ImportError:
        return None
    left, right = (side.tolist() for side in (votes.left, votes.right))
    outcomes = (evalica.Winner.X, evalica.Winner.Y, evalica.Winner.Draw)
    winners = [outcomes[o] for o in votes.outcome]
    return lambda: np.log(evalica.bradley_terry(left, right, winners).scores.sort_index().to_numpy())


def arena_rank_fit(votes: Votes) -> Callable[[], Floats] | None:
    """Return arena-rank's fit of log-worths, or None where it is not installed."""
    try:
        import pandas as pd
        from arena_rank.models.bradley_terry import BradleyTerry
        from arena_rank.utils.data_utils import PairDataset
    except ImportError:
        return None
    winner = np.array(["model_a", "model_b", "tie"])[votes.outcome]
    dataset = PairDataset.from_pandas(
        pd.DataFrame({"model_a": votes.left, "model_b": votes.right, "winner": winner})
    )

    def run() -> Floats:
        model = BradleyTerry(METHODS)
        model.compute_ratings_and_cis(dataset)
        return np.asarray(model.params["ratings"], np.float64)

    return run


def arenakit_arena(votes: Votes, participant: Ints) -> Any:
    """Return arenakit's data set, or None where it is not installed.

    Its arrays are set directly, because its own constructor needs an object for each vote: seconds and 1 GB.
    """
    try:
        from arenakit import schema
    except ImportError:
        return None
    arena = schema.Arena.__new__(schema.Arena)
    arena.models = [str(i) for i in range(METHODS)]
    codes = np.array([schema.A_WINS, schema.B_WINS, schema.TIE], np.int8)
    arena.a, arena.b = votes.left.astype(np.int32), votes.right.astype(np.int32)
    arena.y, arena.item, arena.voter = codes[votes.outcome], None, participant
    return arena


def compare_fits(votes: Votes, arena: Any) -> None:
    """Print the seconds of each fit. Raises AssertionError where scores differ by more than SAME."""

    def ours(order_effect: bool = False) -> Any:
        return fit(tabulate(votes, METHODS), [""] * METHODS, ties="half", order_effect=order_effect)

    def davidson() -> Any:
        return fit(tabulate(votes, METHODS), [""] * METHODS, order_effect=True)

    seconds(ours, 1)  # imports and caches
    our_seconds, result = seconds(ours, 3)
    davidson_seconds, with_ties = seconds(davidson, 3)
    covariance_seconds, _ = seconds(lambda: clustered_covariance(with_ties, votes, METHODS), 3)
    print(f"fit, ties as half            {our_seconds:8.4f} s")
    print(f"fit, Davidson, order effect  {davidson_seconds:8.4f} s")
    print(f"errors by participant        {covariance_seconds:8.4f} s")
    others = {"evalica": evalica_fit(votes), "arena-rank": arena_rank_fit(votes)}
    if arena is not None:
        from arenakit.bt import fit_bt

        others["arenakit"] = lambda: np.asarray(fit_bt(arena.counts()).scores)
    for name, run in others.items():
        if run is None:
            print(f"{name:28} not installed")
            continue
        spent, worths = seconds(run, 3)
        difference = np.abs(worths - worths.mean() - result.log_worths).max()
        ratio = spent / our_seconds
        print(f"{name:28} {spent:8.4f} s  {ratio:7.1f} times as long, scores within {difference:.0e}")
        assert difference < SAME, name


def compare_bootstraps(votes: Votes, arena: Any) -> None:
    """Print the seconds of each bootstrap. Raises AssertionError where standard errors differ by 15 %."""
    result = fit(tabulate(votes, METHODS), [""] * METHODS, ties="half")
    our_seconds, ours = seconds(lambda: bootstrap(result, votes, METHODS, replicates=REPLICATES), 1)
    print(f"{REPLICATES} bootstraps              {our_seconds:8.2f} s")
    if arena is None:
        print("arenakit                     not installed")
        return
    from arenakit.boot import bootstrap as arenakit_bootstrap

    spent, other = seconds(lambda: arenakit_bootstrap(arena, n_resamples=REPLICATES, cluster="voter"), 1)
    errors = ours.ranked[:, :METHODS].std(axis=0) / other.scores.std(axis=0)
    print(f"arenakit                     {spent:8.2f} s  {spent / our_seconds:7.1f} times as long", end=", ")
    print(f"errors {errors.min():.2f} to {errors.max():.2f} of its")
    assert np.abs(errors - 1).max() < 0.15


def main() -> None:
    """Draw votes of simulated participants, and compare the libraries on them."""
    parser = parser_of(__doc__)
    parser.add_argument("--participants", type=int, default=50_000)
    participants = parser.parse_args().participants
    taste = Taste(np.linspace(-1.2, 1.2, METHODS), np.log(0.35), 0.08)
    votes, _ = draw_votes(
        taste, participants=participants, votes_each=VOTES_EACH, rng=np.random.default_rng(7)
    )
    assert votes.participant is not None
    arena = arenakit_arena(votes, votes.participant)
    print(f"{participants * VOTES_EACH} votes of {participants} participants on {METHODS} methods")
    compare_fits(votes, arena)
    compare_bootstraps(votes, arena)


if __name__ == "__main__":
    main()
