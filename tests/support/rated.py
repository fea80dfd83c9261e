"""Simulate votes and fit them, for tests of reports and statistics."""

from dataclasses import replace
from typing import Any

import numpy as np

from study.records import MethodRow
from study.statistics.bradley_terry import Fit, fit, tabulate
from study.statistics.simulated_votes import Taste, draw_votes
from study.votes import OUTCOME_CODES, Floats, Responses, StudyData, make_responses


def rated(
    *, methods: int = 5, participants: int = 40, votes: int = 20, items: int = 30, seed: int = 0, **taste: Any
) -> Responses:
    """Return simulated votes on methods with log-worths from -1 to 1."""
    liking = Taste(np.linspace(-1, 1, methods), **taste)
    rng = np.random.default_rng(seed)
    drawn, item = draw_votes(liking, participants=participants, votes_each=votes, items=items, rng=rng)
    assert drawn.participant is not None
    return make_responses(drawn.participant, drawn.left, drawn.right, drawn.outcome, item=item)


def counted(responses: Responses, methods: int) -> tuple[Floats, Fit]:
    """Return counts K×K×3 and the fit with ties and an order effect."""
    counts = tabulate(responses.as_votes(), methods)[1]
    return counts, fit(counts, [""] * methods, order_effect=True)


def study_of(responses: Responses, methods: int, **changes: Any) -> StudyData:
    """Return a study with one vote every half minute."""
    participants = int(responses.participant.max(initial=-1)) + 1
    items = int(responses.item.max(initial=0)) + 1
    seconds = np.arange(len(responses)) * 30
    study = StudyData(
        slug="s",
        title="Study",
        question="Which?",
        version=1,
        sha256="ab" * 32,
        seed=7,
        config_json="",
        simulated=False,
        methods=tuple(MethodRow(f"m{i}", f"Method {i}", i == 0) for i in range(methods)),
        items=tuple(f"scene{i}" for i in range(items)),
        participants=participants,
        completed=participants,
        sources=("open",) * participants,
        responses=responses,
        at=np.datetime64("2026-03-02T08:00", "ms") + (seconds * 1000).astype("timedelta64[ms]"),
        inputs=np.arange(len(responses)) % 3,
    )
    return replace(study, **changes)


def answered(*rows: tuple[int, int, int, str, int]) -> Responses:
    """Return responses from rows of participant, left, right, outcome (L, R, T) and count."""
    listed = [(who, a, b, OUTCOME_CODES[o]) for who, a, b, o, n in rows for _ in range(n)]
    columns = np.array(listed, np.int64).reshape(-1, 4).T
    return make_responses(*columns)
