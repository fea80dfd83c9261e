"""Plan the trials of a participant: a block of the design as rows of the table of trials."""

import secrets

import numpy as np

from study.collect.design.adaptive_design import AllocationState, adaptive_comparisons
from study.collect.design.balanced_design import Design, plan_trials
from study.database.rows import NewTrial, StudyRow
from study.database.transaction import Transaction
from study.records import Layout, PlannedTrial
from study.votes import OUTCOME_CODES


def plan_block(tx: Transaction, study: StudyRow, layout: Layout, block: int) -> list[PlannedTrial]:
    """Return the trials of a block, by the allocation rule of the study."""
    design, comparisons = design_of(study, layout), None
    if study.allocation == "adaptive":
        state = allocation_state(tx, study.id, layout)
        comparisons = adaptive_comparisons(design, block, state, study.pair_minimum)
    return plan_trials(design, block, comparisons)


def allocation_state(tx: Transaction, study: int, layout: Layout) -> AllocationState:
    """Count how often pairs of methods were planned on each item, and their answers."""
    method = {key: number for number, key in enumerate(layout.methods)}
    item = {key: number for number, key in enumerate(layout.items)}
    cell = {stimulus: (method[m], item[i]) for (m, i), stimulus in layout.stimuli.items()}
    planned = np.zeros((len(method), len(method), len(item)), np.int64)
    counts = np.zeros((len(method), len(method), 3))
    for row in tx.allocated(study):
        (left, on), (right, _) = cell[row.left_stim], cell[row.right_stim]
        planned[left, right, on] += row.count
        if row.outcome is not None:
            counts[left, right, OUTCOME_CODES[row.outcome]] += row.count
    return AllocationState(planned, counts)


def design_of(study: StudyRow, layout: Layout) -> Design:
    """Return the design of a study in the database."""
    return Design(
        methods=len(layout.methods),
        items=len(layout.items),
        count=study.votes_per_participant,
        seed=study.seed,
        gold=study.gold,
        gold_pairs=len(layout.gold),
        repeats=study.repeats,
        practice=study.practice,
        practice_pairs=len(layout.practice if study.pictures == 2 else layout.practice_items),
        pictures=study.pictures,
    )


def trial_rows(layout: Layout, plan: list[PlannedTrial], participant: int) -> list[NewTrial]:
    """Return the plan as rows of the table, with random tokens for trials and pictures."""
    rows = []
    for seq, trial in enumerate(plan):
        left, right, *others = _stimuli(layout, trial)
        pair = layout.pairs[min(left, right), max(left, right)]
        tokens = _token(), _token(), _token()
        further = tuple((stimulus, _token()) for stimulus in others)
        rows.append(NewTrial(participant, seq, pair, left, right, trial.repeat_of, *tokens, further))
    return rows


def _token() -> str:
    return secrets.token_urlsafe(16)


def _stimuli(layout: Layout, trial: PlannedTrial) -> list[int]:
    """Return the ids of the stimuli in all positions, from the left."""
    if trial.kind in ("main", "repeat"):
        item = layout.items[trial.item]
        return [layout.stimuli[layout.methods[method], item] for method in trial.methods]
    if trial.kind == "practice":
        prepared = layout.practice_items if trial.further else layout.practice
        return [prepared[trial.item][stimulus] for stimulus in trial.methods]
    return [layout.gold[trial.item][side] for side in trial.methods]
