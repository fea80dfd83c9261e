"""Run every command of docs/study.md in order, and check that its numbers are those of the programs."""

import re
import shlex
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from study.__main__ import main
from study.collect.simulate import Preferences, Raters, simulate_raters
from study.database.store import Store
from study.report.build import report_of
from study.vote_files.dataframe import data_of, read_frame
from tests.support.paths import DOCS
from tests.support.scripts import run_script

GUIDE = (DOCS / "study.md").read_text(encoding="utf-8")
# The log-worths with which the votes of the example were simulated, as the guide states them.
TRUTH = {"composite": -0.9, "mean_gain": -0.1, "mkl": 0.15, "harmonylab": 0.7, "reinhard": 0.15}
WRITTEN = ("study.md", "study_example.csv", "images/study_example.svg")


def commands() -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
    return [shlex.split(line)[3:] for block in blocks for line in block.strip().splitlines()]


def pictures(folder: Path) -> None:
    """Write two composites with masks."""
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
        if words[:2] == ["export", "votes.csv"]:  # the guide exports after people have voted
            store = Store.open(f"sqlite:///{tmp_path / 'data' / 'harmonylab.db'}")
            worths = {"composite": -0.5, "mean_gain": 0.0, "mkl": 0.5}
            simulate_raters(store, "my-study", Preferences(worths), Raters(6, 20))
            store.close()
        assert main(words) == 0, words
    assert {"report.html", "rehearsal.html", "paper", "counts.csv"} <= {p.name for p in tmp_path.iterdir()}


def test_every_number_is_what_the_programs_print(tmp_path: Path) -> None:
    """The script of the guide writes the same votes, figure and numbers again."""
    shutil.copy(DOCS / "study.md", tmp_path)
    run_script("study_example", docs=tmp_path).check_returncode()
    for name in WRITTEN:
        assert (tmp_path / name).read_text(encoding="utf-8") == (DOCS / name).read_text(encoding="utf-8")


def test_intervals_of_the_example_contain_the_true_log_worths() -> None:
    report = report_of(data_of(read_frame(DOCS / "study_example.csv"), "study_example"))
    assert report.study.simulated and "simulated" in GUIDE
    stated = re.search(r"log-worths are\s+(.*?), and", GUIDE, re.DOTALL)
    assert stated and all(name in stated[1] for name in TRUTH)
    mean = np.mean(list(TRUTH.values()))
    for score in report.ranking.methods:
        assert score.low is not None and score.high is not None
        assert score.low < TRUTH[score.key] - mean < score.high
