"""Provide the two lanes of the pages, and check pictures before their tasks enter a queue."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from demo.pictures.inputs import Inputs
from demo.pictures.scenes.scene import Scene
from demo.pictures.view_cache import ViewCache
from demo.renders import batch_tasks, scene_tasks, tasks
from demo.renders.budget import Budget
from demo.renders.lane import Lane, LaneLimits, LaneState, QueuedTask
from model import Edit
from model.methods import Method

EDIT_SECONDS = 120.0
# A new action of a page ends its running task, which mostly finishes sooner than a new process would start.
EDIT_GRACE_SECONDS = 10.0
# After which a process ends, and frees its memory; that of methods has more to load at its next start.
EDIT_IDLE_SECONDS = 180.0
COMPARE_IDLE_SECONDS = 900.0


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
        """Start the process of the workbench in the background; that of methods waits for its first task."""
        self.edit.start()

    def wake(self) -> None:
        """Have the process of the workbench ready for a visitor who is there, but needs it only later."""
        self.edit.wake()

    async def close(self) -> None:
        """End both processes."""
        await asyncio.gather(self.edit.close(), self.compare.close())

    def state(self) -> list[LaneState]:
        """Return the states of the lanes, for health checks."""
        return [self.edit.state(), self.compare.state()]

    def problems(self) -> list[str]:
        """Return a message for each lane whose process did not start."""
        return [
            f"the process of the lane {state.name} does not start" for state in self.state() if state.problem
        ]

    async def with_inputs(
        self, visitor: str, function: Callable[..., Any], inputs: Inputs, *more: Any
    ) -> QueuedTask:
        """Check the files of a composite, then add a task for them. Raises BadImage and TaskFailed."""
        await asyncio.to_thread(self.budget.check_inputs, inputs)
        return self._edit(visitor, function, inputs, *more)

    async def with_files(
        self, visitor: str, files: tuple[str, ...], function: Callable[..., Any], *arguments: Any
    ) -> QueuedTask:
        """Check files, then add a task to the edit lane. Raises BadImage and TaskFailed."""
        await asyncio.to_thread(self.budget.check, *files)
        return self._edit(visitor, function, *arguments)

    async def with_scene(
        self, visitor: str, scene: Scene, function: Callable[..., Any], *arguments: Any
    ) -> QueuedTask:
        """Check the files of a scene that are in memory together, then add a task for it.

        Raises BadImage and TaskFailed.
        """
        for group in scene.groups:
            await asyncio.to_thread(self.budget.check, *group)
        return self._edit(visitor, function, scene, *arguments)

    async def with_small(self, visitor: str, function: Callable[..., Any], *arguments: Any) -> QueuedTask:
        """Add a task that reads files that were checked before, one at a time. Raises TaskFailed."""
        return self._edit(visitor, function, *arguments)

    async def run_variant(self, visitor: str, scene: Scene, name: str, method: Method) -> QueuedTask:
        """Run one method on an object of a scene. Raises TaskFailed."""
        memory = None if method.optional or method.run_until else self.budget.hard_limit
        return self.compare.enter(visitor, scene_tasks.find_variant, scene, name, method.name, memory=memory)

    async def run_batch(self, visitor: str, inputs: Inputs, edit: Edit | None, target: Path) -> QueuedTask:
        """Harmonize one picture of a batch in the lane of methods, which leaves answers of pages quick.

        Raises BadImage and TaskFailed.
        """
        await asyncio.to_thread(self.budget.check_inputs, inputs)
        function, memory = batch_tasks.harmonize_pair, self.budget.hard_limit
        return self.compare.enter(visitor, function, inputs, edit, target, memory=memory)

    def with_views(self, visitor: str, function: Callable[..., Any], *arguments: Any) -> QueuedTask:
        """Add a task to the edit lane that reads views of the server alone. Raises TaskFailed."""
        return self._edit(visitor, function, *arguments)

    async def open_comparison(self, visitor: str, inputs: Inputs) -> QueuedTask:
        """Check the files of a composite, and read it for a comparison. Raises BadImage and TaskFailed."""
        await asyncio.to_thread(self.budget.check_inputs, inputs)
        return self.compare.enter(visitor, tasks.open_comparison, inputs, memory=self.budget.hard_limit)

    def run_method(self, visitor: str, inputs: Inputs, method: Method) -> QueuedTask:
        """Run one method on a checked composite. Raises TaskFailed."""
        # A method that the operator added may load weights of any size, or start programs.
        memory = None if method.optional or method.run_until else self.budget.hard_limit
        return self.compare.enter(visitor, tasks.run_method, inputs, method.name, memory=memory)

    def _edit(self, visitor: str, function: Callable[..., Any], *arguments: Any) -> QueuedTask:
        return self.edit.enter(visitor, function, *arguments, memory=self.budget.hard_limit)


def open_renders(views: ViewCache, picture_megabytes: float, seconds: float, megapixels: float) -> Renders:
    """Make both lanes; their processes start with `start`, or with the first task.

    seconds and megapixels: what one method of a comparison may cost.
    """
    budget = Budget(picture_megabytes)
    edits = partial(tasks.set_up_edits, views, budget.decoded_bytes)
    comparisons = partial(tasks.set_up_comparisons, views, budget.decoded_bytes, megapixels)
    return Renders(
        edit=Lane("edit", edits, LaneLimits(EDIT_SECONDS, EDIT_GRACE_SECONDS, idle=EDIT_IDLE_SECONDS)),
        compare=Lane("compare", comparisons, LaneLimits(seconds, idle=COMPARE_IDLE_SECONDS)),
        budget=budget,
    )
