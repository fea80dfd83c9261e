"""Check the addresses, the compression and the caching of a folder of modules."""

import gzip
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from demo.widgets.modules import ModuleFolder
from demo.workbench.module_routes import module_routes

CODE = "export const answer = 42; // “text” of more than seven bits\n" * 50


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    modules = tmp_path / "bench"
    (modules / "panels").mkdir(parents=True)
    (modules / "main.js").write_text(CODE, encoding="utf-8")
    (modules / "panels" / "curves.js").write_text("export {};", encoding="utf-8")
    (modules / "main.css").write_text(".a { color: red; }", encoding="utf-8")
    (modules / "notes.txt").write_text("not served", encoding="utf-8")
    return modules


def client_of(modules: ModuleFolder) -> TestClient:
    app = FastAPI()
    app.include_router(module_routes(modules))
    return TestClient(app, base_url="http://127.0.0.1")


@pytest.mark.parametrize("encoding", ["br", "gzip", "identity", "br;q=0"])
def test_a_module_has_its_type_and_may_be_kept_for_ever(folder: Path, encoding: str) -> None:
    modules = ModuleFolder.read(folder)
    answer = client_of(modules).get(f"{modules.address}/main.js", headers={"accept-encoding": encoding})
    assert answer.text == CODE
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers.get("content-encoding") == (encoding if encoding in ("br", "gzip") else None)
    assert (int(answer.headers["content-length"]) < len(CODE) / 4) == (encoding in ("br", "gzip"))


def test_files_in_folders_are_served_and_no_others(folder: Path) -> None:
    modules = ModuleFolder.read(folder)
    client = client_of(modules)
    assert client.get(f"{modules.address}/panels/curves.js").text == "export {};"
    for name in ("notes.txt", "panels", "", "%2e%2e/bench/main.js", "missing.js"):
        assert client.get(f"{modules.address}/{name}").status_code == 404


def test_the_address_changes_with_the_contents(folder: Path) -> None:
    before = ModuleFolder.read(folder)
    assert ModuleFolder.read(folder).address == before.address
    (folder / "panels" / "curves.js").write_text("export { };", encoding="utf-8")
    assert ModuleFolder.read(folder).address != before.address


def test_compressed_bytes_are_the_same_at_every_start(folder: Path) -> None:
    first, second = (ModuleFolder.read(folder).files["main.js"].encodings["gzip"] for _ in range(2))
    assert first == second and gzip.decompress(first).decode() == CODE
