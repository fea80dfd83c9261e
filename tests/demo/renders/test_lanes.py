"""Check the lanes: one task at a time, turns between visitors, and the recovery of a dead process."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from demo.pictures.view_cache import ViewCache
from demo.renders import worker
from demo.renders.fair_queue import FairQueue, QueueFull
from demo.renders.lane import Lane, LaneLimits, TaskFailed
from demo.renders.tasks import set_up_comparisons, set_up_edits
from model import BadImage
from tests.support import lane_tasks as tasks
from tests.support.loops import in_a_loop
from tests.support.paths import ROOT

LIMITS = LaneLimits(seconds=20, grace=0.2, waiting=6, each=4)


@asynccontextmanager
async def opened(limits: LaneLimits = LIMITS, setup: Any = tasks.setup) -> AsyncIterator[Lane]:
    lane = Lane("test", setup, limits)
    try:
        yield lane
    finally:
        await lane.close()


async def result(lane: Lane, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    with lane.enter("somebody", function, *arguments, **options) as task:
        await task.done()
        return task.result()


def with_lane(
    use: Callable[[Lane], Awaitable[None]], limits: LaneLimits = LIMITS, setup: Any = tasks.setup
) -> None:
    async def run() -> None:
        async with opened(limits, setup) as lane:
            await use(lane)

    in_a_loop(run())


async def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


def test_visitors_take_turns() -> None:
    waiting: FairQueue[str] = FairQueue(9, 5)
    for item in ("a1", "a2", "a3", "b1", "b2", "c1"):
        waiting.enter(item[0], item)
    assert [waiting.before(item) for item in ("a1", "b1", "c1", "a2", "b2", "a3")] == list(range(6))
    assert [waiting.pop() for _ in range(len(waiting))] == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_the_queue_is_bounded_for_each_visitor_and_for_all() -> None:
    waiting: FairQueue[int] = FairQueue(3, 2)
    waiting.enter("a", 1)
    waiting.enter("a", 2)
    with pytest.raises(QueueFull) as own:
        waiting.enter("a", 3)
    waiting.enter("b", 4)
    with pytest.raises(QueueFull) as everybody:
        waiting.enter("c", 5)
    assert (own.value.own, everybody.value.own) == (True, False)
    assert waiting.remove(1) and not waiting.remove(1)
    waiting.enter("c", 5)
    assert [waiting.pop() for _ in range(3)] == [2, 4, 5]


def test_tasks_run_in_one_process_of_low_priority() -> None:
    async def use(lane: Lane) -> None:
        assert await result(lane, tasks.add, 1, 2) == 3
        pid, niceness = await result(lane, tasks.process)
        assert pid == lane.state().pid != os.getpid()
        assert niceness >= 10
        assert await result(lane, tasks.process) == (pid, niceness)
        assert await result(lane, tasks.chatter) == "fine"

    with_lane(use)


def test_errors_for_people_are_passed_on_and_others_disclose_nothing() -> None:
    async def use(lane: Lane) -> None:
        with pytest.raises(BadImage, match=r"^a\.png is too large\.$"):
            await result(lane, tasks.refuse, "a.png is too large.")
        with pytest.raises(BadImage, match="could not be processed") as error:
            await result(lane, tasks.break_down)
        assert "secret" not in str(error.value)
        assert await result(lane, tasks.add, 1, 1) == 2
        assert lane.state().restarts == 0

    with_lane(use)


def test_a_task_has_the_number_of_tasks_before_it_and_can_leave(tmp_path: Path) -> None:
    async def use(lane: Lane) -> None:
        written = tmp_path / "written"
        with lane.enter("a", tasks.wait, 0.5) as first:
            second = lane.enter("a", tasks.write_down, written, "second")
            third = lane.enter("b", tasks.write_down, written, "third")
            fourth = lane.enter("c", tasks.write_down, written, "fourth")
            await until(lambda: lane.state().busy)
            assert [task.before for task in (first, second, third, fourth)] == [0, 3, 1, 2]
            assert not await fourth.done(within=0.01)
            third.leave()
            assert fourth.before == 1
            await second.done()
        assert written.read_text().split() == ["fourth", "second"]

    with_lane(use, LaneLimits(20, grace=5))


def test_a_full_queue_refuses_with_a_message() -> None:
    async def use(lane: Lane) -> None:
        with lane.enter("a", tasks.wait, 20):
            await until(lambda: lane.state().busy)
            for _ in range(LIMITS.each):
                lane.enter("b", tasks.add, 1, 1)
            with pytest.raises(TaskFailed, match="4 pictures from your network are waiting"):
                lane.enter("b", tasks.add, 1, 1)
            lane.enter("c", tasks.add, 1, 1)
            lane.enter("d", tasks.add, 1, 1)
            with pytest.raises(TaskFailed, match="6 pictures are waiting already. Please try again"):
                lane.enter("e", tasks.add, 1, 1)

    with_lane(use)


def running(pid: int | None) -> bool:
    try:
        os.kill(pid or 0, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_process_killed_during_a_task_gives_a_message_and_is_replaced() -> None:
    async def use(lane: Lane) -> None:
        with lane.enter("a", tasks.wait, 20) as task:
            await until(lambda: lane.state().busy)
            os.kill(lane.state().pid or 0, signal.SIGKILL)
            await task.done()
            with pytest.raises(TaskFailed, match="Please try again, or use a smaller picture"):
                task.result()
        with pytest.raises(TaskFailed):
            await result(lane, tasks.die)
        assert await result(lane, tasks.add, 2, 2) == 4
        assert lane.state().restarts == 2

    with_lane(use)


def test_a_process_that_dies_while_idle_is_replaced() -> None:
    async def use(lane: Lane) -> None:
        pid, _ = await result(lane, tasks.process)
        os.kill(pid, signal.SIGKILL)
        await until(lambda: lane.state().pid is None)
        assert await result(lane, tasks.add, 2, 2) == 4

    with_lane(use)


def test_a_task_past_its_time_is_ended_with_its_process() -> None:
    async def use(lane: Lane) -> None:
        pid, _ = await result(lane, tasks.process)
        with pytest.raises(TaskFailed, match=r"Stopped after 0\.3 seconds"):
            await result(lane, tasks.wait, 60)
        await until(lambda: not running(pid))
        assert await result(lane, tasks.add, 2, 2) == 4

    with_lane(use, LaneLimits(seconds=0.3, grace=0.1))


def test_a_task_whose_visitor_leaves_is_ended() -> None:
    async def use(lane: Lane) -> None:
        pid, _ = await result(lane, tasks.process)
        with lane.enter("a", tasks.wait, 60):
            await until(lambda: lane.state().busy)
        await until(lambda: not running(pid))
        assert await result(lane, tasks.add, 2, 2) == 4

    with_lane(use)


def test_a_task_that_can_stop_keeps_its_process() -> None:
    async def use(lane: Lane) -> None:
        pid, _ = await result(lane, tasks.process)
        with lane.enter("a", tasks.wait_until_stopped):
            await until(lambda: lane.state().busy)
        assert await result(lane, tasks.process) == (pid, (await result(lane, tasks.process))[1])

    with_lane(use, LaneLimits(20, grace=10))


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is the kernel's")
def test_a_task_cannot_take_more_memory_than_it_may() -> None:
    async def use(lane: Lane) -> None:
        assert await result(lane, tasks.take, 50, memory=200_000_000) == 50_000_000
        with pytest.raises(BadImage, match="more memory than this server gives"):
            await result(lane, tasks.take, 400, memory=200_000_000)
        assert await result(lane, tasks.take, 400) == 400_000_000
        assert lane.state().restarts == 0

    with_lane(use)


def test_a_lane_that_cannot_start_gives_a_message() -> None:
    async def use(lane: Lane) -> None:
        with pytest.raises(TaskFailed, match="cannot be processed on this server"):
            await result(lane, tasks.add, 1, 1)
        assert lane.state().problem

    with_lane(use, setup=tasks.broken_setup)


def test_closing_ends_the_process_and_fails_waiting_tasks() -> None:
    async def use(lane: Lane) -> None:
        first, second = lane.enter("a", tasks.wait, 60), lane.enter("b", tasks.wait, 60)
        await until(lambda: lane.state().busy)
        pid = lane.state().pid
        await lane.close()
        assert not running(pid)
        for task in (first, second):
            with pytest.raises(TaskFailed, match="stopping"):
                task.result()

    with_lane(use)


def test_a_process_ends_with_the_server_that_started_it(tmp_path: Path) -> None:
    """Kill the server, so that it cannot end its processes."""
    script = tmp_path / "server.py"
    script.write_text(
        "import asyncio, os\n"
        "from demo.renders.lane import Lane, LaneLimits\n"
        "from tests.support import lane_tasks as tasks\n"
        "async def main():\n"
        "    lane = Lane('test', tasks.setup, LaneLimits(60))\n"
        "    with lane.enter('a', tasks.wait, 60) as task:\n"
        "        while not lane.state().busy: await asyncio.sleep(0.02)\n"
        "        print(lane.state().pid, flush=True)\n"
        "        await task.done()\n"
        "asyncio.run(main())\n"
    )

    async def run() -> None:
        root = str(ROOT)
        server = await asyncio.create_subprocess_exec(
            sys.executable,
            str(script),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": root},
        )
        assert server.stdout
        pid = int(await server.stdout.readline())
        server.kill()
        await server.wait()
        await until(partial(lambda pid: not running(pid), pid))

    in_a_loop(run())


@pytest.mark.parametrize("name", ["edit", "compare"])
def test_a_network_computes_in_one_thread_in_both_lanes(tmp_path: Path, name: str) -> None:
    views, decoded_bytes, megapixels = ViewCache(tmp_path, "key"), 0, 1.0
    setups = {
        "edit": partial(set_up_edits, views, decoded_bytes),
        "compare": partial(set_up_comparisons, views, decoded_bytes, megapixels),
    }

    async def use(lane: Lane) -> None:
        assert await result(lane, tasks.torch_threads) == 1

    with_lane(use, LaneLimits(120), setups[name])


def test_a_process_without_tasks_ends_and_comes_back() -> None:
    async def use(lane: Lane) -> None:
        first, _ = await result(lane, tasks.process)
        assert lane.state().pid == first
        await until(lambda: lane.state().pid is None)
        second, _ = await result(lane, tasks.process)
        assert second != first
        assert lane.state().problem == ""
        assert lane.state().restarts == 0

    with_lane(use, replace(LIMITS, idle=0.2))


def test_a_process_that_was_woken_is_ready_for_the_next_task() -> None:
    async def use(lane: Lane) -> None:
        lane.start()
        await until(lambda: lane.state().pid is not None)
        first = lane.state().pid
        await until(lambda: lane.state().pid is None)
        lane.wake()
        await until(lambda: lane.state().pid is not None)
        second = lane.state().pid
        assert second != first
        assert (await result(lane, tasks.process))[0] == second
        assert (lane.state().restarts, lane.state().problem) == (0, "")

    with_lane(use, replace(LIMITS, idle=0.5))


def test_a_process_that_is_woken_again_and_again_goes_on() -> None:
    async def use(lane: Lane) -> None:
        pid, _ = await result(lane, tasks.process)
        until_then = time.monotonic() + 1.5
        while time.monotonic() < until_then:
            lane.wake()
            await asyncio.sleep(0.1)
        assert lane.state().pid == pid
        os.kill(pid, signal.SIGKILL)
        await until(lambda: lane.state().pid is None)
        lane.wake()
        await until(lambda: lane.state().pid is not None)
        assert lane.state().restarts == 1

    with_lane(use, replace(LIMITS, idle=0.6))


def test_the_process_that_was_prepared_is_used() -> None:
    worker.prepare()
    (prepared,) = worker._prepared

    async def use(lane: Lane) -> None:
        assert (await result(lane, tasks.process))[0] == prepared.pid

    with_lane(use)
    assert worker._prepared == []
