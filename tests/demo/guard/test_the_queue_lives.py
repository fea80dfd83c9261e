"""Check that no request stops the queue that all pages share."""

import asyncio
import time
from typing import Any

import gradio as gr
import pytest
from gradio.data_classes import PredictBodyInternal
from gradio.queueing import Event
from gradio.server_messages import HeartbeatMessage

from demo.gradio_fixes.restarting_queue import SESSIONS, WAITING_MESSAGES, RestartingQueue, queue_alive
from tests.demo.guard.conftest import Target, in_a_loop

NAMES: list[Any] = ["", " ", "a b", "x<gradio-sep>y", "é", "x" * 65, 7, [], {}, True, "\x00", "../x"]


def loader(found: Target, page: str) -> int:
    """Return the index of the handler that runs when a page is opened."""
    ids = found.client.get("/config").json()["page"][page]["dependencies"]
    events = {d["id"]: {event for _, event in d["targets"]} for d in found.handlers()}
    return next(int(number) for number in ids if "load" in events[number])


def works(found: Target) -> bool:
    """Return True if a call is processed."""
    index, session = loader(found, "results"), f"works{time.monotonic_ns()}"
    inputs = next(len(d["inputs"]) for d in found.handlers() if d["id"] == index)
    if found.join(fn_index=index, session_hash=session, data=[None] * inputs).status_code != 200:
        return False
    with found.client.stream("GET", f"/gradio_api/queue/data?session_hash={session}") as answer:
        return any("process_completed" in line for line in answer.iter_lines())


def slow_joins(found: Target, count: int) -> list[str]:
    """Fill the queue of the page Compare."""
    index = loader(found, "compare")
    inputs = next(d["inputs"] for d in found.handlers() if d["id"] == index)
    names = ["composite", "reinhard"]
    sessions = [f"slow{time.monotonic_ns()}" for _ in range(count)]
    for session in sessions:
        found.join(fn_index=index, session_hash=session, data=[names] * len(inputs))
    return sessions


def stop_slow(found: Target, sessions: list[str]) -> None:
    for session in sessions:
        body = {"session_hash": session, "event_id": "0" * 32, "fn_index": loader(found, "compare")}
        found.client.post("/gradio_api/cancel", json=body)


def test_the_eight_requests_that_stopped_the_queue_do_not(attacked: Target) -> None:
    sessions = slow_joins(attacked, 5)
    index = loader(attacked, "compare")
    refused = attacked.join(fn_index=index, session_hash="", data=[[]])
    slow_joins(attacked, 2)
    assert refused.status_code == 400
    stop_slow(attacked, sessions)
    assert works(attacked) and queue_alive(attacked.blocks)


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_a_session_has_a_plain_name(attacked: Target, name: Any) -> None:
    index = loader(attacked, "results")
    assert attacked.join(fn_index=index, session_hash=name, data=[None] * 9).status_code == 400
    for field in ("session_hash", "event_id"):
        cancel = {"session_hash": "a", "event_id": "b", "fn_index": index, field: name}
        assert attacked.client.post("/gradio_api/cancel", json=cancel).status_code == 400
        assert attacked.client.post("/gradio_api/reset", json={"event_id": name}).status_code == 400


def test_more_sessions_than_are_kept_do_not_stop_the_queue(attacked: Target) -> None:
    sessions = slow_joins(attacked, 6)
    index = loader(attacked, "results")
    inputs = next(len(d["inputs"]) for d in attacked.handlers() if d["id"] == index)
    queue = attacked.blocks._queue
    # Has the effect of 2,000 more calls in less time: the waiting sessions are removed.
    kept = queue.pending_messages_per_session.max_size
    queue.pending_messages_per_session.max_size = 4
    for number in range(8):
        attacked.join(fn_index=index, session_hash=f"many{number}", data=[None] * inputs)
    queue.pending_messages_per_session.max_size = kept
    stop_slow(attacked, sessions)
    assert works(attacked) and queue_alive(attacked.blocks)


def test_a_malformed_call_is_refused_with_a_message(attacked: Target) -> None:
    index = loader(attacked, "results")
    usual: dict[str, Any] = {"fn_index": index, "session_hash": "odd", "data": [None] * 9}
    odd: list[dict[str, Any]] = [
        {"fn_index": 10_000},
        {"fn_index": -1},
        {"fn_index": "0"},
        {"fn_index": True},
        {"fn_index": 1.0},
        {"fn_index": None},
        {"data": {}},
        {"data": [0] * 200},
        {"trigger_id": 10**9},
        {"trigger_id": "1"},
        {"event_data": [1]},
        {"event_data": "x"},
        {"batched": True},
        {"simple_format": 3},
    ]
    for change in odd:
        answer = attacked.join(**{**usual, **change})
        assert answer.status_code == 400 and answer.json()["detail"].endswith("."), change
    assert works(attacked)


def test_component_servers_and_startup_are_closed(attacked: Target) -> None:
    body = {"component_id": 10**9, "session_hash": "x", "fn_name": "x", "data": None}
    assert attacked.client.post("/gradio_api/component_server", json=body).status_code == 404
    assert attacked.client.get("/gradio_api/startup-events").status_code == 404


def small_queue() -> RestartingQueue:
    with gr.Blocks() as demo:
        button = gr.Button()
        button.click(lambda: None)
    demo.queue()
    queue = RestartingQueue.in_place_of(demo._queue)
    demo._queue = queue
    return queue


def test_a_loop_that_fails_starts_again(caplog: pytest.LogCaptureFixture) -> None:
    queue = small_queue()

    class Broken:
        def __len__(self) -> int:
            raise KeyError("broken")

    async def run() -> list[bool]:
        queue.start()
        await asyncio.sleep(0.05)
        alive = [queue_alive(queue.blocks)]
        line: Any = Broken()
        queue.create_event_queue_for_fn(queue.blocks.fns[0])
        place = next(iter(queue.event_queue_per_concurrency_id.values()))
        place.queue, kept = line, place.queue
        await asyncio.sleep(0.05)
        alive.append(queue_alive(queue.blocks))
        place.queue = kept
        await asyncio.sleep(0.4)
        alive.append(queue_alive(queue.blocks))
        queue.close()
        await asyncio.sleep(0.2)
        return [*alive, queue_alive(queue.blocks)]

    assert in_a_loop(run()) == [True, False, True, False]
    assert "started again" in caplog.text


def test_uncollected_messages_are_bounded() -> None:
    queue = small_queue()

    async def run() -> tuple[int, bool]:
        request: Any = None
        body = PredictBodyInternal(data=[], fn_index=0, session_hash="quiet")
        await queue.push(body, request, None)
        event = Event("quiet", queue.blocks.fns[0], request, None)
        for _ in range(WAITING_MESSAGES + 5):
            queue.send_message(event, HeartbeatMessage())
        queue.pending_event_ids_session.update({f"old{n}": {"x"} for n in range(SESSIONS + 5)})
        await queue.push(body.model_copy(), request, None)
        assert len(queue.pending_event_ids_session) < 5
        return queue.pending_messages_per_session["quiet"].qsize(), event.alive

    assert in_a_loop(run()) == (WAITING_MESSAGES, False)
