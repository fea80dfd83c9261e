"""Check the folder of a Space: what it holds, and that a server starts in it as on the platform."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.error import URLError

import pytest

from tests.support.paths import ROOT

WAIT_SECONDS = 300
# Without these rights, root can read and write only what the mode of a file allows, as other users.
WITHOUT_RIGHTS = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner"]


def make_space(out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "space", f"OUT={out}", f"PYTHON={sys.executable}", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("spaces") / "space"
    done = make_space(out)
    assert done.returncode == 0, done.stderr
    return out


def test_it_holds_code_and_weights_but_no_tests(space: Path) -> None:
    entries = {path.name for path in space.iterdir()}
    code = {"app.py", "demo", "model", "study"}
    assert entries == code | {"LICENSE", "LICENSE_MODEL", "README.md", "requirements.txt", ".gitattributes"}
    files = [path for path in space.rglob("*") if path.is_file()]
    assert any(path.suffix == ".safetensors" for path in files)
    assert not any(path.name.startswith("test_") or path.suffix == ".pyc" for path in files)
    assert sum(path.stat().st_size for path in files) < 60e6


def test_it_asks_for_the_torch_of_processors(space: Path) -> None:
    lines = (space / "requirements.txt").read_text().splitlines()
    assert [line for line in lines if re.match(r"torch\b", line)] == ["torch==2.13.0+cpu"]
    assert not any(line.startswith(("pytest", "ruff", "spaces")) for line in lines)


def test_the_version_of_gradio_is_one_that_the_server_accepts(space: Path) -> None:
    version = re.search(r"^sdk_version: (\S+)$", (space / "README.md").read_text(), re.MULTILINE)
    assert version and version[1].startswith("6.")
    assert "gradio>=6.31,<7" in (space / "requirements.txt").read_text()


def test_zero_gpu_gets_its_own_versions(tmp_path: Path) -> None:
    done = make_space(tmp_path / "zero", "HARDWARE=zero")
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "zero" / "requirements.txt").read_text().splitlines()
    assert {"torch>=2.8,<2.12", "spaces>=0.51,<1", "transformers>=5,<6"} <= set(lines)
    assert not any("index-url" in line for line in lines)
    assert 'python_version: "3.12.12"' in (tmp_path / "zero" / "README.md").read_text()


def test_a_clone_is_replaced_and_another_folder_is_not(tmp_path: Path) -> None:
    (tmp_path / "old.py").touch()
    refused = make_space(tmp_path)
    assert refused.returncode != 0 and "not empty" in refused.stderr
    (tmp_path / ".git").mkdir()
    (tmp_path / "demo").mkdir()
    assert make_space(tmp_path).returncode == 0
    assert (tmp_path / ".git").is_dir() and not (tmp_path / "old.py").exists()


@pytest.mark.slow
def test_a_server_starts_in_it_as_on_the_platform(space: Path, tmp_path: Path) -> None:
    """Start with the platform's variables only; nothing may be written beside the code."""
    code = tmp_path / "app"
    shutil.copytree(space, code)
    before = sorted(path.relative_to(code) for path in code.rglob("*"))
    (tmp_path / "home").mkdir()
    for path in (*code.rglob("*"), code):
        path.chmod(path.stat().st_mode & ~0o222)
    port = free_port()
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "SPACE_ID": "someone/lab",
        "SPACE_HOST": "someone-lab.hf.space",
        "SPACE_AUTHOR_NAME": "someone",
        "GRADIO_SERVER_PORT": str(port),
    }
    rights = WITHOUT_RIGHTS if os.geteuid() == 0 else []
    log = (tmp_path / "log").open("w")
    server = subprocess.Popen([*rights, sys.executable, "app.py"], cwd=code, env=env, stdout=log, stderr=log)
    try:
        page = first_page(port, server)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
        log.close()
        for path in (code, *code.rglob("*")):
            path.chmod(path.stat().st_mode | 0o200)
    assert "HarmonyLab" in page, (tmp_path / "log").read_text()
    assert sorted(path.relative_to(code) for path in code.rglob("*")) == before
    assert (tmp_path / "home" / "harmonylab-data" / "harmonylab.db").is_file()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def first_page(port: int, server: subprocess.Popen[bytes]) -> str:
    """Return the page of the Space once the server answers; "" where it ended or stays silent."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Host": "someone-lab.hf.space"})
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return str(answer.read().decode())
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.5)
    return ""
