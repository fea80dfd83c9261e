"""Begin a session of Gradio in microseconds: its own way describes every component of every page anew.

Upstream fault (Gradio 6.31; tests/demo/guard/test_gradio_faults.py fails when it is gone): a session keeps
the event loop for ten milliseconds and 170 kB for good, for deep links, which this server does not have.
"""

from types import SimpleNamespace
from typing import Any

from gradio.state_holder import SessionState, StateHolder


class LeanSession(SessionState):
    """Keep the values of a visitor's states, without a description of the components."""

    def __init__(self, blocks: Any) -> None:
        without_components = SimpleNamespace(default_config=blocks.default_config, blocks={})
        super().__init__(without_components)  # type: ignore[arg-type]

    def _update_config(self, key: int) -> None:
        """Keep nothing."""

    def _update_value_in_config(self, key: int, value: Any) -> None:
        """Keep nothing."""


class LeanSessions(StateHolder):
    """Hold the sessions of all visitors, the newest `capacity` of them."""

    @classmethod
    def in_place_of(cls, holder: StateHolder, capacity: int) -> "LeanSessions":
        """Return an empty holder for the same pages."""
        lean = cls()
        lean.set_blocks(holder.blocks)
        lean.capacity = capacity
        return lean

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self.session_data:
            self.session_data[session_id] = LeanSession(self.blocks)
        return super().__getitem__(session_id)
