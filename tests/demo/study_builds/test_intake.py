"""Test that uploads at the same time do not disturb each other."""

from collections.abc import AsyncIterator
from pathlib import Path
from threading import Event, Thread

from demo.study_builds.intake import Intake
from tests.support.loops import in_a_loop


async def sent(data: bytes) -> AsyncIterator[bytes]:
    yield data


def test_an_upload_is_taken_while_another_file_is_renamed(tmp_path: Path) -> None:
    done = Event()
    part, whole = tmp_path / "scene.png.part", tmp_path / "scene.png"

    def rename() -> None:
        while not done.is_set():
            part.write_bytes(b"picture")
            part.replace(whole)

    other = Thread(target=rename)
    other.start()
    intake = Intake(tmp_path, limit=1000, most=1_000_000)
    try:
        for number in range(300):
            places = in_a_loop(intake.upload(f"pictures/scene{number}.png", sent(b"picture")))
            assert places == [f"composite/scene{number}.png"]
    finally:
        done.set()
        other.join()
