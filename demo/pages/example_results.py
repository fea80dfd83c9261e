"""Harmonize each example once for all visitors."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from demo.pages.uploads import example_inputs
from demo.pages.waiting import line_position, until_done
from demo.pictures.view_cache import ViewCache
from demo.renders import tasks
from demo.renders.service import Renders
from demo.renders.tasks import OpenedExample


@dataclass(frozen=True)
class ExampleResults:
    """Hold the examples that were harmonized, by index, while their views are in the cache."""

    renders: Renders
    views: ViewCache
    kept: dict[int, OpenedExample] = field(default_factory=dict)

    async def warm_up(self) -> None:
        """Harmonize the first example, with which the page opens, so that the first visitor need not wait."""
        async for _ in self.open(0, ""):
            pass

    async def open(self, index: int, who: str) -> AsyncIterator[OpenedExample | str]:
        """Yield the place in the line while there is one, and last the harmonized example.

        who: the visitor, in whose line the task waits. Raises BadImage and TaskFailed.
        """
        example = self.kept.get(index)
        if example is None or not all(map(self.views.touch, example.views)):
            task = self.renders.with_inputs(who, tasks.open_example, example_inputs(index))
            with await task as queued:
                async for _ in until_done(queued):
                    yield line_position(queued)
                example = self.kept[index] = queued.result()
        assert example is not None
        yield example
