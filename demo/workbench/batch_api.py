"""Provide the routes of the batch: many pictures, one request each. docs/workbench.md describes them."""

import asyncio
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from demo.pictures.inputs import Inputs
from demo.pictures.view_cache import url_of
from demo.workbench.answers import NO_STORE, BenchRoute, json_of, result_of
from demo.workbench.batch_files import BatchFile, BatchFolder
from demo.workbench.bench_api import ADDRESS, Bench, body_of, session_dependency
from demo.workbench.bench_files import visitor
from demo.workbench.document import EditValue, FileId, Shape, checked
from demo.workbench.faults import BenchFault
from demo.workbench.sessions import Session
from demo.workbench.uploads import receive
from demo.workbench.zip_files import pack, unpack
from model.edit.results import RESULT_SUFFIXES
from model.images.formats import READ
from model.images.pairs import pair_files

MOST_FILES = 4000
MOST_UNPACKED = 1000 << 20  # bytes of all files of a zip
NO_PICTURES = "{name} has no pictures in it."

LongName = Annotated[str, Field(max_length=1000)]
Names = Annotated[tuple[LongName, ...], Field(max_length=MOST_FILES)]


class NamesShape(Shape):
    """Hold the names of files, with their folders."""

    names: Names


class PictureShape(Shape):
    """Describe one picture of a batch; edit: None = what the model predicts."""

    name: Annotated[str, Field(min_length=1, max_length=500)]
    picture: FileId
    mask: FileId | None = None
    edit: EditValue = None
    kind: Annotated[str, Field(max_length=10)] = "png"


class PairShape(Shape):
    """Name a picture of a batch and the files that it is made of."""

    name: LongName
    picture: LongName
    mask: LongName | None = None


class FinishedShape(Shape):
    """Name a result, and the picture that it belongs to."""

    id: FileId
    name: LongName
    item: LongName


class BatchShape(Shape):
    """Describe a batch that the browser started, so that it survives a reload.

    sources: file by name, None where it was not sent yet. failed: names of pictures, with the reasons.
    """

    sources: Annotated[dict[LongName, FileId | None], Field(max_length=MOST_FILES)]
    pairs: Annotated[tuple[PairShape, ...], Field(max_length=MOST_FILES)]
    finished: Annotated[tuple[FinishedShape, ...], Field(max_length=MOST_FILES)] = ()
    failed: Annotated[tuple[dict[str, str], ...], Field(max_length=MOST_FILES)] = ()
    edit: EditValue = None
    kind: Annotated[str, Field(max_length=10)] = "png"
    running: bool = False


class FilesShape(Shape):
    """Name results."""

    files: Annotated[tuple[FileId, ...], Field(min_length=1, max_length=MOST_FILES)]


def batch_routes(bench: Bench) -> APIRouter:
    """Return the routes of the batch."""
    router = APIRouter(prefix=ADDRESS, route_class=BenchRoute)
    mine = Annotated[Session, Depends(session_dependency(bench))]
    _add_files(router, bench, mine)
    _add_pictures(router, bench, mine)
    return router


def _add_files(router: APIRouter, bench: Bench, mine: Any) -> None:
    @router.post("/files/batch")
    async def upload(
        request: Request, session: mine, name: Annotated[str, Query(max_length=1000)] = "picture"
    ) -> Response:
        folder = BatchFolder(session)
        file = await asyncio.to_thread(folder.new, name)
        await receive(request.stream(), file.path, bench.files.limit)
        if file.path.suffix != ".zip":
            return json_of({"files": [folder.keep(file).json]})
        try:
            files = await asyncio.to_thread(_unpacked, folder, file)
        finally:
            file.path.unlink(missing_ok=True)
        return json_of({"files": [one.json for one in files]})

    @router.post("/batch/pairs")
    async def pairs(request: Request, session: mine) -> Response:
        del session
        given: NamesShape = await body_of(request, NamesShape)
        pairing = await asyncio.to_thread(pair_files, [PurePosixPath(name) for name in given.names])
        found = [
            {"name": pair.name, "picture": str(pair.picture), "mask": str(pair.mask) if pair.mask else None}
            for pair in pairing.pairs
        ]
        left_over = [{"name": str(path), "message": words} for path, words in pairing.left_over]
        return json_of({"pairs": found, "left_over": left_over})

    @router.put("/batch")
    async def save(request: Request, session: mine) -> Response:
        state = checked(BatchShape, await request.body(), "This batch has too many files to be kept.")
        await asyncio.to_thread(BatchFolder(session).save, state)
        return Response(status_code=204, headers=NO_STORE)

    @router.post("/batch/clear")
    async def clear(session: mine) -> Response:
        await asyncio.to_thread(BatchFolder(session).clear)
        return Response(status_code=204, headers=NO_STORE)


def _add_pictures(router: APIRouter, bench: Bench, mine: Any) -> None:
    @router.post("/batch/picture")
    async def picture(request: Request, session: mine) -> Response:
        given: PictureShape = await body_of(request, PictureShape)
        if f".{given.kind}" not in RESULT_SUFFIXES:
            raise BenchFault(422, "There is no such kind of file.")
        folder = BatchFolder(session)
        inputs = Inputs(
            composite=str(folder.find(given.picture).path),
            mask=str(folder.find(given.mask).path) if given.mask else "",
        )
        result = await asyncio.to_thread(folder.new, f"{given.name}.{given.kind}", True)
        queued = bench.renders.run_batch(visitor(request, session), inputs, given.edit, result.path)
        seconds = await result_of(queued, request, folder)
        return json_of({**folder.keep(result).json, "seconds": seconds})

    @router.post("/batch/zip")
    async def zipped(request: Request, session: mine) -> Response:
        given: FilesShape = await body_of(request, FilesShape)
        folder = BatchFolder(session)
        files = [await asyncio.to_thread(folder.find, number) for number in dict.fromkeys(given.files)]
        target = bench.views.new_path(".zip")
        await asyncio.to_thread(pack, target, _unique_names(files))
        name = "harmonized.zip"
        return json_of({"url": f"{url_of(target.name)}?download={name}", "name": name})


def _unpacked(folder: BatchFolder, file: BatchFile) -> list[BatchFile]:
    """Return the pictures in a zip as files of the batch. Raises BenchFault; then none of them is kept."""
    files: list[BatchFile] = []

    def wanted(name: str) -> BinaryIO | None:
        if PurePosixPath(name).suffix.lower() not in READ:
            return None
        files.append(folder.new(name))
        return files[-1].path.open("xb")

    name = Path(file.name).name
    try:
        unpack(file.path, name, wanted, MOST_UNPACKED)
    except BaseException:
        folder.drop(files)
        raise
    if not files:
        raise BenchFault(422, NO_PICTURES.format(name=name))
    return [folder.keep(one) for one in files]


def _unique_names(files: list[BatchFile]) -> list[tuple[str, Path]]:
    """Return names and paths; a name that another file has already gets a number."""
    taken: dict[str, Path] = {}
    for file in files:
        name, number = PurePosixPath(file.name), 1
        while str(name) in taken:
            number += 1
            name = PurePosixPath(file.name).with_stem(f"{PurePosixPath(file.name).stem}-{number}")
        taken[str(name)] = file.path
    return list(taken.items())
