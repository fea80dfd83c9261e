"""Provide the JSON routes of the workbench; docs/workbench.md describes them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from demo.pictures.scenes.file_facts import FileKind
from demo.pictures.scenes.handover import Handover
from demo.pictures.scenes.scene_exports import EXPORTS
from demo.pictures.scenes.scene_masks import MaskRequest
from demo.pictures.view_cache import ViewCache, url_of
from demo.renders import scene_tasks
from demo.renders.service import Renders
from demo.workbench.answers import NO_STORE, BenchRoute, json_of, result_of
from demo.workbench.batch_files import BatchFolder
from demo.workbench.bench_files import BenchFiles, visitor
from demo.workbench.document import MOST_BYTES, checked_document, read_json, shape_of
from demo.workbench.faults import BenchFault
from demo.workbench.sessions import Session, Sessions, plain_name
from demo.workbench.shapes import (
    DocumentRequest,
    ExportRequest,
    MaskShape,
    ObjectRequest,
    SplitRequest,
    VariantRequest,
    ViewRequest,
)
from model.methods import Method

ADDRESS = "/api/workbench"


@dataclass(frozen=True)
class Bench:
    """Hold what the routes use. methods: by name, those that a variant may be made by."""

    sessions: Sessions
    files: BenchFiles
    renders: Renders
    views: ViewCache
    methods: dict[str, Method]

    def session(self, token: str) -> Session:
        """Return the session of a token. Raises BenchFault."""
        return self.sessions.open(token)


def bench_routes(bench: Bench) -> APIRouter:
    """Return the routes of the workbench."""
    router = APIRouter(prefix=ADDRESS, route_class=BenchRoute)

    mine = Annotated[Session, Depends(session_dependency(bench))]
    _add_session(router, bench, mine)
    _add_files(router, bench, mine)
    _add_masks(router, bench, mine)
    _add_pictures(router, bench, mine)
    _add_edits(router, bench, mine)
    return router


def session_dependency(bench: Bench) -> Callable[..., Awaitable[Session]]:
    """Return a dependency of routes that gives the session of the token in the request.

    Every such request keeps the process for pictures running, or starts it again.
    """

    async def session_of(token: Annotated[str, Header(alias="X-Workbench")] = "") -> Session:
        bench.renders.wake()
        return await asyncio.to_thread(bench.session, token)

    return session_of


async def body_of(request: Request, shape: type[Any]) -> Any:
    """Return the JSON of a request as a shape. Raises BenchFault."""
    raw = await request.body()
    if len(raw) > MOST_BYTES + 4096:
        raise BenchFault(413, "This picture has too many changes. Please remove an object.")
    return shape_of(shape, read_json(raw))


def _add_session(router: APIRouter, bench: Bench, mine: Any) -> None:
    @router.post("")
    async def create() -> Response:
        bench.renders.wake()
        return json_of({"token": await asyncio.to_thread(bench.sessions.create)})

    @router.get("/document")
    async def document(request: Request, session: mine) -> Response:
        kept = await asyncio.to_thread(session.document)
        files = await bench.files.with_views(request, session)
        facts = {number: stored.json for number, stored in files.items()}
        batch = await asyncio.to_thread(BatchFolder(session).state)
        texts = {"document": kept, "batch": batch}
        read = {name: read_json(text.encode()) if text else None for name, text in texts.items()}
        return json_of({**read, "files": facts})

    @router.put("/document")
    async def save(request: Request, session: mine) -> Response:
        text = checked_document(await request.body())
        await asyncio.to_thread(session.save, text)
        return Response(status_code=204, headers=NO_STORE)


def _add_files(router: APIRouter, bench: Bench, mine: Any) -> None:
    @router.post("/files")
    async def upload(
        request: Request,
        session: mine,
        name: Annotated[str, Query(max_length=500)] = "picture",
        kind: Annotated[FileKind, Query()] = "picture",
    ) -> Response:
        return json_of((await bench.files.upload(request, session, name, kind)).json)

    @router.post("/examples/{index}")
    async def example(index: int, request: Request, session: mine) -> Response:
        return json_of(await bench.files.example(request, session, index))


def _add_masks(router: APIRouter, bench: Bench, mine: Any) -> None:
    @router.post("/masks")
    async def mask(request: Request, session: mine) -> Response:
        given: MaskShape = await body_of(request, MaskShape)
        picture = session.find(given.file)
        wanted = MaskRequest(
            picture.path,
            given.box,
            given.points,
            session.find(given.mask).path if given.mask else None,
            session.find(given.background).path if given.background else None,
            given.refine,
        )
        return json_of((await bench.files.mask(request, session, wanted, f"mask of {picture.name}")).json)

    @router.post("/masks/split")
    async def split(request: Request, session: mine) -> Response:
        given: SplitRequest = await body_of(request, SplitRequest)
        parts = await bench.files.parts(request, session, session.find(given.mask))
        return json_of({"masks": [part.json for part in parts]})


def _add_pictures(router: APIRouter, bench: Bench, mine: Any) -> None:
    renders = bench.renders

    @router.post("/view")
    async def view(request: Request, session: mine) -> Response:
        given: ViewRequest = await body_of(request, ViewRequest)
        scene, who = given.document.scene(session), visitor(request, session)
        queued = renders.with_scene(who, scene, scene_tasks.draw_view, given.box, given.width)
        picture = await result_of(queued, request, session)
        return Response(picture, media_type="image/jpeg", headers=NO_STORE)

    @router.post("/export")
    async def export(request: Request, session: mine) -> Response:
        given: ExportRequest = await body_of(request, ExportRequest)
        if given.kind not in EXPORTS:
            raise BenchFault(422, "There is no such kind of file.")
        scene, who = given.document.scene(session), visitor(request, session)
        queued = renders.with_scene(who, scene, scene_tasks.write_export, given.kind, given.object)
        name, title = await result_of(queued, request, session)
        return json_of({"url": f"{url_of(name)}?download={title}", "name": title})

    @router.post("/changes")
    async def changes(request: Request, session: mine) -> Response:
        given: DocumentRequest = await body_of(request, DocumentRequest)
        scene, who = given.document.scene(session), visitor(request, session)
        queued = renders.with_scene(who, scene, scene_tasks.count_changes)
        count = await result_of(queued, request, session)
        return json_of({"pixels": count.pixels, "changed": count.changed})

    @router.post("/compare")
    async def compare(request: Request, session: mine) -> Response:
        given: ObjectRequest = await body_of(request, ObjectRequest)
        scene, place = given.document.scene(session), Handover.new(bench.views)
        who = visitor(request, session)
        queued = renders.with_scene(who, scene, scene_tasks.write_comparison, given.object, place)
        await result_of(queued, request, session)
        return json_of({"url": f"/compare?workbench={place.number}"})


def _add_edits(router: APIRouter, bench: Bench, mine: Any) -> None:
    renders = bench.renders

    @router.post("/answer")
    async def answer(request: Request, session: mine) -> Response:
        given: ObjectRequest = await body_of(request, ObjectRequest)
        scene, who = given.document.scene(session), visitor(request, session)
        # Its files were checked when they were uploaded, and only small copies are in memory together.
        queued = renders.with_small(who, scene_tasks.find_answer, scene, given.object)
        found = await result_of(queued, request, session)
        facts = {"change": found.change, "darkest": found.darkest, "lightest": found.lightest}
        return json_of({"edit": found.edit.to_content(), "seconds": found.seconds, "facts": facts})

    @router.get("/methods")
    async def methods() -> Response:
        return json_of(
            {"methods": [{"name": one.name, "title": one.title} for one in bench.methods.values()]}
        )

    @router.post("/variant")
    async def variant(request: Request, session: mine) -> Response:
        given: VariantRequest = await body_of(request, VariantRequest)
        method = bench.methods.get(given.method)
        if method is None:
            raise BenchFault(422, "This method is not available here.")
        scene, who = given.document.scene(session), visitor(request, session)
        found = await result_of(renders.run_variant(who, scene, given.object, method), request, session)
        return json_of({"edit": found.edit.to_content(), "left": found.left})

    @router.post("/looks")
    async def look(
        request: Request, session: mine, name: Annotated[str, Query(max_length=500)] = ""
    ) -> Response:
        data, who = await request.body(), visitor(request, session)
        queued = renders.with_small(who, scene_tasks.open_look, plain_name(name), data)
        found = await result_of(queued, request, session)
        return json_of({"edit": found.edit.to_content(), "about": found.about})
