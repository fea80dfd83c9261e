"""Test which analysis of a study is due, and what is fixed beforehand."""

import pytest

from study.statistics.looks.confidence_sequence import best_mixture
from study.statistics.looks.schedule import Moment, Schedule, look_at

HALVES = Schedule(4, target=20, shares=(0.5, 1.0))


@pytest.mark.parametrize(
    ("completed", "closed", "moment", "number"),
    [
        (9, False, "unplanned", 0),
        (10, False, "planned", 1),
        (11, False, "unplanned", 1),
        (11, True, "unplanned", 1),
        (20, False, "planned", 2),
        (22, False, "unplanned", 2),
        (22, True, "planned", 2),
        (22, None, "file", 0),
    ],
)
def test_the_moment(completed: int, closed: bool | None, moment: Moment, number: int) -> None:
    found = look_at(HALVES, completed, closed)
    assert found.moment == moment and found.completed == completed
    assert found.number == (number if moment == "planned" else 0)


def test_a_target_that_was_moved_makes_no_planned_end() -> None:
    assert look_at(HALVES, 22, closed=True, moved=True).moment == "unplanned"
    assert look_at(HALVES, 20, closed=True, moved=True).moment == "planned"


@pytest.mark.parametrize(("closed", "moment"), [(True, "end"), (False, "unplanned")])
def test_without_a_target_only_the_end_is_planned(closed: bool, moment: Moment) -> None:
    assert look_at(Schedule(4), 30, closed).moment == moment


def test_numbers_of_participants_are_rounded_up() -> None:
    thirds = Schedule(3, target=10, shares=(1 / 3, 0.7, 1.0))
    assert thirds.numbers == (4, 7, 10) and [thirds.reached(n) for n in (3, 4, 9, 10)] == [0, 1, 2, 3]
    assert Schedule(3).numbers == ()


def test_the_limits_are_those_of_a_registration() -> None:
    """Four methods, 60 participants: 4.36 standard errors at half of them, not 2.66 as at the end."""
    first, second = Schedule(4, target=60, shares=(0.5, 1.0)).analyses
    assert (round(first.critical, 2), round(second.critical, 2)) == (4.36, 2.66)


def test_the_mixture_is_chosen_by_the_planned_number() -> None:
    assert HALVES.mixture == pytest.approx(best_mixture(0.05 / 6, 20), abs=1e-4)
    assert Schedule(4, maximum=30).mixture == pytest.approx(best_mixture(0.05 / 6, 30), abs=1e-4)
    assert Schedule(4, target=20, given=7.5).mixture == 7.5
