"""Put files into sessions: uploads, examples, and masks that the server made."""

import asyncio
import shutil
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fastapi import Request

from demo.examples import EXAMPLES, Example
from demo.guard.rules.visitors import visitor_of
from demo.pictures.scenes.file_facts import FileFacts, FileKind
from demo.pictures.scenes.scene import Scene, SceneObject
from demo.pictures.scenes.scene_masks import MaskRequest
from demo.pictures.view_cache import ViewCache, url_of
from demo.renders import scene_tasks
from demo.renders.lane import QueuedTask, TaskFailed
from demo.renders.service import Renders
from demo.workbench.answers import result_of
from demo.workbench.faults import BenchFault
from demo.workbench.sessions import NewFile, Session, StoredFile
from demo.workbench.uploads import receive
from model import BadImage, Edit
from model.edit.layers import Look
from model.edit.placement import Placement

MOST_PARTS = 12


@dataclass(frozen=True, eq=False)
class OpenedExample:
    """Hold an example's files with their kinds and facts, and the edit that the network predicted for it."""

    files: tuple[tuple[Path, FileKind], ...]
    facts: tuple[FileFacts, ...]
    edit: Edit


@dataclass(frozen=True)
class BenchFiles:
    """Put files into sessions.

    limit: bytes of one upload. opened: the examples that were opened, while their previews are in the cache.
    """

    renders: Renders
    views: ViewCache
    limit: int
    opened: dict[int, OpenedExample] = field(default_factory=dict)

    async def upload(self, request: Request, session: Session, name: str, kind: FileKind) -> StoredFile:
        """Receive a file, check it, and return it. Raises BadImage, BenchFault and TaskFailed."""
        new = session.new_file(name)
        await receive(request.stream(), new.path, self.limit)
        stored = StoredFile(new.id, new.path, name, kind, FileFacts(0, 0, "", False, True, ""))
        try:
            session.keep(stored)  # its name is a part of messages
            facts = await self._read(request, session, new.path, kind)
        except BaseException:
            session.drop(stored)
            raise
        return session.keep(StoredFile(new.id, new.path, name, kind, facts))

    async def with_views(self, request: Request, session: Session) -> dict[str, StoredFile]:
        """Return the files of a session; a preview that was deleted is made again.

        A file of an upload that a stop of the server interrupted is dropped.
        """
        found: dict[str, StoredFile] = {}
        for number, stored in session.files().items():
            try:
                found[number] = await self._with_view(request, session, stored)
            except BadImage:
                session.drop(stored)
        return found

    async def _with_view(self, request: Request, session: Session, stored: StoredFile) -> StoredFile:
        if await asyncio.to_thread(self.views.touch, stored.facts.view):
            return stored
        facts = await self._read(request, session, stored.path, stored.kind)
        return session.keep(replace(stored, facts=facts))

    async def mask(self, request: Request, session: Session, wanted: MaskRequest, name: str) -> StoredFile:
        """Find a mask and return its file. Raises BadImage and TaskFailed."""
        new = session.new_file("mask.png")
        queued = self.renders.with_files(
            visitor(request, session), wanted.files, scene_tasks.make_mask, wanted, new.path
        )
        facts = await result_of(queued, request, session)
        return session.keep(StoredFile(new.id, new.path, name, "mask", facts))

    async def parts(self, request: Request, session: Session, mask: StoredFile) -> list[StoredFile]:
        """Return a mask file for each part of a mask. Raises BadImage and TaskFailed."""
        new = [session.new_file("part.png") for _ in range(MOST_PARTS)]
        queued = self.renders.with_files(
            visitor(request, session),
            (str(mask.path),),
            scene_tasks.make_parts,
            mask.path,
            tuple(one.path for one in new),
        )
        found: Sequence[FileFacts] = await result_of(queued, request, session)
        return [
            session.keep(StoredFile(one.id, one.path, f"part-{number}.png", "mask", facts))
            for number, (one, facts) in enumerate(zip(new, found, strict=False), start=1)
        ]

    async def example(self, request: Request, session: Session, index: int) -> dict[str, Any]:
        """Return the document of an example with its answer, and its files. Raises BenchFault."""
        if not 0 <= index < len(EXAMPLES):
            raise BenchFault(404, "There is no such example.")
        opened = await self.open_example(index, visitor(request, session))
        background, cutout = [
            await asyncio.to_thread(self._copied, session, EXAMPLES[index], file, facts)
            for file, facts in zip(opened.files, opened.facts, strict=True)
        ]
        document = _example_document(EXAMPLES[index], background, cutout, opened.edit)
        return {"document": document, "files": {one.id: one.json for one in (background, cutout)}}

    async def open_example(self, index: int, who: str) -> OpenedExample:
        """Return an example; its files are read and its edit is predicted once for all visitors."""
        kept = self.opened.get(index)
        if kept and all(self.views.touch(facts.view) for facts in kept.facts):
            return kept
        scene = example_scene(EXAMPLES[index])
        files: tuple[tuple[Path, FileKind], ...] = (
            (scene.background, "picture"),
            (scene.objects[0].file, "cutout"),
        )
        facts = await _finished(self.renders.with_small(who, scene_tasks.open_files, files))
        found = await _finished(self.renders.with_small(who, scene_tasks.find_answer, scene, "o1"))
        self.opened[index] = opened = OpenedExample(files, tuple(facts), found.edit)
        return opened

    def first_pictures(self) -> tuple[str, ...]:
        """Return the addresses of the first example's pictures, lowest first; none before it was opened."""
        opened = self.opened.get(0)
        if opened is None or not all(self.views.touch(facts.view) for facts in opened.facts):
            return ()
        return tuple(url_of(facts.view) for facts in opened.facts)

    async def warm_up(self) -> None:
        """Open the first example, with which the page opens; a failure is repeated by the first visitor."""
        with suppress(BadImage, TaskFailed):
            await self.open_example(0, "")

    async def _read(self, request: Request, session: Session, path: Path, kind: FileKind) -> FileFacts:
        queued = self.renders.with_files(
            visitor(request, session), (str(path),), scene_tasks.read_file, path, kind
        )
        facts: FileFacts = await result_of(queued, request, session)
        return facts

    def _copied(
        self, session: Session, example: Example, file: tuple[Path, FileKind], facts: FileFacts
    ) -> StoredFile:
        """Return the file of an example in a session, copied there once."""
        path, kind = file
        for stored in session.files().values():
            if stored.example == example.title and stored.name == path.name:
                return session.keep(StoredFile(stored.id, stored.path, path.name, kind, facts, example.title))
        new: NewFile = session.new_file(path.name)
        shutil.copyfile(path, new.path)
        return session.keep(StoredFile(new.id, new.path, path.name, kind, facts, example.title))


def visitor(request: Request, session: Session) -> str:
    """Return the name of the visitor in whose line tasks wait."""
    return visitor_of(request.scope) or session.folder.name


def example_scene(example: Example) -> Scene:
    """Return an example as a cut-out over its background, where it is in the composite."""
    assert example.background and example.cutout
    one = SceneObject("o1", example.title, True, None, example.cutout, Placement(), Look())
    return Scene(example.background, example.background.name, (one,))


async def _finished(task: Awaitable[QueuedTask]) -> Any:
    with await task as queued:
        await queued.done()
        return queued.result()


def _example_document(
    example: Example, background: StoredFile, cutout: StoredFile, edit: Edit
) -> dict[str, Any]:
    content = edit.to_content()
    one = {
        "id": "o1", "name": example.title.split(" ")[0], "visible": True, "mask": None, "cutout": cutout.id,
        "placement": {"x": 0.5, "y": 0.5, "scale": 1.0, "angle": 0.0, "flip": False},
        "edit": content, "opacity": 1.0, "shadow": None, "answer": content, "controls": None,
    }  # fmt: skip
    return {"version": 1, "background": background.id, "objects": [one], "reference": None}
