"""Close slow connections and those beyond a number; uvicorn has no limit for either."""

import asyncio
from asyncio import TimerHandle
from collections import Counter
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from demo.guard.rules.addresses import address_group, is_trusted
from demo.guard.rules.policy import ConnectionLimits, Policy
from demo.monitoring.metrics import REFUSALS

try:
    import resource
except ImportError:  # not on Windows
    resource = None  # type: ignore[assignment]

# Pictures, the database and the render processes need open files too.
OTHER_FILES = 300
MAX_HEADER_BYTES = 64 << 10
# Bytes of a body that have to arrive in each `body_seconds`.
MIN_BODY_BYTES = 20 << 10
BUSY = b"HTTP/1.1 503 Service Unavailable\r\n"
LONG_HEADER = b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\n"
NO_BODY = b"retry-after: 10\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class LimitedProtocol(HttpToolsProtocol):
    """Limit uvicorn's protocol: number of connections, time for a header, a body and reading a response."""

    limits: ClassVar[ConnectionLimits] = ConnectionLimits()
    proxies: ClassVar[tuple[Any, ...]] = ()
    per_address: ClassVar[Counter[str]] = Counter()
    group: str = ""
    header_bytes: int = 0
    body_bytes: int = 0
    in_header: bool = True
    timer: TimerHandle | None = None
    write_timer: TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the time limit of the first header, or refuse the connection."""
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        self.group = address_group(address)
        self.per_address[self.group] += 1
        # All visitors behind a trusted proxy share its address.
        too_many = self.per_address[self.group] > self.limits.per_address and not is_trusted(
            address, self.proxies
        )
        if too_many or len(self.connections) > self.limits.total:
            self._drop("connections", BUSY)
        else:
            self._start_header_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timers and the count of the connection."""
        self._stop(self.timer)
        self._stop(self.write_timer)
        self.per_address[self.group] -= 1
        if self.per_address[self.group] <= 0:
            del self.per_address[self.group]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count the bytes of a header, and close the connection where there are too many."""
        super().data_received(data)
        if self.in_header:
            self.header_bytes += len(data)
            if self.header_bytes > MAX_HEADER_BYTES:
                self._drop("long_header", LONG_HEADER)

    def on_message_begin(self) -> None:
        """Start the time limit of the next header."""
        super().on_message_begin()
        if not self.in_header:
            self._start_header_timer()

    def on_headers_complete(self) -> None:
        """Start the time limit of the body."""
        self.in_header, self.header_bytes, self.body_bytes = False, 0, 0
        self._stop(self.timer)
        self.timer = self.loop.call_later(self.limits.body_seconds, self._check_body)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Count the bytes of the body."""
        self.body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Stop the timer: the request is complete."""
        self._stop(self.timer)
        super().on_message_complete()

    def pause_writing(self) -> None:
        """Start the time limit of a client that does not read its response."""
        super().pause_writing()
        self.write_timer = self.loop.call_later(3 * self.limits.body_seconds, self._drop, "slow_reader", b"")

    def resume_writing(self) -> None:
        """Stop the timer: the client reads."""
        self._stop(self.write_timer)
        super().resume_writing()

    def _start_header_timer(self) -> None:
        self.in_header, self.header_bytes = True, 0
        self._stop(self.timer)
        self.timer = self.loop.call_later(self.limits.header_seconds, self._drop, "slow_header", TIMEOUT)

    def _check_body(self) -> None:
        # While the application does not read the received bytes, the client cannot send more.
        if self.body_bytes < MIN_BODY_BYTES and not self.flow.read_paused:
            self._drop("slow_body", TIMEOUT)
            return
        self.body_bytes = 0
        self.timer = self.loop.call_later(self.limits.body_seconds, self._check_body)

    def _drop(self, reason: str, status: bytes) -> None:
        """Close the connection; send the status unless a response has begun."""
        REFUSALS.labels(reason).inc()
        if self.transport.is_closing():
            return
        responding = (
            self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        )
        if status and not responding:
            self.transport.write(status + NO_BODY)
            self.transport.close()
        else:
            self.transport.abort()

    @staticmethod
    def _stop(timer: TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()


def raise_file_limit(connections: int) -> int:
    """Raise the limit of open files as far as the system allows; return the connections that it permits."""
    if resource is None:
        return connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = connections + OTHER_FILES
    if soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(connections, soft - OTHER_FILES))


def serving_options(policy: Policy) -> dict[str, Any]:
    """Return the options of uvicorn that belong to the guard."""
    limits = policy.connections.model_copy(update={"total": raise_file_limit(policy.connections.total)})
    protocol = type(
        "GuardedProtocol",
        (LimitedProtocol,),
        {"limits": limits, "proxies": policy.proxies, "per_address": Counter()},
    )
    return {
        "http": protocol,
        # The application has no web sockets.
        "ws": "none",
        # The guard decides which proxies are trusted; uvicorn would trust every program on this machine.
        "proxy_headers": False,
        "server_header": False,
        "timeout_keep_alive": 10,
    }
