"""Send the ES modules and the styles of the workbench, compressed and with addresses that never change."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from demo.widgets.modules import ModuleFile, ModuleFolder

HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}


def module_routes(folder: ModuleFolder) -> APIRouter:
    """Return the routes of the files of a folder, below its address."""
    router = APIRouter()

    @router.api_route(folder.address + "/{name:path}", methods=["GET", "HEAD"])
    def module(name: str, request: Request) -> Response:
        file = folder.files.get(name)
        if file is None:
            raise HTTPException(404)
        return compressed_response(file, request)

    return router


def compressed_response(file: ModuleFile, request: Request) -> Response:
    """Return a file that never changes, in the smallest form that the browser accepts."""
    accepted = encodings_of(request.headers.get("accept-encoding", ""))
    for encoding, content in file.encodings.items():
        if encoding in accepted:
            headers = {**HEADERS, "Content-Encoding": encoding}
            return Response(content, headers=headers, media_type=file.media_type)
    return Response(file.content, headers=HEADERS, media_type=file.media_type)


def encodings_of(header: str) -> set[str]:
    """Return the encodings that an Accept-Encoding header names, without those of weight 0."""
    names = set()
    for part in header.lower().split(","):
        name, _, weight = part.partition(";")
        if weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            names.add(name.strip())
    return names
