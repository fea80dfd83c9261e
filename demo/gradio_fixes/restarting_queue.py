"""Restart Gradio's queue after an exception: Gradio's own stops for good at the first one, with every page.

Upstream faults (Gradio 6.31; tests/demo/guard/test_gradio_faults.py fails when one is fixed):
- A call with `"session_hash": ""` is stored under "", and its messages are sent to another name: the loop
  ends with a KeyError.
- Messages are kept for 2,000 sessions. One more removes the oldest, though its calls still wait: KeyError.
- Messages that no browser collects are kept without a limit, and so are the ids of calls by session.
- GET /gradio_api/startup-events starts a second loop, which loses the calls that are running.
"""

import asyncio
import logging
from typing import Any

import gradio as gr
from gradio.queueing import Event, Queue
from gradio.server_messages import EventMessage

LOG = logging.getLogger("harmonylab.queue")
WAITING_MESSAGES = 200
SESSIONS = 4000
PAUSE = 0.1
IDLE = 0.01


class RestartingQueue(Queue):
    """Replace Gradio's queue: undeliverable messages end their call alone, and the loop restarts."""

    closing = False
    loop: "asyncio.Task[None] | None" = None
    cancelled: "list[asyncio.Task[None]]" = []

    @classmethod
    def in_place_of(cls, original: Queue) -> "RestartingQueue":
        """Return a queue with the same settings."""
        queue = cls(
            live_updates=original.live_updates,
            concurrency_count=original.max_thread_count,
            update_intervals=original.update_intervals,
            max_size=original.max_size,
            blocks=original.blocks,
            default_concurrency_limit=original.default_concurrency_limit,
        )
        queue.ANALYTICS_MAX_EVENTS = 1
        # Gradio polls for work a thousand times in a second, which takes 5 % of a processor.
        queue.sleep_when_free = IDLE
        return queue

    def start(self) -> None:
        """Start the loop once: a second loop would lose the calls of the first one."""
        if self.loop is None or self.loop.done():
            super().start()  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Stop for good."""
        self.closing = True
        super().close()  # type: ignore[no-untyped-call]

    def send_message(self, event: Event, event_message: EventMessage) -> None:
        """Send a message, or end a call whose session was removed or does not collect its messages."""
        messages = self.pending_messages_per_session.get(event.session_hash)
        if messages is None or messages.qsize() >= WAITING_MESSAGES:
            event.alive = False
            return
        super().send_message(event, event_message)

    def compute_analytics_summary(self, records: Any) -> dict[str, Any]:  # noqa: ARG002 - Gradio's signature
        """Return nothing: Gradio would make a table of its last 10,000 calls after each call."""
        return {}

    async def push(self, body: Any, request: Any, username: str | None) -> Any:
        """Add a call to the queue, and remove sessions whose messages have been removed."""
        if len(self.pending_event_ids_session) > SESSIONS:
            known = self.pending_messages_per_session
            for session in [name for name in self.pending_event_ids_session if name not in known]:
                del self.pending_event_ids_session[session]
        return await super().push(body, request, username)

    async def start_processing(self) -> None:
        """Process calls until the server stops, after every exception again."""
        self.loop = asyncio.current_task()
        while not self.closing:
            try:
                await super().start_processing()
            # Whatever Gradio raises here would stop every page for good.
            except Exception:
                LOG.exception("The queue stopped and is started again")
                await self._reset()
            self.stopped = self.closing

    async def start_progress_updates(self) -> None:
        """Send progress until the server stops; Gradio's own loop ends with its queue."""
        while not self.closing:
            await super().start_progress_updates()
            await asyncio.sleep(PAUSE)

    def _cancel_asyncio_tasks(self) -> None:
        self.cancelled = list(self._asyncio_tasks)
        super()._cancel_asyncio_tasks()  # type: ignore[no-untyped-call]

    async def _reset(self) -> None:
        """Wait for the cancelled tasks, and reset the counts of running calls."""
        await asyncio.sleep(PAUSE)
        await asyncio.gather(*self.cancelled, return_exceptions=True)
        self.active_jobs = [None] * self.max_thread_count
        for line in self.event_queue_per_concurrency_id.values():
            line.current_concurrency = 0
            line.start_times_per_fn.clear()


def queue_alive(blocks: gr.Blocks) -> bool:
    """Return True while the loop that processes calls of the pages runs."""
    queue = blocks._queue
    if queue.stopped:
        return False
    loop = getattr(queue, "loop", None)
    return loop is not None and not loop.done()
