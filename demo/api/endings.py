"""Serve the end of a participation: the last form, the code, the way back, and what may be read then."""

import hmac
from dataclasses import dataclass

from demo.api import shapes
from demo.api.rehearsal import is_rehearsal
from study.collect.door import decline
from study.collect.ending import answer_form, farewell, read_choices, screened
from study.collect.enrolment import plain
from study.collect.recruitment import Ending, arrival, ending
from study.config.study_configs import config_of
from study.database.store import Store
from study.records import BadStudy, Refused


@dataclass(frozen=True)
class Endings:
    """Answer requests at the end of a participation; `key` is the server's key for codes."""

    store: Store
    key: str

    def complete(self, token: str) -> shapes.State:
        """Return the form after the trials, or the code once it is answered. Raises Refused."""
        found = farewell(self.store, token, completion_code(token, self.key))
        if found.form:
            return shapes.State(state="form")
        return _with_way_back(
            shapes.State(
                state="complete",
                results=f"/results?study={found.slug}" if found.results else None,
                own_choices=found.own_choices or None,
            ),
            found.ending,
        )

    def screened(self, token: str) -> shapes.State:
        """Return the end for somebody whom the screener did not admit. Raises Refused."""
        found = screened(self.store, token, completion_code(token, self.key))
        return _with_way_back(shapes.State(state="ended", reason="screened"), found)

    def answer(self, slug: str, token: str, given: shapes.AfterAnswers) -> shapes.State:
        """Store the answers to the form after the trials, and return the end. Raises Refused."""
        answer_form(self.store, token, slug, given.answers)
        return self.complete(token)

    def choices(self, slug: str, token: str) -> shapes.Choices:
        """Return the participant's own choices. Raises Refused before the study has closed."""
        return shapes.Choices(
            choices=[
                shapes.OwnChoice(
                    left=f"/media/{one.left}",
                    right=f"/media/{one.right}",
                    further=[f"/media/{token}" for token in one.further],
                    choice=one.outcome,
                )
                for one in read_choices(self.store, token, slug)
            ]
        )

    def decline(self, slug: str, given: shapes.Refusing) -> shapes.State:
        """Count somebody who does not consent. Raises Refused for an unknown study."""
        try:
            if not is_rehearsal(given.link):
                decline(self.store, plain(slug))
            with self.store.reading() as tx:
                config = config_of(tx.study(plain(slug)))
        except BadStudy:
            raise Refused("unknown_study") from None
        came = arrival(given.link, config.participants.source)
        found = ending(config, came.source, "declined", "")
        return _with_way_back(shapes.State(state="ended", reason="declined"), found)


def completion_code(token: str, key: str) -> str:
    """Return eight letters and digits that prove that this participant completed the study."""
    return hmac.digest(key.encode(), f"done {token}".encode(), "sha256").hex()[:8].upper()


def _with_way_back(state: shapes.State, found: Ending) -> shapes.State:
    way_back = {"return_url": found.url, "automatic": found.automatic} if found.url else {}
    return state.model_copy(update={"code": found.code or None, **way_back})
