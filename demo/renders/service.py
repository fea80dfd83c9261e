"""The two lanes behind the pages, and what is checked before a picture gets in line."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from demo.pictures.view_cache import ViewCache
from demo.pictures.workbench import Inputs
from demo.renders import tasks
from demo.renders.budget import Budget
from demo.renders.lane import Lane, LaneLimits, LaneState, Ticket
from model.methods import Method

EDIT_SECONDS = 120.0
# Whoever presses a button ends what was under way for the page. Mostly it is over sooner than a new process
# would be ready.
EDIT_PATIENCE = 10.0


@dataclass(frozen=True)
class Renders:
    """Hold the two lanes that decode the pictures of visitors, and the memory that one picture may take.

    A lane works on one picture at a time. Between two tasks it keeps the files that it decoded last, in no
    more memory than the decoded files of the largest picture take.
    """

    edit: Lane
    compare: Lane
    budget: Budget

    def start(self) -> None:
        """Start both processes in the background."""
        self.edit.start()
        self.compare.start()

    async def close(self) -> None:
        """End both processes."""
        await asyncio.gather(self.edit.close(), self.compare.close())

    def state(self) -> list[LaneState]:
        """Return what the lanes do now, for health checks."""
        return [self.edit.state(), self.compare.state()]

    def problems(self) -> list[str]:
        """Say which lane has no process because it did not start."""
        return [
            f"the process of the lane {state.name} does not start" for state in self.state() if state.problem
        ]

    async def with_inputs(
        self, visitor: str, function: Callable[..., Any], inputs: Inputs, *more: Any
    ) -> Ticket:
        """Check a pair of pictures, and let a task of the edit lane have it. Raises BadImage and NotDone."""
        await asyncio.to_thread(self.budget.check_inputs, inputs)
        return self._edit(visitor, function, inputs, *more)

    async def with_files(
        self, visitor: str, files: tuple[str, ...], function: Callable[..., Any], *arguments: Any
    ) -> Ticket:
        """Check files, and let a task of the edit lane have them. Raises BadImage and NotDone."""
        await asyncio.to_thread(self.budget.check, *files)
        return self._edit(visitor, function, *arguments)

    def with_views(self, visitor: str, function: Callable[..., Any], *arguments: Any) -> Ticket:
        """Let a task of the edit lane work on small views of ours. Raises NotDone."""
        return self._edit(visitor, function, *arguments)

    async def open_comparison(self, visitor: str, inputs: Inputs) -> Ticket:
        """Check a pair of pictures, and read it for a comparison. Raises BadImage and NotDone."""
        await asyncio.to_thread(self.budget.check_inputs, inputs)
        return self.compare.enter(visitor, tasks.open_comparison, inputs, memory=self.budget.hard_limit)

    def run_method(self, visitor: str, inputs: Inputs, method: Method) -> Ticket:
        """Run one method on a pair that was checked. Raises NotDone."""
        # What the owner of the server added may load weights of any size, or start programs.
        memory = None if method.optional or method.run_until else self.budget.hard_limit
        return self.compare.enter(visitor, tasks.run_method, inputs, method.name, memory=memory)

    def _edit(self, visitor: str, function: Callable[..., Any], *arguments: Any) -> Ticket:
        return self.edit.enter(visitor, function, *arguments, memory=self.budget.hard_limit)


def open_renders(views: ViewCache, picture_megabytes: float, seconds: float, megapixels: float) -> Renders:
    """Make both lanes; their processes start with `start`, or with the first task.

    seconds and megapixels: what one method of a comparison may cost.
    """
    budget = Budget(picture_megabytes)
    edits = partial(tasks.set_up_edits, views, budget.decoded_bytes)
    comparisons = partial(tasks.set_up_comparisons, views, budget.decoded_bytes, megapixels)
    return Renders(
        edit=Lane("edit", edits, LaneLimits(EDIT_SECONDS, EDIT_PATIENCE)),
        compare=Lane("compare", comparisons, LaneLimits(seconds)),
        budget=budget,
    )
