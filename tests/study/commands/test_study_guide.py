"""Every command of docs/study.md runs, in order, and every number in it is what the programs print."""

import re
import shlex
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from scripts.study_example import DOCS, TRUTH, filled, invented_votes
from study.__main__ import main
from study.collect.simulate import Preferences, simulate_raters
from study.database.store import Store
from study.report.build import report_of
from study.vote_files.export import to_csv, votes_of

GUIDE = (DOCS / "study.md").read_text(encoding="utf-8")


def commands() -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
    return [shlex.split(line)[3:] for block in blocks for line in block.strip().splitlines()]


def pictures(folder: Path) -> None:
    """Two composites with masks."""
    for name in ("chelsea", "coffee"):
        mask = np.zeros((48, 64), np.uint8)
        mask[12:36, 20:44] = 255
        for part, picture in (("composite", cv2.resize(getattr(data, name)(), (64, 48))), ("mask", mask)):
            (folder / part).mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / part / f"{name}.png"), picture)


def test_every_command_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    pictures(tmp_path / "pictures")
    for name in ("study_example.csv", "study.toml"):
        shutil.copy(DOCS / name, tmp_path)
    for words in commands():
        if words[:2] == ["export", "votes.csv"]:  # by now people have voted
            store = Store.open(f"sqlite:///{tmp_path / 'data' / 'harmonylab.db'}")
            worths = {"composite": -0.5, "mean_gain": 0.0, "mkl": 0.5}
            simulate_raters(store, "my-study", Preferences(worths), participants=6, votes=20)
            store.close()
        assert main(words) == 0, words
    assert {"report.html", "rehearsal.html", "paper", "counts.csv"} <= {p.name for p in tmp_path.iterdir()}


def test_every_number_is_what_the_programs_print() -> None:
    assert filled(GUIDE) == GUIDE


def test_the_votes_are_those_of_the_script_and_marked() -> None:
    made = invented_votes()
    assert (DOCS / "study_example.csv").read_bytes() == to_csv(votes_of(made))
    report = report_of(made)
    assert report.study.simulated and "simulated" in GUIDE
    mean = np.mean(list(TRUTH.values()))
    for score in report.ranking.methods:
        assert score.low is not None and score.high is not None
        assert score.low < TRUTH[score.key] - mean < score.high
