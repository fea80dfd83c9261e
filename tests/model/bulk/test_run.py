"""Check work in several processes: deaths, faults, memory, and the end."""

import os
import signal
import time
from functools import partial
from multiprocessing import active_children
from pathlib import Path

import pytest

from model.bulk import memory, run
from model.bulk.processes import IDLE_BYTES
from model.bulk.run import DIED, Done, Engine, engine_of, run_all
from model.bulk.tasks import BadEngine, Files, Task

TWO = Engine(workers=2)


def square(number: int, _files: Files, _out: Path | None) -> int:
    """Return the square; refuse 13, die for negative numbers, and once for each of 100 or more."""
    if number == 13:
        raise ValueError("13 brings bad luck.")
    if number < 0 or (
        number >= 100 and not (marker := Path(f"died-{number}")).exists() and not marker.write_text("")
    ):
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def span(seconds: float, _files: Files, _out: Path | None) -> tuple[float, float]:
    began = time.monotonic()
    time.sleep(seconds)
    return began, time.monotonic()


@pytest.mark.parametrize("engine", [run.HERE, TWO])
def test_faults_are_reported_and_the_others_go_on(engine: Engine) -> None:
    found = {done.task.item: done for done in run_all([Task(n) for n in (2, 13, 4)], square, engine)}
    assert {number: done.result for number, done in found.items()} == {2: 4, 13: None, 4: 16}
    assert found[13].fault == "13 brings bad luck." and not found[2].fault + found[4].fault
    assert not active_children()


def test_a_worker_that_dies_costs_its_task_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tasks = [Task(number) for number in (1, -1, 2, 100, 3, 101, 4)]
    found: list[Done[int, int]] = list(run_all(tasks, square, TWO))
    assert sorted((done.task.item, done.result) for done in found if not done.fault) == [
        (1, 1), (2, 4), (3, 9), (4, 16), (100, 10_000), (101, 10_201)
    ]  # fmt: skip
    assert [(done.task.item, done.fault) for done in found if done.fault] == [(-1, DIED)]
    # What died is done again at the end.
    assert {done.task.item for done in found[:4]} == {1, 2, 3, 4}


@pytest.mark.parametrize(("bytes_each", "together"), [(7e9, False), (4e9, True)])
def test_tasks_whose_memory_does_not_fit_never_meet(
    monkeypatch: pytest.MonkeyPatch, bytes_each: float, together: bool
) -> None:
    monkeypatch.setattr(run, "free_memory", lambda: 10e9 + 2 * IDLE_BYTES)
    tasks = [Task(1.0, memory=int(bytes_each)) for _ in range(3)]
    spans = sorted(done.result for done in run_all(tasks, span, TWO) if done.result)
    meet = any(later[0] < earlier[1] for earlier, later in zip(spans, spans[1:], strict=False))
    assert len(spans) == 3 and meet == together


def test_a_task_larger_than_the_memory_is_tried_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "free_memory", lambda: 1.0)
    tasks = [Task(number, memory=10**15) for number in (1, 2)]
    assert [done.result for done in run_all(tasks, square, TWO)] == [1, 4]


def test_nothing_is_left_running_after_an_interruption() -> None:
    began = time.monotonic()
    answers = run_all([Task(0.0), Task(60.0)], span, TWO)
    next(answers)
    answers.close()  # type: ignore[attr-defined]
    assert not active_children() and time.monotonic() - began < 50


def test_workers_compute_on_one_thread() -> None:
    (here,) = run_all([Task("OMP_NUM_THREADS")], partial(setting), run.HERE)
    (there,) = run_all([Task("OMP_NUM_THREADS")], partial(setting), Engine(workers=1))
    assert here.result == there.result == "1"


def setting(name: str, _files: Files, _out: Path | None) -> str:
    return os.environ[name]


def test_the_memory_of_a_container_counts(tmp_path: Path) -> None:
    assert memory._of_container(tmp_path) == float("inf")
    (tmp_path / "memory.max").write_text("max\n")
    assert memory._of_container(tmp_path) == float("inf")
    (tmp_path / "memory.max").write_text("2000\n")
    (tmp_path / "memory.current").write_text("500\n")
    assert memory._of_container(tmp_path) == 1500
    assert 0 < memory.free_memory() < 1e15


def test_a_negative_number_of_workers_is_refused() -> None:
    import argparse

    with pytest.raises(BadEngine, match="0 or more"):
        engine_of(argparse.Namespace(workers=-1, ray=None))
