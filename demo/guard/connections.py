"""Close connections that are too slow or too many; uvicorn has no limit for either."""

import asyncio
from asyncio import TimerHandle
from collections import Counter
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from demo.guard.rules.addresses import group, trusted
from demo.guard.rules.policy import ConnectionLimits, Policy
from demo.monitoring.metrics import REFUSALS

try:
    import resource
except ImportError:  # not on Windows
    resource = None  # type: ignore[assignment]

# Pictures, the database and the lanes need files too.
OTHER_FILES = 300
HEAD_LIMIT = 64 << 10
# A body has to bring this much in every `body_seconds`, and an answer has to be read as fast.
SLOWEST = 20 << 10
BUSY = b"HTTP/1.1 503 Service Unavailable\r\n"
LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
LATE = b"HTTP/1.1 408 Request Timeout\r\n"
EMPTY = b"retry-after: 10\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class PatientProtocol(HttpToolsProtocol):
    """Uvicorn's protocol with a limit of connections, and of the time for a header, a body and an answer."""

    limits: ClassVar[ConnectionLimits] = ConnectionLimits()
    proxies: ClassVar[tuple[Any, ...]] = ()
    per_address: ClassVar[Counter[str]] = Counter()
    counted: str = ""
    head_bytes: int = 0
    body_bytes: int = 0
    in_head: bool = True
    timer: TimerHandle | None = None
    write_timer: TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait for a header, or refuse the connection."""
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        self.counted = group(address)
        self.per_address[self.counted] += 1
        # All people behind a trusted proxy share its address.
        many = self.per_address[self.counted] > self.limits.per_address and not trusted(address, self.proxies)
        if many or len(self.connections) > self.limits.total:
            self._drop("connections", BUSY)
        else:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop(self.timer)
        self._stop(self.write_timer)
        self.per_address[self.counted] -= 1
        if self.per_address[self.counted] <= 0:
            del self.per_address[self.counted]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes in."""
        super().data_received(data)
        if self.in_head:
            self.head_bytes += len(data)
            if self.head_bytes > HEAD_LIMIT:
                self._drop("long_header", LONG)

    def on_message_begin(self) -> None:
        """Start to wait for the header of the next request."""
        super().on_message_begin()
        if not self.in_head:
            self._await_head()

    def on_headers_complete(self) -> None:
        """Start to wait for the body."""
        self.in_head, self.head_bytes, self.body_bytes = False, 0, 0
        self._stop(self.timer)
        self.timer = self.loop.call_later(self.limits.body_seconds, self._check_body)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Count the bytes of the body."""
        self.body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Stop to wait: the request is here."""
        self._stop(self.timer)
        super().on_message_complete()

    def pause_writing(self) -> None:
        """Start to wait for a client that does not read its answer."""
        super().pause_writing()
        self.write_timer = self.loop.call_later(3 * self.limits.body_seconds, self._drop, "slow_reader", b"")

    def resume_writing(self) -> None:
        """Stop to wait: the client reads."""
        self._stop(self.write_timer)
        super().resume_writing()

    def _await_head(self) -> None:
        self.in_head, self.head_bytes = True, 0
        self._stop(self.timer)
        self.timer = self.loop.call_later(self.limits.header_seconds, self._drop, "slow_header", LATE)

    def _check_body(self) -> None:
        # While the application does not take what is here, the client cannot send more.
        if self.body_bytes < SLOWEST and not self.flow.read_paused:
            self._drop("slow_body", LATE)
            return
        self.body_bytes = 0
        self.timer = self.loop.call_later(self.limits.body_seconds, self._check_body)

    def _drop(self, reason: str, status: bytes) -> None:
        """Close the connection; an answer that began already is not mixed with ours."""
        REFUSALS.labels(reason).inc()
        if self.transport.is_closing():
            return
        answering = (
            self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        )
        if status and not answering:
            self.transport.write(status + EMPTY)
            self.transport.close()
        else:
            self.transport.abort()

    @staticmethod
    def _stop(timer: TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()


def files_for(connections: int) -> int:
    """Ask the system for as many open files as connections need; return how many of them it allows."""
    if resource is None:
        return connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OTHER_FILES
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(connections, soft - OTHER_FILES))


def serving_options(policy: Policy) -> dict[str, Any]:
    """Return uvicorn's options that belong to the guard."""
    limits = policy.connections.model_copy(update={"total": files_for(policy.connections.total)})
    protocol = type(
        "GuardedProtocol",
        (PatientProtocol,),
        {"limits": limits, "proxies": policy.proxies, "per_address": Counter()},
    )
    return {
        "http": protocol,
        # Nothing here speaks by web sockets.
        "ws": "none",
        # The guard itself decides which proxies to believe; uvicorn would believe this machine.
        "proxy_headers": False,
        "server_header": False,
        "timeout_keep_alive": 10,
    }
