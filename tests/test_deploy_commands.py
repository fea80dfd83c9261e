"""Run the commands of the files of deploy/ without containers: the daily copy, and the checks of health."""

import json
import os
import re
import subprocess
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks import postgresql
from study.database.store import Store
from study.durability.dumps import verify_dump
from study.durability.durability import STOP_SECONDS
from study.durability.remote import Remote
from study.manage.states import open_folder
from tests.support.http_server import serving
from tests.support.paths import ROOT
from tests.support.study_world import small_study

DEPLOY = ROOT / "deploy"
TO_FINISH = 2 + STOP_SECONDS  # requests in progress (demo/serving.py), then the last copies


def services(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))["services"]
    return found


def run(*command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of a container: its `python` is this one."""
    folder = str(Path(sys.executable).parent)
    paths = os.pathsep.join((environment.pop("PATH", ""), folder, os.environ["PATH"])).lstrip(os.pathsep)
    given = {**os.environ, **environment, "PATH": paths}
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=given, timeout=120)


def test_the_backup_of_the_containers_repeats_until_a_copy_fails(tmp_path: Path) -> None:
    script = services("compose.replicas.yaml")["backup"]["command"]
    data, copies = tmp_path / "data", tmp_path / "backups"
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "sleep").write_text('#!/bin/sh\necho "slept $1"\n[ ! -e "$SLEPT" ] && touch "$SLEPT"\n')
    (programs / "sleep").chmod(0o755)
    with postgresql.server() as url:
        store = Store.open(url, home=data)
        open_folder(store, small_study(data / "studies" / "small"), "test")
        store.close()
        variables = {"DATABASE_URL": url, "DATA_DIR": str(data), "PATH": str(programs)}
        command = [word.replace("file:///backups", copies.as_uri()) for word in script]
        # The second pause fails, which ends the loop as an end of the container does.
        command[-1] = command[-1].replace("; done", " || exit 7; done")
        done = run(*command, **variables, SLEPT=str(tmp_path / "slept"))
        assert done.returncode == 7, done.stderr
        assert done.stdout.count("studies 1, people 0, votes 0") == done.stdout.count("slept 86400") == 2
        assert verify_dump(url, Remote(copies.as_uri()), data).damaged == ()
    # Without its database the loop ends, and the container is started again.
    failed = run(*script[:2], script[2].replace("file:///backups", copies.as_uri()), **variables)
    assert failed.returncode == 0 and "slept" not in failed.stdout and failed.stderr


class Answers(BaseHTTPRequestHandler):
    """Answer as a server does that runs, and is not ready."""

    def do_GET(self) -> None:
        self.send_response({"/healthz": 200}.get(self.path, 503))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def check_of_image() -> list[str]:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    found = re.search(r"^HEALTHCHECK .*?CMD (\[.*\])$", text, re.MULTILINE)
    assert found
    words: list[str] = json.loads(found[1])
    return words


@pytest.mark.parametrize(("name", "status"), [("image", 0), ("replicas", 1)])
def test_the_checks_of_containers_tell_running_from_ready(name: str, status: int) -> None:
    words = check_of_image()
    if name == "replicas":
        kind, *words = services("compose.replicas.yaml")["app1"]["healthcheck"]["test"]
        assert kind == "CMD"
    with serving(Answers) as port:
        assert run(*[word.replace("7860", str(port)) for word in words]).returncode == status
    assert run(*[word.replace("7860", str(port)) for word in words]).returncode == 1  # nobody answers


@pytest.mark.parametrize("name", ["harmonylab.service", "harmonylab@.service"])
def test_systemd_lets_a_server_finish(name: str) -> None:
    found = re.search(r"^TimeoutStopSec=(\d+)$", (DEPLOY / name).read_text(encoding="utf-8"), re.MULTILINE)
    assert found and int(found[1]) >= TO_FINISH


@pytest.mark.parametrize(("name", "app"), [("compose.yaml", "app"), ("compose.replicas.yaml", "app2")])
def test_containers_let_a_server_finish(name: str, app: str) -> None:
    assert int(services(name)[app]["stop_grace_period"].removesuffix("s")) >= TO_FINISH


def test_kubernetes_lets_a_server_finish_after_its_pause() -> None:
    documents = yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8"))
    pod = next(each for each in documents if each["kind"] == "Deployment")["spec"]["template"]["spec"]
    command, pause = pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]
    assert command == "sleep"
    assert int(pause) + TO_FINISH <= pod["terminationGracePeriodSeconds"]
