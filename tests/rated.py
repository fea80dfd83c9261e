"""Votes of simulated raters with their fit, for tests of what is computed from them."""

from typing import Any

import numpy as np

from study.ballots import Ballots, make_ballots
from study.bradley_terry import Fit, Floats, fit, tabulate
from study.raters import Taste, draw_votes


def rated(
    *, methods: int = 5, participants: int = 40, votes: int = 20, items: int = 30, seed: int = 0, **taste: Any
) -> Ballots:
    """Log-worths from -1 to 1."""
    liking = Taste(np.linspace(-1, 1, methods), **taste)
    rng = np.random.default_rng(seed)
    drawn, item = draw_votes(liking, participants=participants, votes_each=votes, items=items, rng=rng)
    assert drawn.participant is not None
    return make_ballots(drawn.participant, drawn.left, drawn.right, drawn.outcome, item=item)


def counted(ballots: Ballots, methods: int) -> tuple[Floats, Fit]:
    """Counts K×K×3 and the fit with ties and a side term."""
    counts = tabulate(ballots.as_votes(), methods)[1]
    return counts, fit(counts, [""] * methods, position=True)
