"""Check or make the study of one build, in a process of low priority that reports on its standard output.

Called as `python -m demo.study_builds.job TASK BUILD_FOLDER STUDY_FOLDER`. Each line of the output is a JSON
object: {"progress": …}, {"findings": […]} or {"error": "…"}. The process ends with the server, also when the
server is killed.
"""

import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from threading import Thread
from typing import Any

import cv2

from demo.renders.child import lower_priority
from demo.study_builds.builds import RECORD
from demo.study_builds.drafts import config_of, material_of
from model.evaluation.precomputed import Finding
from study.build.checks import BadMaterial, check_material
from study.build.material import errors_of_model
from study.build.progress import Progress
from study.build.study_folder import Reports, study_from_sources
from study.collect.validate import check_study
from study.config.config import StudyConfig
from study.records import BadStudy

EVERY_SECONDS = 0.25  # between two reports of progress
NOT_READY = "The settings are not complete."

Send = Callable[[dict[str, Any]], None]


def main(task: str, build: Path, out: Path) -> None:
    """Run a task; a fault of files or settings is reported, and any other ends with an exit status."""
    send = _sender()
    lower_priority()
    cv2.setNumThreads(1)
    Thread(target=_end_with_the_server, daemon=True).start()
    settings = json.loads((build / RECORD).read_bytes())["settings"]
    config = config_of(settings, build / "files")
    if not isinstance(config, StudyConfig):
        send({"error": "\n".join([NOT_READY, *(f"{one.place}: {one.message}" for one in config)])})
        return
    try:
        with errors_of_model():
            findings = _check(config, build, send) if task == "check" else _make(config, build, out, send)
        send({"findings": [_described(finding) for finding in findings]})
    except BadMaterial as error:
        send({"findings": [_described(finding) for finding in error.findings]})
    except BadStudy as error:
        send({"error": str(error)})


def _check(config: StudyConfig, build: Path, send: Send) -> list[Finding]:
    """Check all files of a build, and report how many composites were checked."""
    seen: list[str] = []
    total = max(1, len(list((build / "files" / "composite").glob("*"))))

    def count(name: str) -> None:
        seen.append(name)
        send({"progress": asdict(Progress(min(len(seen), total), total, name, "", None))})

    return check_material(material_of(build / "files"), config, count)


def _make(config: StudyConfig, build: Path, out: Path, send: Send) -> list[Finding]:
    """Make the folder of the study; a study that `check` refuses is deleted again."""
    warnings: list[Finding] = []
    reports = Reports(warnings.append, _Thinned(send))
    study_from_sources(material_of(build / "files"), config, out, reports=reports, keep_in=build / "kept")
    found = [Finding(one.level, one.file, one.message) for one in check_study(out)]
    if any(finding.level == "error" for finding in found):
        shutil.rmtree(out)
        raise BadMaterial([*warnings, *found])
    return [*warnings, *found]


class _Thinned:
    """Send progress, at most every quarter of a second, and the last one."""

    def __init__(self, send: Send) -> None:
        self._send, self._last = send, 0.0

    def __call__(self, progress: Progress) -> None:
        if progress.done == progress.total or time.monotonic() - self._last >= EVERY_SECONDS:
            self._last = time.monotonic()
            self._send({"progress": asdict(progress)})


def _described(finding: Finding) -> dict[str, str]:
    return {"level": finding.level, "file": finding.file, "message": finding.message}


def _sender() -> Send:
    """Return a function that writes a line; what methods print goes to standard error."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def send(message: dict[str, Any]) -> None:
        output.write(json.dumps(message).encode() + b"\n")
        output.flush()

    return send


def _end_with_the_server() -> None:
    """End this process when the server, which holds the other end of the standard input, has ended."""
    while os.read(0, 1):  # not by sys.stdin, whose lock this thread would hold when the process ends
        pass
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
