"""Choose the limit of a request by what it asks for."""

from dataclasses import dataclass

from demo.guard.rules.policy import Rates
from demo.guard.rules.rates import Buckets
from demo.guard.rules.refusals import Refusal
from demo.guard.rules.routes import Kind

ENROL = "/enrol"


@dataclass(frozen=True)
class Limits:
    """Hold one set of buckets for each kind of request. Files and scripts have none: browsers keep them.

    Streams have none either: a page whose stream is refused says that the connection was lost. They follow
    calls, which are limited, and are limited by the number of connections.
    """

    pages: Buckets
    calls: Buckets
    uploads: Buckets
    enrolments: Buckets
    votes: Buckets

    @classmethod
    def of(cls, rates: Rates) -> "Limits":
        """Start with full buckets."""
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
            words = f"There are too many requests from here. Please try again in {int(wait) + 1} seconds."
            raise Refusal(429, "too_many", words, int(wait) + 1)

    def _buckets(self, kind: Kind, path: str) -> Buckets | None:
        if kind in (Kind.PAGE, Kind.OWN):
            return self.pages
        if kind in (Kind.CALL, Kind.CANCEL, Kind.MCP):
            return self.calls
        if kind is Kind.UPLOAD:
            return self.uploads
        if kind is Kind.API:
            return self.enrolments if path.endswith(ENROL) else self.votes
        return None
