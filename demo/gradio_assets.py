"""Send Gradio's scripts and styles in a smaller form than Gradio does, and let browsers keep them."""

from functools import cache
from pathlib import Path

import gradio
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, Response

from demo.widgets.modules import TYPES, ModuleFile
from demo.workbench.module_routes import HEADERS, compressed_response

FOLDER = Path(gradio.__file__).parent / "templates" / "frontend" / "assets"


def gradio_assets() -> APIRouter:
    """Return the route of Gradio's scripts, styles and fonts; it has to come before Gradio's own.

    Their names contain a hash of the contents, so that a browser may keep them for ever.
    """
    router = APIRouter()

    @router.get("/assets/{name}")
    def asset(name: str, request: Request) -> Response:
        path = FOLDER / name
        if not path.is_file():
            raise HTTPException(404)
        return (
            compressed_response(_asset(name), request)
            if path.suffix in TYPES
            else FileResponse(path, headers=HEADERS)
        )

    return router


@cache
def _asset(name: str) -> ModuleFile:
    """Read one file; the cache is as large as the folder, because only existing names reach it."""
    path = FOLDER / name
    return ModuleFile(path.read_bytes(), TYPES[path.suffix])
