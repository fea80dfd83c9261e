"""Test `python -m study` from a folder of pictures to scores, and its messages for mistakes."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from study.__main__ import main
from study.collect.enrolment import enrol
from study.database.store import Store
from study.records import Refused
from tests.support.study_world import person, shown, vote


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write two composites with masks, and use a temporary data folder."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    root = tmp_path / "pictures"
    for part in ("composite", "mask"):
        (root / part).mkdir(parents=True)
    for name in ("chelsea", "coffee"):
        picture = cv2.resize(getattr(data, name)(), (96, 64))
        mask = np.zeros((64, 96), np.uint8)
        mask[16:48, 30:60] = 255
        cv2.imwrite(str(root / "composite" / f"{name}.jpg"), picture[:, :, ::-1])
        cv2.imwrite(str(root / "mask" / f"{name}.png"), mask)
    return root


def build(pictures: Path, *extra: str, methods: str = "composite,mean_gain,mkl") -> int:
    out = str(pictures.parent / "my_study")
    words = ["build", "--composites", str(pictures), "--methods", methods, "--out", out, "--workers", "0"]
    return main([*words, *extra])


def build_open(pictures: Path, *extra: str) -> None:
    """Build a study and open it."""
    assert build(pictures, *extra) == 0
    assert main(["state", "active"]) == 0


def test_from_pictures_to_scores(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build_open(pictures, "--votes", "6")
    assert main(["simulate", "--participants", "20", "--votes", "6", "--seed", "1"]) == 0
    out = pictures.parent
    words = ["report", "--study", "my-study", "--json", str(out / "r.json"), "--markdown", str(out / "r.md")]
    assert main(words) == 0
    assert main(["export", str(out / "votes.csv")]) == 0
    capsys.readouterr()
    assert main(["fit", str(out / "votes.csv"), "--json"]) == 0
    fitted = json.loads(capsys.readouterr().out)
    reported = json.loads((out / "r.json").read_text())
    assert fitted["status"] == reported["status"] == "ok"
    assert reported["simulated"] and reported["votes"] == 120
    scores = {m["key"]: m["log_worth"] for m in reported["methods"]}
    assert scores["mkl"] > scores["mean_gain"] > scores["composite"]
    assert "simulated" in (out / "r.md").read_text().lower()


def test_a_study_of_precomputed_results(pictures: Path) -> None:
    results = pictures.parent / "results"
    (results / "rival").mkdir(parents=True)
    for picture in (pictures / "composite").iterdir():
        (results / "rival" / picture.name).write_bytes(picture.read_bytes())
    (results / "methods.json").write_text('{"rival": {"title": "A rival", "version": "7"}}')
    assert build(pictures, "--results", str(results), methods="composite,rival") == 0
    manifest = json.loads((pictures.parent / "my_study" / "study.json").read_text())
    assert [m["key"] for m in manifest["methods"]] == ["composite", "rival"]
    assert [m["title"] for m in manifest["methods"]] == ["No change", "A rival"]
    assert [m["source"].get("version") for m in manifest["methods"]] == [None, "7"]


def test_a_study_of_images_needs_no_masks(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = pictures.parent / "results"
    for method in ("one", "two"):
        (results / method).mkdir(parents=True)
        cv2.imwrite(str(results / method / "a.png"), np.full((40, 60, 3), len(method), np.uint8))
    config = pictures.parent / "study.toml"
    config.write_text(
        '[study]\nslug = "edits"\ntitle = "Edits"\n'
        '[stimuli]\nmethods = ["one", "two"]\nanchor = "one"\nkind = "images"\n[trials]\nvotes = 1\n'
    )
    words = ["build", "--config", str(config), "--out", str(pictures.parent / "edits")]
    assert main(words) == 2
    assert "--results DIR" in capsys.readouterr().err
    assert main([*words, "--results", str(results)]) == 0
    assert main(["check", str(pictures.parent / "edits")]) == 0


def test_results_are_found_by_the_earlier_name_of_their_method(pictures: Path) -> None:
    results = pictures.parent / "results"
    (results / "pih_official").mkdir(parents=True)
    for picture in (pictures / "composite").iterdir():
        (results / "pih_official" / picture.name).write_bytes(picture.read_bytes())
    (results / "methods.json").write_text('{"pih_official": {"title": "PIH", "version": "3"}}')
    assert build(pictures, "--results", str(results), methods="composite,wang2022_pih") == 0
    manifest = json.loads((pictures.parent / "my_study" / "study.json").read_text())
    assert [(m["key"], m["title"]) for m in manifest["methods"]][1] == ("wang2022_pih", "PIH")
    assert manifest["methods"][1]["source"]["version"] == "3"


def test_a_study_keeps_the_names_that_it_was_planned_with(pictures: Path) -> None:
    assert build(pictures, methods="composite,pih") == 0
    manifest = json.loads((pictures.parent / "my_study" / "study.json").read_text())
    assert [(m["key"], m["title"]) for m in manifest["methods"]][1] == ("pih", "HarmonyLab model")


def test_faults_of_precomputed_results_are_named_before_anything_is_built(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rival = pictures.parent / "results" / "rival"
    rival.mkdir(parents=True)
    cv2.imwrite(str(rival / "coffee.png"), np.zeros((64, 90, 3), np.uint8))
    assert build(pictures, "--results", str(rival.parent), methods="composite,rival") == 2
    printed = capsys.readouterr().err.splitlines()
    assert printed[0] == "error: rival/chelsea: the result for this composite is missing."
    assert printed[1].startswith("error: rival/coffee.png: it is 90×64 pixels, but the composite is 96×64.")
    assert printed[2] == "Nothing was built: 2 errors."
    assert not (pictures.parent / "my_study").exists()


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        ("composite,nonsense", "nonsense"),
        ("composite", "at least two methods"),
        ("mkl,mkl", "named twice"),
        ("pih,harmonylab", "pih and harmonylab are names of the same method"),
    ],
)
def test_bad_methods_are_refused(
    pictures: Path, capsys: pytest.CaptureFixture[str], methods: str, message: str
) -> None:
    assert build(pictures, methods=methods) == 2
    assert message in capsys.readouterr().err
    assert not (pictures.parent / "my_study").exists()


def test_a_missing_mask_and_a_broken_picture_are_named(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (pictures / "composite" / "coffee.jpg").write_text("not a picture")
    assert build(pictures) == 2
    assert "coffee.jpg" in capsys.readouterr().err
    (pictures / "mask" / "coffee.png").unlink()
    assert build(pictures) == 2
    assert "no mask for coffee" in capsys.readouterr().err


def test_a_study_is_paused_closed_and_opened_again(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A participant may answer the pair on the screen of a paused study, but gets no other."""
    build_open(pictures, "--votes", "6")
    store = Store.open(f"sqlite:///{pictures.parent / 'data' / 'harmonylab.db'}")
    token = enrol(store, "my-study")
    trial = shown(store, token)
    assert main(["state", "paused"]) == 0
    assert "my-study is paused: 1 enrolled, 0 completed" in capsys.readouterr().out
    assert vote(store, token, trial) == "counted"
    with pytest.raises(Refused, match="is paused"):
        shown(store, token)
    assert main(["simulate", "--participants", "1", "--votes", "1"]) == 2
    assert main(["state", "closed", "--study", "my-study"]) == 0
    with pytest.raises(Refused) as refused:
        enrol(store, "my-study")
    assert refused.value.code == "study_closed"
    assert main(["state", "active"]) == 0
    assert shown(store, token).number == 2
    store.close()


def test_each_version_can_be_reported_and_exported(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build_open(pictures, "--votes", "6")
    main(["simulate", "--participants", "3", "--votes", "6"])
    second = ["--out", str(pictures.parent / "second"), "--slug", "my-study", "--votes", "4"]
    assert build(pictures, *second) == 0
    assert main(["state", "active"]) == 2
    assert "Please add --version 1 or --version 2." in capsys.readouterr().err
    assert main(["state", "active", "--version", "2"]) == 0
    assert "Version 1 has 18 other votes: --study my-study --version 1" in capsys.readouterr().out
    votes = str(pictures.parent / "votes.csv")
    assert main(["export", votes]) == 0
    assert capsys.readouterr().out.startswith(f"0 rows in {votes}\nVersion 1 has 18 other votes")
    assert main(["export", votes, "--version", "1"]) == 0
    assert capsys.readouterr().out == f"18 rows in {votes}\n"
    assert main(["report", "--study", "my-study", "--version", "1"]) == 0
    assert "18 votes by 3 participants" in capsys.readouterr().out
    assert main(["list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "my-study version 1: active: 3 enrolled, 3 completed, 18 votes",
        "my-study version 2: active: 0 enrolled, 0 completed, 0 votes",
    ]


def test_a_report_is_adjusted_for_what_a_study_stored(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build_open(pictures, "--votes", "6")
    main(["simulate", "--participants", "12", "--votes", "6"])
    capsys.readouterr()
    assert main(["report", "--covariate", "rt_ms"]) == 0
    assert "## Scores adjusted for rt_ms" in capsys.readouterr().out
    assert main(["report", "--covariate", "size"]) == 2
    assert "The covariate 'size' is unknown" in capsys.readouterr().err


def test_one_of_several_studies_has_to_be_named(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build_open(pictures)
    assert build(pictures, "--out", str(pictures.parent / "b"), "--slug", "b") == 0
    assert main(["report"]) == 2
    assert "Please add --study with one of: b, my-study." in capsys.readouterr().err
    assert main(["default", "--study", "b"]) == 2
    assert main(["default", "--study", "my-study"]) == 0
    main(["list"])
    assert "my-study version 1: active, served at /study: 0 enrolled" in capsys.readouterr().out


def test_people_are_listed_rejected_and_set_aside(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build_open(pictures, "--votes", "6")
    main(["simulate", "--participants", "2", "--votes", "6"])
    capsys.readouterr()
    assert main(["people"]) == 0
    header, first, _ = capsys.readouterr().out.splitlines()
    code = first.split(",")[0]
    assert header.startswith("code,participant,state") and ",yes," in first
    assert main(["reject", code, "--reason", "too fast"]) == 0
    assert main(["report"]) == 0
    assert "6 votes by 1 participants" in capsys.readouterr().out
    assert main(["readmit", code]) == 0 and main(["readmit", code]) == 2
    assert f"{code} is complete, not rejected" in capsys.readouterr().err
    assert main(["pilot"]) == 0
    votes, table = str(pictures.parent / "v.csv"), str(pictures.parent / "people.csv")
    capsys.readouterr()
    assert main(["export", votes]) == 0 and main(["export", votes, "--pilot"]) == 0
    assert capsys.readouterr().out == f"0 rows in {votes}\n12 rows in {votes}\n"
    assert main(["people", table]) == 0
    assert capsys.readouterr().out == f"2 participants in {table}\n"
    assert main(["pilot", "--delete"]) == 0 and main(["erase-ids"]) == 0
    assert "2 people of the pilot of my-study are deleted" in capsys.readouterr().out


def test_a_draft_is_deleted_and_an_open_study_stays(
    pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build(pictures)
    assert main(["delete"]) == 0
    assert "my-study, version 1, is deleted; its folder stays" in capsys.readouterr().out
    assert (pictures.parent / "my_study" / "study.json").is_file()
    assert main(["list"]) == 0
    assert capsys.readouterr().out == "There is no study yet.\n"
    build_open(pictures, "--out", str(pictures.parent / "b"))
    assert main(["delete"]) == 2


def test_only_invited_ids_may_begin(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build_open(pictures, "--votes", "6")
    ids = pictures.parent / "ids.txt"
    ids.write_text("\ufeffp1\n\n p2 \n", encoding="utf-8")
    assert main(["invite", str(ids)]) == 0
    assert "2 new ids may begin in my-study" in capsys.readouterr().out
    store = Store.open(f"sqlite:///{pictures.parent / 'data' / 'harmonylab.db'}")
    assert enrol(store, "my-study", person("p2"))
    with pytest.raises(Refused, match="list"):
        enrol(store, "my-study", person("p3"))
    store.close()
    ids.write_bytes(b"\xff\xfe")
    assert main(["invite", str(ids)]) == 2
    assert "UTF-8" in capsys.readouterr().err
    assert main(["invite", "nowhere.txt"]) == 2


def test_votes_are_exported_and_imported(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build_open(pictures, "--votes", "6")
    main(["simulate", "--participants", "12", "--votes", "6"])
    arena, votes, page = (str(pictures.parent / name) for name in ("a.jsonl", "v.parquet", "r.html"))
    assert main(["export", arena, "--what", "arena"]) == 0
    assert main(["import", arena, votes]) == 0
    assert "72 votes on 3 methods" in capsys.readouterr().out
    assert main(["report", "--votes", votes, "--html", page]) == 0
    assert "72 votes by 12 participants" in capsys.readouterr().out
    assert "simulated" in Path(page).read_text(encoding="utf-8")
    assert main(["export", str(pictures.parent / "counts.xls"), "--what", "counts"]) == 2


@pytest.mark.parametrize(
    "words",
    [
        ["report"],
        ["report", "--votes", "no-such-file.csv"],
        ["import", "no-such-file.csv", "out.csv"],
        ["report", "--study", "unknown"],
        ["simulate", "--participants", "1", "--votes", "1"],
        ["export", "votes.csv"],
        ["fit", "no-such-file.csv"],
        ["report", "--database", "nonsense"],
        ["report", "--database", "mysql://localhost/x"],
    ],
)
@pytest.mark.usefixtures("pictures")
def test_mistakes_end_with_a_sentence(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    printed = capsys.readouterr()
    assert len(printed.err.strip().splitlines()) == 1 and "Traceback" not in printed.err


def test_a_report_without_votes_states_it(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build(pictures)
    assert main(["report"]) == 0
    assert "no votes" in capsys.readouterr().out.lower()


CONFIG = """
[study]
slug = "decided"
title = "A decided study"
[stimuli]
methods = ["composite", "mkl"]
items = ["chelsea"]
practice = ["coffee"]
gold = "gold"
[trials]
votes = 1
gold = 1
practice = 1
[participants]
maximum = 1
"""


def decided(pictures: Path, text: str = CONFIG) -> list[str]:
    """Write the configuration and a gold pair; return the arguments that build the study."""
    (pictures.parent / "study.toml").write_text(text)
    for side, level in (("better", 120), ("worse", 10)):
        (pictures.parent / "gold" / side).mkdir(parents=True)
        cv2.imwrite(str(pictures.parent / "gold" / side / "a.png"), np.full((40, 40, 3), level, np.uint8))
    config = str(pictures.parent / "study.toml")
    out = str(pictures.parent / "decided")
    return ["build", "--config", config, "--composites", str(pictures), "--out", out]


def test_a_study_is_built_as_it_was_decided(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(decided(pictures)) == 0
    assert capsys.readouterr().out.startswith("decided, version 1: a draft, closed to participants.")
    assert main(["check", str(pictures.parent / "decided")]) == 0
    assert main(["preregister", str(pictures.parent / "decided")]) == 0
    assert "A decided study" in capsys.readouterr().out
    assert main(["report"]) == 0


@pytest.mark.parametrize(
    ("change", "more", "message"),
    [
        (("", ""), ["--votes", "3"], "--votes is decided in study.toml"),
        (('"chelsea"', '"dog"'), [], "no composite called 'dog'"),
        (('gold = "gold"', 'gold = "silver"'), [], "silver should hold pictures of equal names"),
        (('"mkl"', '"magic"'), [], "magic"),
        (("votes = 1", "votes = []"), [], "line 11: trials.votes"),
    ],
)
def test_contradictions_of_the_file_are_refused(
    pictures: Path, capsys: pytest.CaptureFixture[str], change: tuple[str, str], more: list[str], message: str
) -> None:
    assert main([*decided(pictures, CONFIG.replace(*change)), *more]) == 2
    assert message in capsys.readouterr().err
    assert not (pictures.parent / "decided").exists()
