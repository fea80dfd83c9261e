"""Limit how often a visitor may send each kind of request."""

from dataclasses import dataclass

from demo.guard.rules.policy import Rates
from demo.guard.rules.rates import Buckets
from demo.guard.rules.refusals import Refusal
from demo.guard.rules.routes import Kind

ENROL = "/enrol"
NEW_SESSION = "/api/workbench"


@dataclass(frozen=True)
class Limits:
    """Hold the token buckets of each kind of request.

    Files and scripts have no limit: browsers cache them. Streams have none either: a page whose stream is
    refused shows that the connection was lost. A stream follows a call, which has a limit, and the number
    of connections limits streams as well.
    """

    pages: Buckets
    calls: Buckets
    uploads: Buckets
    enrolments: Buckets
    votes: Buckets

    @classmethod
    def of(cls, rates: Rates) -> "Limits":
        """Return the limits with full buckets."""
        return cls(
            Buckets(rates.pages),
            Buckets(rates.calls),
            Buckets(rates.uploads),
            Buckets(rates.enrolments),
            Buckets(rates.votes),
        )

    def check(self, kind: Kind, path: str, visitor: str) -> None:
        """Take one request from the visitor's bucket. Raises Refusal when it is empty."""
        buckets = self._buckets(kind, path)
        wait = buckets.take(visitor) if buckets else 0
        if wait:
            text = (
                f"There are too many requests from your network. Please try again in {int(wait) + 1} seconds."
            )
            raise Refusal(429, "too_many", text, int(wait) + 1)

    def _buckets(self, kind: Kind, path: str) -> Buckets | None:
        if kind in (Kind.PAGE, Kind.ORGANIZER):
            return self.pages
        if kind in (Kind.UPLOAD, Kind.WORKBENCH_FILE) or path == NEW_SESSION:
            return self.uploads
        if kind in (Kind.CALL, Kind.CANCEL, Kind.MCP, Kind.WORKBENCH, Kind.BUILD_FILE):
            return self.calls
        if kind is Kind.API:
            return self.enrolments if path.endswith(ENROL) else self.votes
        return None
