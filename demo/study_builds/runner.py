"""Run the tasks of builds one after the other, each in a process of its own, and register what they made."""

import asyncio
import json
import logging
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo.study_builds.builds import Build, Builds, Task, UnknownBuild
from demo.workbench.faults import BenchFault
from study.records import BadStudy, Unavailable

ROOT = Path(__file__).resolve().parent.parent.parent
DIED = "The process that made the study ended, perhaps because memory ran out. Please start it again."
BUSY = "This build is at work. Please stop it first."
FINISHED = "This study is finished. Please make a new one."
Registered = Callable[[Path, str], dict[str, Any]]
"""Add the folder of a study to the database for an organizer; return its slug and version."""

logger = logging.getLogger("harmonylab.builds")


@dataclass
class Runner:
    """Hold the queue of builds. studies: folder of finished ones. progress: of the running task, by build."""

    builds: Builds
    studies: Path
    register: Registered
    progress: dict[str, dict[str, Any]] = field(default_factory=dict)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _stopped: set[str] = field(default_factory=set)
    _running: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to work, first on builds that an earlier run of the server did not finish."""
        for build in self.builds.all():
            if build.state == "running":
                self.builds.save(build, state="waiting")
        self._wake.set()
        self._task = asyncio.create_task(self._work())

    async def close(self) -> None:
        """End the running process; its build goes on after the next start."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def add(self, build: Build, task: Task) -> Build:
        """Put a task of a build into the queue. Raises BenchFault where it is in the queue or finished."""
        self.check_editing(build)
        for unregistered in self.studies.glob(f"*-{build.id}"):
            shutil.rmtree(unregistered)
        changed = self.builds.save(build, state="waiting", task=task, error="", findings=None)
        self._wake.set()
        return changed

    async def cancel(self, number: str) -> Build:
        """Take a build out of the queue and end its process; finished pictures are kept."""
        build = self.builds.get(number)
        if build.state not in ("waiting", "running"):
            return build
        process = self._running.get(number)
        if process is None:
            return self.builds.save(build, state="editing")
        self._stopped.add(number)
        with suppress(ProcessLookupError):
            process.kill()
        while number in self._running:
            await asyncio.sleep(0.02)
        return self.builds.get(number)

    def check_editing(self, build: Build) -> None:
        """Raise BenchFault for a build that cannot be changed now."""
        if build.state == "finished":
            raise BenchFault(409, FINISHED)
        if build.state != "editing":
            raise BenchFault(409, BUSY)

    async def _work(self) -> None:
        while True:
            build = await asyncio.to_thread(self._next)
            if build is None:
                await self._wake.wait()
                self._wake.clear()
                continue
            try:
                await self._run(build)
            except UnknownBuild:
                continue  # it was deleted
            # One build that fails in a way that nobody foresaw must not stop the next one.
            except Exception:
                logger.exception("A build failed: %s", build.id)
                with suppress(UnknownBuild):
                    self.builds.save(self.builds.get(build.id), state="editing", error=DIED)

    def _next(self) -> Build | None:
        waiting = [build for build in self.builds.all() if build.state == "waiting"]
        return waiting[-1] if waiting else None

    async def _run(self, build: Build) -> None:
        build = self.builds.save(build, state="running")
        out = self.studies / f"{_slug(build)}-{build.id}"
        if build.task == "check" or not (out / "study.json").is_file():
            for partial in self.studies.glob(f".{out.name}.*"):
                shutil.rmtree(partial, ignore_errors=True)
            answer = await self._process(build, out)
            if build.id in self._stopped:
                self._stopped.discard(build.id)
                self.builds.save(build, state="editing")
                return
            build = self.builds.save(build, **answer)
        if build.task == "build" and (out / "study.json").is_file():
            await self._register(build, out)
        else:
            self.builds.save(build, state="editing")

    async def _register(self, build: Build, out: Path) -> None:
        try:
            study = await asyncio.to_thread(self.register, out, build.who)
        except (BadStudy, Unavailable) as error:
            self.builds.save(build, state="editing", error=str(error))
            return
        self.builds.save(build, state="finished", study=study)
        await asyncio.to_thread(shutil.rmtree, self.builds.kept(build.id), True)

    async def _process(self, build: Build, out: Path) -> dict[str, Any]:
        """Run the process of a task; return what it found, as changes of the build."""
        self.studies.mkdir(parents=True, exist_ok=True)
        paths = filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])
        # One thread for each library: the processors belong to those who vote.
        quiet = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(paths)}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "demo.study_builds.job", build.task,
            str(self.builds.folder(build.id)), str(out),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, **quiet},
            limit=16 << 20,  # of one line: the findings of thousands of files
            start_new_session=True,
        )  # fmt: skip
        self._running[build.id] = process
        try:
            return await self._answer(build.id, process)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            self.progress.pop(build.id, None)
            self._running.pop(build.id, None)

    async def _answer(self, number: str, process: asyncio.subprocess.Process) -> dict[str, Any]:
        assert process.stdout
        answer: dict[str, Any] = {"error": DIED}
        async for line in process.stdout:
            message = json.loads(line)
            if "progress" in message:
                self.progress[number] = message["progress"]
            else:
                answer = {"error": "", **message}
        return answer


def _slug(build: Build) -> str:
    """Return the slug of the study of a build, which is checked before it is started."""
    table = build.settings.get("study")
    slug = table.get("slug") if isinstance(table, dict) else None
    plain = "".join(sign for sign in str(slug or "") if sign.isalnum() and sign.isascii() or sign == "-")
    return plain[:64] or "study"
