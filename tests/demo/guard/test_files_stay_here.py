"""Check that no handler discloses a file of the server, whatever path a browser sends."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.gradio_fixes.hardening import has_file
from tests.demo.guard.conftest import Target
from tests.support.operated import wait_for_the_example_study

FILE = {"meta": {"_type": "gradio.FileData"}}


def hidden(found: Target) -> dict[str, bytes]:
    """Return files that no client may read, and bytes of each that identify its content."""
    data = found.settings.data_dir
    wait_for_the_example_study(found.client)
    study = next(data.glob("studies/*/study.json"))
    return {
        str(data / "secret"): (data / "secret").read_bytes()[:40],
        str(data / "harmonylab.db"): b"SQLite format 3",
        str(study): study.read_bytes()[:80],
        "/etc/passwd": Path("/etc/passwd").read_bytes()[:30],
        "/proc/self/environ": b"PATH=/",
    }


def places(found: Target) -> list[str]:
    """Return the forms in which a path can be written."""
    secret = found.settings.data_dir / "secret"
    links = (found.uploads.parent / "link_to_secret", found.uploads / "link.png")
    for link in links:
        link.unlink(missing_ok=True)
        link.symlink_to(secret)
    return [
        *hidden(found),
        *map(str, links),
        "secret",
        "../../secret",
        f"{found.uploads}/../../secret",
        f"{found.uploads}//../..//secret",
        f"file://{secret}",
        str(secret).replace("/", "//"),
        str(found.uploads),
        "app.py",
        f"{found.url}/healthz",
        "http://127.0.0.1:1/x.png",
        "~/x.png",
        "/dev/zero",
    ]


def shapes(path: str) -> list[Any]:
    """Return the forms in which a path can be sent to a handler."""
    named = {"path": path, **FILE}
    return [
        {"path": path},
        {**named, "url": f"http://127.0.0.1:1{path}", "orig_name": "a.png", "is_stream": True},
        [named],
        {"value": {"deep": [{"er": named}]}},
        {"__type__": "update", "value": named},
        {"image": named, "caption": {"path": path}},
    ]


def attacks(found: Target) -> Iterator[dict[str, Any]]:
    """Yield calls of every handler, with every path and every form, in its inputs and its event."""
    paths = places(found)
    for dependency in found.handlers():
        count, name = len(dependency["inputs"]), {"fn_index": dependency["id"], "session_hash": "reader"}
        for number, path in enumerate(paths):
            data: list[Any] = [None] * count
            data[number % count if count else 0 :] = [{"path": path, **FILE}]
            yield {**name, "data": data + [None] * (count - len(data))}
            yield {**name, "data": [None] * count, "event_data": {"path": path}}
        for shape in shapes(paths[0]):
            yield {**name, "data": [shape] * max(count, 1)}
            yield {**name, "data": [None] * count, "event_data": {"index": 0, "value": shape}}


def test_no_handler_takes_a_file_that_was_not_uploaded(attacked: Target) -> None:
    taken = []
    for body in attacks(attacked):
        answer = attacked.join(**body)
        if answer.status_code != 400 or "/" in answer.json()["detail"]:
            taken.append((body, answer.text))
    assert taken == []


@pytest.mark.parametrize("route", ["run/harmonize", "api/harmonize", "call/harmonize", "call/v2/harmonize"])
def test_the_other_call_routes_have_the_same_checks(attacked: Target, route: str) -> None:
    for path in places(attacked):
        given: dict[str, Any] = {"path": path, **FILE}
        body = {"image": given, "mask": given} if "v2" in route else {"data": [given, given]}
        assert attacked.client.post(f"/gradio_api/{route}", json=body).status_code == 400, path


def test_an_assistant_cannot_read_or_fetch_files_either(attacked: Target) -> None:
    headers = {"accept": "application/json, text/event-stream"}
    for path in places(attacked):
        call = {"name": "harmonize", "arguments": {"image": path, "mask": {"path": path, **FILE}}}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
        assert attacked.client.post("/gradio_api/mcp/", json=body, headers=headers).status_code == 400, path


def until_completed(lines: Iterator[str]) -> Iterator[str]:
    """Yield lines up to the one that reports the end of the call, which holds its result."""
    for line in lines:
        yield line
        if "process_completed" in line:
            return


def response_lines(found: Target, dependency: dict[str, Any], path: str) -> Iterator[str]:
    """Call a handler with the path as plain text in every input, and yield the lines of its response."""
    session, index = f"text{dependency['id']}", dependency["id"]
    event = {"path": "", "index": path, "kind": path, "x": path}
    data = [path] * len(dependency["inputs"])
    if found.join(fn_index=index, session_hash=session, data=data, event_data=event).status_code != 200:
        return
    url = f"/gradio_api/queue/data?session_hash={session}"
    try:
        with found.client.stream("GET", url, timeout=5) as response:
            yield from until_completed(response.iter_lines())
    except httpx.TimeoutException:
        cancel = {"session_hash": session, "event_id": "0" * 32, "fn_index": index}
        found.client.post("/gradio_api/cancel", json=cancel)


def test_a_path_as_plain_text_discloses_no_file(attacked: Target) -> None:
    secrets = hidden(attacked)
    for dependency in attacked.handlers():
        for line in response_lines(attacked, dependency, next(iter(secrets))):
            assert not any(part.decode("latin-1") in line for part in secrets.values())
            assert str(attacked.settings.data_dir) not in line.replace(next(iter(secrets)), "")


def test_no_cache_file_and_no_route_has_their_content(attacked: Target) -> None:
    secrets = hidden(attacked)
    for path in places(attacked):
        for route in ("file=", "file/", "proxy=", "stream/"):
            answer = attacked.client.get(f"/gradio_api/{route}{path}")
            assert answer.status_code in (400, 404), (route, path)
    files = (file for file in attacked.settings.cache_dir.rglob("*") if not file.is_symlink())
    for content in (file.read_bytes() for file in files if file.is_file()):
        assert not any(part in content for part in secrets.values())


def test_an_uploaded_file_is_accepted(attacked: Target) -> None:
    path = attacked.upload(b"not a picture")
    index = next(found["id"] for found in attacked.handlers() if found["api_name"] == "harmonize")
    url = f"{attacked.url}/gradio_api/file={path}"
    given = {"path": path, "url": url, "orig_name": "a.png", **FILE}
    assert attacked.join(fn_index=index, session_hash="welcome", data=[given, given]).status_code == 200
    assert attacked.client.get(f"/gradio_api/file={path}").content == b"not a picture"


def test_the_description_of_a_file_is_found_in_a_result() -> None:
    assert has_file({"a": [{"path": "x", "meta": {}}]})
    assert has_file(({"path": 1, "meta": 2},))
    assert not has_file([{"path": "x"}, "meta", {"meta": 1}])
