"""Check adaptive allocation: the most informative pairs get more votes, and every pair its minimum."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import postgresql
from study.collect.design.adaptive_design import (
    PRIOR_WINS,
    AllocationState,
    adaptive_comparisons,
    after_vote,
    gains,
    vote_information,
)
from study.collect.design.balanced_design import Design, plan_trials
from study.collect.design.planning import allocation_state
from study.collect.enrolment import enrol
from study.collect.participation import Answer, cast_vote, show_next_trial
from study.config.config import StudyConfig
from study.config.tables import UNIFORM_SHARE
from study.database.store import Store
from study.records import PlannedTrial
from study.report.build import build_report
from study.report.markdown import to_markdown
from study.votes import Floats
from tests.support.study_world import add_rules, open_store

Vote = Callable[[PlannedTrial, np.random.Generator], int]


def run(design: Design, blocks: int, minimum: int, vote: Vote, seed: int = 0) -> AllocationState:
    """Simulate participants one after another, each with all answers before the next enrols."""
    rng = np.random.default_rng(seed)
    shape = design.methods, design.methods
    state = AllocationState(np.zeros((*shape, design.items), np.int64), np.zeros((*shape, 3)))
    for block in range(blocks):
        trials = adaptive_comparisons(design, block, state, minimum)
        assert len(trials) == design.count
        cells = {(frozenset((trial.left, trial.right)), trial.item) for trial in trials}
        assert len(cells) == design.count
        assert plan_trials(design, block, trials)
        for trial in trials:
            state.planned[trial.left, trial.right, trial.item] += 1
            state.counts[trial.left, trial.right, vote(trial, rng)] += 1
    return state


def by_worth(worths: Floats) -> Vote:
    def vote(trial: PlannedTrial, rng: np.random.Generator) -> int:
        lead = worths[trial.left] - worths[trial.right]
        return 0 if rng.random() < 1 / (1 + np.exp(-lead)) else 1

    return vote


def at_random(_trial: PlannedTrial, rng: np.random.Generator) -> int:
    return int(rng.integers(3))


designs = st.builds(
    Design,
    methods=st.integers(2, 6),
    items=st.integers(3, 8),
    count=st.integers(1, 3),
    seed=st.integers(0, 99),
)


@given(design=designs, blocks=st.integers(1, 12), minimum=st.integers(1, 8))
@settings(max_examples=40, deadline=None)
def test_every_pair_gets_its_minimum_first_and_sides_are_balanced(
    design: Design, blocks: int, minimum: int
) -> None:
    planned = run(design, blocks, minimum, at_random).planned
    left = planned.sum(axis=2)
    together = (left + left.T)[np.triu_indices(design.methods, 1)]
    assert together.min() >= min(minimum, design.count * blocks // len(together))
    assert np.abs(left - left.T).max() <= 1
    on_items = (planned + planned.transpose(1, 0, 2))[np.triu_indices(design.methods, 1)]
    assert (np.ptp(on_items, axis=1) <= 1).all()


@given(st.integers(3, 7), st.integers(0, 999))
@settings(max_examples=30, deadline=None)
def test_gains_are_the_decrease_of_the_summed_variances(methods: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    votes, weight = (
        rng.integers(1, 9, (methods, methods)).astype(np.float64),
        rng.uniform(0.05, 0.25, (methods,) * 2),
    )
    votes, weight = votes + votes.T, weight + weight.T

    def variance_of(votes: Floats) -> Floats:
        off = weight * votes * (1 - np.eye(methods))
        return np.linalg.pinv(np.diag(off.sum(axis=1)) - off, hermitian=True).astype(np.float64)

    def summed(variance: Floats) -> float:
        own = np.diag(variance)
        return float((own[:, None] + own[None] - 2 * variance)[np.triu_indices(methods, 1)].sum())

    before = variance_of(votes)
    found = gains(before, weight)
    for a, b in ((0, 1), (methods - 2, methods - 1)):
        more = votes.copy()
        more[a, b] += 1
        more[b, a] += 1
        after = variance_of(more)
        assert found[a, b] == pytest.approx(summed(before) - summed(after), rel=1e-8)
        assert np.allclose(after_vote(before, weight[a, b], a, b), after, atol=1e-10)


def test_a_vote_is_most_informative_between_equals_and_less_with_ties() -> None:
    counts = np.zeros((3, 3, 3))
    assert np.allclose(vote_information(counts), 0.25)
    counts[0, 1] = counts[1, 0] = 10, 10, 20
    assert vote_information(counts)[0, 1] == pytest.approx(0.5 / 4)
    counts[0, 2], counts[2, 0] = (40, 0, 0), (0, 40, 0)
    told = vote_information(counts)
    assert told[0, 2] < told[0, 1]


def test_close_pairs_get_more_and_clear_ones_their_share() -> None:
    worths = np.array([-3.0, -0.1, 0.1, 3.0])
    design = Design(methods=4, items=20, count=12)
    left = run(design, 60, 10, by_worth(worths)).planned.sum(axis=2)
    together = left + left.T
    assert together[1, 2] > 2 * together[0, 3]
    beyond = 60 * 12 - 6 * 10
    assert together[0, 3] >= 10 + 0.6 * UNIFORM_SHARE * beyond / 6


def test_the_same_state_gives_the_same_comparisons() -> None:
    design = Design(methods=5, items=7, count=9, seed=3)
    state = run(design, 6, 2, at_random)
    first, again = (adaptive_comparisons(design, 6, state, 2) for _ in range(2))
    assert first == again != adaptive_comparisons(design, 7, state, 2)
    assert PRIOR_WINS > 0


@pytest.fixture(params=["sqlite", "postgresql"])
def adaptive(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Open the small study with adaptive allocation."""
    if request.param == "sqlite":
        store = open_store(tmp_path, votes=6)
        add_rules(store, allocation="adaptive", pair_minimum=2)
        yield store
        store.close()
        return
    with postgresql.server() as url:
        store = open_store(tmp_path, url, votes=6)
        add_rules(store, allocation="adaptive", pair_minimum=2)
        yield store
        store.close()


def state_in(store: Store) -> AllocationState:
    with store.reading() as tx:
        study = tx.study("small").id
        return allocation_state(tx, study, tx.layout(study))


def test_the_allocation_state_counts_answers_and_expected_trials(adaptive: Store) -> None:
    token = enrol(adaptive, "small")
    assert state_in(adaptive).planned.sum() == 6
    assert state_in(adaptive).counts.sum() == 0
    seen: Counter[str] = Counter()
    while (trial := show_next_trial(adaptive, token)) is not None:
        choice = "LRT"[sum(seen.values()) % 3]
        cast_vote(adaptive, token, Answer(trial.trial_token, choice, trial.trial_token))
        seen[choice] += 1
    counts = state_in(adaptive).counts
    assert counts.sum(axis=(0, 1)).tolist() == [seen["L"], seen["R"], seen["T"]]
    assert counts.sum(axis=2).tolist() == state_in(adaptive).planned.sum(axis=2).tolist()
    enrol(adaptive, "small")
    planned = state_in(adaptive).planned.sum(axis=2)
    together = (planned + planned.T)[np.triu_indices(4, 1)]
    assert together.tolist() == [2] * 6


def test_participants_who_stopped_do_not_count(tmp_path: Path) -> None:
    now = [datetime(2026, 1, 1, tzinfo=timezone.utc)]
    open_store(tmp_path, votes=6).close()
    store = Store.open(f"sqlite:///{tmp_path / 'votes.db'}", lambda: now[0])
    add_rules(store, allocation="adaptive", pair_minimum=5)
    enrol(store, "small")
    now[0] += timedelta(hours=2)
    assert state_in(store).planned.sum() == 0
    store.close()


STUDY = {
    "study": {"slug": "small", "title": "S"},
    "stimuli": {"methods": ["composite", "alpha", "beta", "gamma"]},
}


def test_the_report_describes_the_allocation(tmp_path: Path) -> None:
    config = StudyConfig.model_validate(STUDY | {"allocation": {"rule": "adaptive", "pair_minimum": 3}})
    store = open_store(tmp_path, config=config, votes=6)
    token = enrol(store, "small")
    while (trial := show_next_trial(store, token)) is not None:
        cast_vote(store, token, Answer(trial.trial_token, "L", trial.trial_token))
    report = build_report(store, "small")
    assert "at least 3 comparisons of every pair" in report.study.allocation
    assert "20 % drawn at random" in to_markdown(report)
    store.close()


def test_the_default_allocation_changes_no_hash() -> None:
    usual = StudyConfig.model_validate(STUDY)
    assert "allocation" not in usual.to_json()
    said = StudyConfig.model_validate(STUDY | {"allocation": {"rule": "balanced"}})
    other = StudyConfig.model_validate(STUDY | {"allocation": {"rule": "adaptive", "pair_minimum": 3}})
    assert usual.sha256 == said.sha256 != other.sha256
    assert StudyConfig.from_json(other.to_json()) == other
