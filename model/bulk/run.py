"""Do many tasks on the engine that the options of a command name, and yield their answers as they come."""

import argparse
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from model.bulk.here import Here
from model.bulk.memory import free_memory
from model.bulk.on_ray import OnRay
from model.bulk.processes import Processes, cores
from model.bulk.tasks import Answer, BadEngine, Crew, Task, Work

T = TypeVar("T")
R = TypeVar("R")
DIED = "the process that worked on it was ended twice; perhaps there is not enough memory"


@dataclass(frozen=True)
class Engine:
    """Name where tasks are done.

    workers: processes of this machine; 0 = this process itself, None = one for each core. ray: the address of
    a Ray cluster, "" for the one that Ray finds or else starts; None = not on Ray. With both, workers limits
    the tasks that are at work or wait on the cluster.
    """

    workers: int | None = None
    ray: str | None = None


HERE = Engine(workers=0)


@dataclass(frozen=True)
class Done(Generic[T, R]):
    """Hold a finished task. result: None where `fault` says why there is none."""

    task: Task[T]
    result: R | None
    fault: str = ""


def add_engine_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options that `engine_of` reads."""
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="of a folder: processes at work at once; default: one for each core; 0: this process alone",
    )
    parser.add_argument(
        "--ray",
        nargs="?",
        const="",
        metavar="ADDRESS",
        help="work on a Ray cluster: at this address, else the one that is found or started here",
    )


def engine_of(args: argparse.Namespace) -> Engine:
    """Return the engine that the options name. Raises BadEngine."""
    if args.workers is not None and args.workers < 0:
        raise BadEngine("--workers should be 0 or more.")
    return Engine(args.workers, args.ray)


def run_all(
    tasks: Iterable[Task[T]], work: Work[T, R], engine: Engine = HERE, *, one_each: bool = False
) -> Iterator[Done[T, R]]:
    """Do all tasks, and yield them in the order in which they are finished.

    A task whose process dies is done once more when no other runs; if it dies again, it has a fault.
    one_each: the work takes a whole GPU, so that each machine does one task at a time.
    Raises BadEngine. On Ctrl+C, everything is ended before KeyboardInterrupt goes on.
    """
    waiting = list(tasks)
    if not waiting:
        return
    died: list[Task[T]] = []
    with closing(_crew(work, engine, len(waiting), one_each)) as crew:
        for task, answer in attempts(crew, waiting, alone=False):
            if answer.died:
                died.append(task)
            else:
                yield Done(task, answer.result, answer.fault)
        for task, answer in attempts(crew, died, alone=True):
            yield Done(task, answer.result, DIED if answer.died else answer.fault)


def attempts(crew: Crew, tasks: list[Task[T]], *, alone: bool) -> Iterator[tuple[Task[T], Answer]]:
    """Do tasks in their order, so that a large one is not passed by small ones for ever."""
    waiting = deque(enumerate(tasks))
    running: dict[int, Task[T]] = {}
    while waiting or running:
        while waiting and not (alone and running) and crew.fits(waiting[0][1]):
            number, task = waiting.popleft()
            running[number] = task
            crew.start(number, task)
        for answer in crew.wait():
            yield running.pop(answer.number), answer


def _crew(work: Work[Any, Any], engine: Engine, tasks: int, one_each: bool) -> Crew:
    if engine.ray is not None:
        return OnRay(work, engine.ray, engine.workers, one_each)
    if engine.workers == 0:
        return Here(work)
    most = 1 if one_each else min(engine.workers or cores(), tasks)
    return Processes(work, most, free_memory())
