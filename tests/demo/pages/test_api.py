"""Test the public function as another program calls it."""

import base64
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file  # type: ignore[import-untyped]
from gradio_client.exceptions import AppError  # type: ignore[import-untyped]
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from demo.examples import EXAMPLES
from model.images.files import read_matte, read_picture, write_picture
from tests.demo.pages.conftest import Server
from tests.support.loops import in_a_loop

pytestmark = pytest.mark.browser


@pytest.fixture
def client(server: Server, tmp_path: Path) -> Client:
    return Client(server.url, download_files=str(tmp_path), verbose=False)


def test_the_result_has_full_size_and_an_untouched_background(client: Client) -> None:
    photo = EXAMPLES[0]
    path = client.predict(handle_file(photo.composite), handle_file(photo.mask), api_name="/harmonize")
    original, result = read_picture(photo.composite).pixels, read_picture(path).pixels
    outside = read_matte(photo.mask, original.shape[:2]) == 0
    assert result.shape == original.shape
    assert np.array_equal(result[outside], original[outside])


def test_a_wrong_mask_gets_our_words(client: Client, tmp_path: Path) -> None:
    write_picture(tmp_path / "small.png", np.full((20, 20, 3), 255, np.uint8))
    with pytest.raises(AppError, match="20×20"):
        client.predict(
            handle_file(EXAMPLES[0].composite), handle_file(tmp_path / "small.png"), api_name="/harmonize"
        )


def inline(path: Path, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def test_an_assistant_finds_one_tool_and_uses_it(server: Server) -> None:
    async def use() -> tuple[list[str], list[str]]:
        async with (
            streamable_http_client(f"{server.url}/gradio_api/mcp/") as (reader, writer, _),
            ClientSession(reader, writer) as session,
        ):
            await session.initialize()
            tools = [tool.name for tool in (await session.list_tools()).tools]
            photo = EXAMPLES[0]
            pictures = {"image": inline(photo.composite, "jpeg"), "mask": inline(photo.mask, "png")}
            answer = await session.call_tool(tools[0], pictures)
            return tools, [part.type for part in answer.content]

    tools, parts = in_a_loop(use())
    assert tools == ["harmonize"]
    assert "image" in parts
