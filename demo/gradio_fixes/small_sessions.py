"""Start a session of Gradio in microseconds, without a copy of every component's description.

Upstream fault (Gradio 6.31; tests/demo/guard/test_gradio_faults.py fails when it is fixed): a new session
blocks the event loop for ten milliseconds and keeps 170 kB for good. Gradio needs the copy for deep links,
which this server does not have.
"""

from types import SimpleNamespace
from typing import Any

from gradio.blocks import Blocks
from gradio.state_holder import SessionState, StateHolder


class SmallSession(SessionState):
    """Keep the values of a visitor's states, without the descriptions of the components."""

    def __init__(self, blocks: Blocks) -> None:
        without_components = SimpleNamespace(default_config=blocks.default_config, blocks={})
        super().__init__(without_components)  # type: ignore[arg-type]

    def _update_config(self, key: int) -> None:
        """Keep nothing."""

    def _update_value_in_config(self, key: int, value: Any) -> None:
        """Keep nothing."""


class SmallSessions(StateHolder):
    """Hold the sessions of all visitors, the newest `capacity` of them."""

    @classmethod
    def in_place_of(cls, blocks: Blocks, capacity: int) -> "SmallSessions":
        """Return an empty holder for these pages, which the pages use from now on."""
        sessions = cls()
        sessions.set_blocks(blocks)
        sessions.capacity = capacity
        return sessions

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self.session_data:
            self.session_data[session_id] = SmallSession(self.blocks)
        return super().__getitem__(session_id)
