"""Measure the errors of a large study, and scores that follow each vote.

    OMP_NUM_THREADS=2 python -m benchmarks.statistics.large_study

A million votes on ten methods by 10,000 people on 500 pictures, in arrays: a fit, standard errors by
participant and by picture, and 1000 bootstraps of participants. Then single votes are added to a leaderboard,
of which each is compared with a fit of all votes. Best of three, bootstraps once.
"""

import time

import numpy as np

from benchmarks.arguments import parser_of
from benchmarks.speed.fit import seconds
from study.statistics.bootstrap import bootstrap
from study.statistics.bradley_terry import fit, tabulate
from study.statistics.cluster_errors import two_way_errors
from study.statistics.leaderboard import Leaderboard
from study.statistics.simulated_votes import Taste, draw_votes

METHODS, PEOPLE, EACH, PICTURES, REPLICATES, ADDED = 10, 10_000, 100, 500, 1000, 200


def main() -> None:
    """Print the seconds of each part."""
    parser_of(__doc__).parse_args()
    rng = np.random.default_rng(1)
    taste = Taste(np.linspace(-1, 1, METHODS), -1.0, 0.1, 0.5, 0.3)
    votes, item = draw_votes(taste, participants=PEOPLE, votes_each=EACH, items=PICTURES, rng=rng)
    names = [""] * METHODS
    fitting, result = seconds(lambda: fit(tabulate(votes, METHODS), names, order_effect=True), 3)
    print(f"fit                       {fitting:8.4f} s")
    errors, _ = seconds(lambda: two_way_errors(result, votes, item, METHODS), 3)
    print(f"errors by both            {errors:8.4f} s")
    resampled, found = seconds(lambda: bootstrap(result, votes, METHODS, replicates=REPLICATES), 1)
    assert found is not None
    print(f"{REPLICATES} bootstraps           {resampled:8.4f} s")
    print(f"errors and bootstraps     {errors + resampled:8.4f} s")
    board = Leaderboard.of(tabulate(votes, METHODS), names, order_effect=True)
    times = []
    for vote in rng.integers(0, len(item), ADDED):
        start = time.perf_counter()
        board = board.add(votes.left[vote], votes.right[vote], votes.outcome[vote])
        times.append(time.perf_counter() - start)
        whole = fit(board.counts, names, order_effect=True)
        assert whole.log_worths is not None and board.fit.log_worths is not None
        assert np.abs(whole.log_worths - board.fit.log_worths).max() < 1e-8
    middle, most = np.quantile(times, [0.5, 0.99]) * 1000
    print(f"a vote on the leaderboard {middle:8.2f} ms, 99 % below {most:.2f} ms")


if __name__ == "__main__":
    main()
