"""Check study folders: planted faults are found, and a faultless study may go live."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from scipy import stats

from study.__main__ import main
from study.collect.preregistration import preregistration, to_json, to_markdown
from study.collect.stimuli import KnownPairs, StudySources, build_study
from study.collect.validate import check_study
from study.config.config import config_from_options
from study.records import BadStudy
from study.statistics.looks.confidence_sequence import best_mixture
from study.statistics.looks.interim_analyses import plan_interim_analyses
from tests.support.study_world import METHODS, plain_study

CONFIG = config_from_options(
    list(METHODS), {"slug": "s", "title": "A study", "question": "Which?", "seed": 3}, {"votes": 6}
)
LEVELS = {name: lambda x, i=i: x + np.uint8(10 * i) for i, name in enumerate(METHODS)}
CONFIG = CONFIG.model_copy(
    update={
        "consent": CONFIG.consent.model_copy(update={"contact": "lab@example.org"}),
        "participants": CONFIG.participants.model_copy(update={"target": 30, "maximum": 35}),
        "stopping": CONFIG.stopping.model_copy(update={"looks": [0.5, 1.0]}),
    }
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Build four methods that change the level of noise, on four items."""
    noise = np.random.default_rng(0).integers(0, 200, (40, 48, 48, 3), np.uint8)
    return build_study(
        tmp_path / "s", CONFIG, StudySources({f"scene{i}": noise[i] for i in range(4)}, LEVELS)
    )


def first(folder: Path) -> Path:
    manifest = json.loads((folder / "study.json").read_text())
    return folder / "stimuli" / str(manifest["items"][0]["stimuli"]["alpha"]["file"])


def tag(path: Path) -> None:
    exif = Image.Exif()
    exif[0x0131] = "alpha"  # the software
    with Image.open(path) as image:
        image.save(path, lossless=True, exif=exif)


def resize(path: Path) -> None:
    cv2.imwrite(str(path), np.zeros((20, 48, 3), np.uint8))


def lossy(path: Path) -> None:
    with Image.open(path) as image:
        image.save(path, "WEBP", quality=90)


def as_jpeg(path: Path) -> None:
    with Image.open(path) as image:
        image.convert("RGB").save(path, "JPEG")


def edit(folder: Path, change: Callable[[str], str]) -> None:
    path = folder / "study.json"
    path.write_text(change(path.read_text()))


def rename(folder: Path) -> None:
    old = first(folder)
    old.rename(old.with_name("alpha-1.png"))
    edit(folder, lambda text: text.replace(old.name, "alpha-1.png"))


def test_a_good_study_has_no_findings(folder: Path) -> None:
    assert check_study(folder) == []


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (lambda f: tag(first(f)), "holds metadata (EXIF)"),
        (lambda f: resize(first(f)), "is 48×20, others of the item are 48×48"),
        (lambda f: lossy(first(f)), "is lossy WebP RGB; all should be lossless WebP"),
        (lambda f: as_jpeg(first(f)), "is JPEG RGB; all should be lossless WebP"),
        (lambda f: first(f).write_bytes(b"no picture"), "cannot be opened"),
        (lambda f: first(f).write_bytes(first(f).read_bytes() + b"!"), "is not the picture that was built"),
        (rename, "its name reveals the method (alpha)"),
        (lambda f: edit(f, lambda t: t.replace('"seed": 3', '"seed": 4')), "The configuration in study.json"),
    ],
)
def test_faults_are_errors(folder: Path, plant: Callable[[Path], None], words: str) -> None:
    plant(folder)
    errors = [finding for finding in check_study(folder) if finding.level == "error"]
    assert any(words in str(error) for error in errors), errors


def test_a_missing_picture_stops_everything(folder: Path) -> None:
    first(folder).unlink()
    with pytest.raises(BadStudy, match="1 pictures of the study are missing"):
        check_study(folder)


def test_possible_faults_are_warnings(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (3, 48, 48, 3), np.uint8)
    methods = {"one": lambda x: x, "two": lambda x: x, "flat": lambda x: x * 0}
    config = config_from_options(list(methods), {"slug": "s", "title": "S"}, {"votes": 9})
    config = config.model_copy(update={"stimuli": config.stimuli.model_copy(update={"anchor": "composite"})})
    sources = StudySources({f"i{n}": noise[n] for n in range(3)}, methods)
    folder = build_study(tmp_path / "s", config, sources, freeze=False)
    (folder / "stimuli" / "notes.txt").write_text("?")
    findings = check_study(folder)
    assert {finding.level for finding in findings} == {"warning"}
    text = "\n".join(map(str, findings))
    same = "one and two made the same picture of i0"
    few = "gets 9 of only 9 pairs"
    for words in (same, few, "no configuration", "does not belong", "flat: its", "no method is the anchor"):
        assert words in text


def test_fewer_trials_than_configured_are_reported(tmp_path: Path) -> None:
    """Twelve votes allow three repeats; there is one gold pair, and six practice pairs."""
    grey = np.zeros((48, 48, 3), np.uint8)
    asked = {"votes": 13, "repeats": 4, "gold": 2, "practice": 7}
    config = CONFIG.model_copy(
        update={
            "trials": CONFIG.trials.model_copy(update=asked),
            "stimuli": CONFIG.stimuli.model_copy(update={"practice": ["p"], "gold": "g"}),
        }
    )
    sources = StudySources(
        {"a": grey, "b": grey, "p": grey}, LEVELS, gold=KnownPairs({"g": (grey, grey + 9)})
    )
    folder = build_study(tmp_path / "s", config, sources)
    told = "\n".join(map(str, check_study(folder)))
    for words in ("votes is 13, but", "gets 12", "repeats is 4", "gets 3", "gold is 2", "gets 1", "gets 6"):
        assert words in told


def test_the_command_accepts_a_good_study_and_refuses_another(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(folder)]) == 0
    assert capsys.readouterr().out == "s may go live.\n"
    tag(first(folder))
    assert main(["check", str(folder)]) == 2
    assert "should not go live" in capsys.readouterr().err
    assert main(["check", str(folder.parent)]) == 2


def test_the_preregistration_is_complete_and_deterministic(folder: Path, tmp_path: Path) -> None:
    made = [tmp_path / name for name in ("a.json", "b.json", "a.md")]
    assert main(["preregister", str(folder), "--json", str(made[0]), "--markdown", str(made[2])]) == 0
    assert main(["preregister", str(folder), "--json", str(made[1])]) == 0
    assert made[0].read_bytes() == made[1].read_bytes()
    registered, text = json.loads(made[0].read_text()), made[2].read_text()
    assert registered["config_sha256"] == CONFIG.sha256 and CONFIG.sha256 in text
    assert registered["design"]["planned_votes_per_pair"] == 30 * 6 / 6
    assert registered["design"]["detectable"]["difference"] is None  # four pictures are too few
    assert len(registered["stimuli_sha256"]) == 16
    assert [look["share"] for look in registered["looks"]] == [0.5, 1]
    alone = 2 * stats.norm.sf(stats.studentized_range.ppf(0.95, 4, np.inf) / np.sqrt(2))
    z = [look.critical for look in plan_interim_analyses([0.5, 1], alone)]
    t = [stats.t.isf(stats.norm.sf(limit), people - 1) for limit, people in zip(z, (15, 30), strict=True)]
    assert [look["critical"] for look in registered["looks"]] == pytest.approx(t, abs=1e-3)
    assert registered["any_look"]["mixture"] == pytest.approx(best_mixture(0.05 / 6, 30), abs=1e-4)
    assert 4 < registered["any_look"]["critical"] < 4.1
    for words in (
        "A study",
        "Which?",
        "mixture parameter g is 2.4688. With all participants its limit is 4.04 standard errors.",
        "any false difference is 5 %",
        "30 participants",
        "180 votes, 30 for each pair",
        "no difference is so large that 80 % of such studies find it",
        "Nobody.",
    ):
        assert words in text
    again = preregistration(folder)
    assert (to_json(again), to_markdown(again)) == (made[0].read_text(), text)


def test_what_people_and_pictures_can_show_is_registered(folder: Path) -> None:
    registered = preregistration(folder)
    registered["design"]["detectable"] |= {"difference": 0.5, "with_any_number_of_people": 0.2}
    text = to_markdown(registered)
    assert "a difference of 0.50 log-worth (62 % of decided votes) is the smallest that 80 %" in text
    assert "with any number of people, 0.20 log-worth (55 %" in text
    del registered["design"]["detectable"]  # a registration of an earlier release
    assert "like these" not in to_markdown(registered)


def test_adaptive_allocation_is_registered(folder: Path) -> None:
    registered = preregistration(folder)
    registered["config"]["allocation"] = {"rule": "adaptive", "pair_minimum": 25}
    text = to_markdown(registered)
    assert "at least 25 comparisons of every pair" in text and "balanced over composites and sides" in text


def test_without_a_configuration_nothing_can_be_registered(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (48, 48, 3), np.uint8)
    folder = plain_study(tmp_path / "s", {"a": noise}, {"one": lambda x: x, "two": lambda x: 255 - x})
    with pytest.raises(BadStudy, match="without --config"):
        preregistration(folder)
