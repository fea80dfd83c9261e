"""Keep Gradio's queue alive: its own one stops for good at the first exception, and with it every page.

Upstream faults (Gradio 6.31; tests/demo/guard/test_gradio_faults.py tells when one is gone):
- A join with `"session_hash": ""` is filed under "", and its messages are sent to another name: a KeyError
  in the loop.
- Messages are kept for 2,000 sessions. One more pushes the oldest out, though its calls still wait: KeyError.
- Messages that nobody collects are kept without a limit, and so are the ids of calls by session.
- GET /gradio_api/startup-events starts a second loop, which forgets the calls that are running.
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


class SturdyQueue(Queue):
    """Gradio's queue, with messages that may fail to be delivered and a loop that starts again."""

    closing = False
    loop: "asyncio.Task[None] | None" = None
    cancelled: "list[asyncio.Task[None]]" = []

    @classmethod
    def in_place_of(cls, queue: Queue) -> "SturdyQueue":
        """Return a queue with the same settings."""
        sturdy = cls(
            live_updates=queue.live_updates,
            concurrency_count=queue.max_thread_count,
            update_intervals=queue.update_intervals,
            max_size=queue.max_size,
            blocks=queue.blocks,
            default_concurrency_limit=queue.default_concurrency_limit,
        )
        sturdy.ANALYTICS_MAX_EVENTS = 1
        # Gradio asks a thousand times a second if there is work, which costs a twentieth of a processor.
        sturdy.sleep_when_free = IDLE
        return sturdy

    def start(self) -> None:
        """Start once: a second loop would forget what the first one is doing."""
        if self.loop is None or self.loop.done():
            super().start()  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Stop for good."""
        self.closing = True
        super().close()  # type: ignore[no-untyped-call]

    def send_message(self, event: Event, event_message: EventMessage) -> None:
        """Send a message, or give up the call whose session is gone or does not collect its messages."""
        messages = self.pending_messages_per_session.get(event.session_hash)
        if messages is None or messages.qsize() >= WAITING_MESSAGES:
            event.alive = False
            return
        super().send_message(event, event_message)

    def compute_analytics_summary(self, records: Any) -> dict[str, Any]:  # noqa: ARG002 - Gradio's signature
        """Compute nothing: Gradio makes a table of its last 10,000 calls after each, which nobody reads."""
        return {}

    async def push(self, body: Any, request: Any, username: str | None) -> Any:
        """Take a call, and forget sessions whose messages are forgotten already."""
        if len(self.pending_event_ids_session) > SESSIONS:
            known = self.pending_messages_per_session
            for session in [name for name in self.pending_event_ids_session if name not in known]:
                del self.pending_event_ids_session[session]
        return await super().push(body, request, username)

    async def start_processing(self) -> None:
        """Process calls until the server stops, whatever happens."""
        self.loop = asyncio.current_task()
        while not self.closing:
            try:
                await super().start_processing()
            except Exception:
                LOG.exception("The queue stopped and is started again")
                await self._start_anew()
            self.stopped = self.closing

    async def start_progress_updates(self) -> None:
        """Send progress until the server stops; Gradio's own loop ends whenever the queue does."""
        while not self.closing:
            await super().start_progress_updates()
            await asyncio.sleep(PAUSE)

    def _cancel_asyncio_tasks(self) -> None:
        self.cancelled = list(self._asyncio_tasks)
        super()._cancel_asyncio_tasks()  # type: ignore[no-untyped-call]

    async def _start_anew(self) -> None:
        """Wait for what the stop has cancelled, and count from nothing again."""
        await asyncio.sleep(PAUSE)
        await asyncio.gather(*self.cancelled, return_exceptions=True)
        self.active_jobs = [None] * self.max_thread_count
        for line in self.event_queue_per_concurrency_id.values():
            line.current_concurrency = 0
            line.start_times_per_fn.clear()


def queue_alive(blocks: gr.Blocks) -> bool:
    """Tell if calls of the pages are being processed."""
    queue = blocks._queue
    if queue.stopped:
        return False
    loop = getattr(queue, "loop", None)
    return loop is not None and not loop.done()
