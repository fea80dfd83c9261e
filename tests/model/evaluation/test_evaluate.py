"""Check the metrics against their published definitions, and the evaluation of a folder."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from model.__main__ import main
from model.bulk.run import Engine
from model.evaluation.contact_sheet import CAPTION, GAP, HEIGHT, WIDEST, error_picture
from model.evaluation.evaluate import Evaluation, evaluate, list_items, load_item
from model.evaluation.metrics import measure, pasted_ssim
from model.evaluation.score_table import interval
from model.images.composite_folder import BadFolder
from model.images.files import BadImage, read_picture, write_picture
from model.methods import get_method

NOTHING = get_method("composite")


def triple(
    seed: int = 0, height: int = 40, width: int = 50
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.float32]]:
    """Return a composite, the real photograph, and the matte of the object."""
    rng = np.random.default_rng(seed)
    real = rng.integers(20, 230, (height, width, 3), np.uint8)
    matte = np.zeros((height, width), np.float32)
    matte[rng.integers(0, height - 8) :, rng.integers(0, width - 8) :][:20, :20] = 1
    return np.where(matte[..., None] > 0, real + np.uint8(10), real), real, matte


def write_folder(folder: Path, count: int = 2) -> Path:
    for number in range(count):
        composite, real, matte = triple(number)
        files = {"composite": composite, "real": real, "mask": np.dstack([matte.astype(np.uint8) * 255] * 3)}
        for (kind, pixels), suffix in zip(files.items(), (".tif", ".png", ".png"), strict=True):
            (folder / kind).mkdir(exist_ok=True)
            write_picture(folder / kind / f"p{number}{suffix}", pixels)
    return folder


def test_a_worked_example() -> None:
    """Check 2500 of 100×100 pixels with an error of 10: MSE 10²/4, fMSE 10², PSNR 10·log10(255²/25)."""
    real = np.full((100, 100, 3), 100, np.uint8)
    matte = np.zeros((100, 100), np.float32)
    matte[:50, :50] = 1
    scores = measure(real + np.uint8(10), real, matte)
    assert (scores["MSE"], scores["fMSE"]) == (25, 100)
    assert scores["PSNR"] == pytest.approx(34.1514, abs=1e-4)


def test_differences_outside_the_mask_do_not_count() -> None:
    composite, real, matte = triple()
    noisy = np.where(matte[..., None] > 0, composite, composite ^ np.uint8(1))
    assert measure(noisy, real, matte) == measure(composite, real, matte)


def test_equal_pictures() -> None:
    _, real, matte = triple()
    assert measure(real, real, matte) == {
        "MSE": 0,
        "PSNR": pytest.approx(108.13, abs=0.01),
        "fMSE": 0,
        "SSIM": 1,
    }


@given(st.integers(0, 2**32), st.integers(16, 70), st.integers(16, 70))
@settings(max_examples=40, deadline=None)
def test_ssim_round_the_mask_equals_ssim_of_the_whole(seed: int, height: int, width: int) -> None:
    composite, real, matte = triple(seed, height, width)
    plain = structural_similarity(
        composite,
        real,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=255,
        channel_axis=2,
    )
    assert pasted_ssim(composite, real, matte > 0.5) == pytest.approx(plain, abs=1e-6)


def test_evaluate_a_folder(tmp_path: Path) -> None:
    lines: list[str] = []
    evaluation = evaluate(write_folder(tmp_path), [NOTHING, get_method("mean_gain")], report=lines.append)
    assert [line.split(",")[0] for line in lines] == ["1/2 p0", "2/2 p1"]
    assert lines[0].endswith(" left") and lines[1] == "2/2 p1"
    assert list(evaluation.scores) == ["composite", "mean_gain"]
    assert evaluation.scores["composite"]["p1"]["fMSE"] == 100
    assert not evaluation.published


def test_json_has_means_medians_and_every_picture(tmp_path: Path) -> None:
    content = json.loads(evaluate(write_folder(tmp_path, 3), [NOTHING]).to_json())
    method = content["methods"]["composite"]
    values = [method["images"][stem]["MSE"] for stem in ("p0", "p1", "p2")]
    assert method["mean"]["MSE"] == pytest.approx(np.mean(values))
    assert method["median"]["MSE"] == np.median(values)
    assert list(method["mean"]) == ["MSE", "PSNR", "fMSE", "SSIM"]
    assert (content["size"], "published" in content) == (None, False)


def test_size_resizes_all_three(tmp_path: Path) -> None:
    item = list_items(write_folder(tmp_path))[0]
    composite, real = load_item(item, 32)
    assert composite.image.shape == real.shape == (32, 32, 3)
    assert composite.matte.shape == (32, 32)


def published(folder: Path, header: str = "image,method,MSE,PSNR,fMSE") -> Path:
    rows = ["p0,Peer,1,40,4", "p1,Peer,3,38,8", "p1,Other,2,39,6", "elsewhere,Other,2,39,6"]
    (folder / "published_peers.csv").write_text("\n".join([header, *rows]))
    return folder


def test_published_results_are_compared_on_the_pictures_they_share(tmp_path: Path) -> None:
    evaluation = evaluate(published(write_folder(tmp_path)), [NOTHING])
    matched = evaluation.matched()
    assert {name: list(images) for name, images in matched.items()} == {
        "Peer": ["p1"],
        "Other": ["p1"],
        "composite (here)": ["p1"],
    }
    assert json.loads(evaluation.to_json())["published"]["Peer"]["mean"] == {"MSE": 3, "PSNR": 38, "fMSE": 8}


def test_published_results_are_for_full_resolution(tmp_path: Path) -> None:
    assert not evaluate(published(write_folder(tmp_path)), [NOTHING], size=32).published


def test_a_published_file_with_other_columns(tmp_path: Path) -> None:
    with pytest.raises(BadFolder, match="should have the columns"):
        evaluate(published(write_folder(tmp_path), "picture,method,a,b,c"), [NOTHING])


def test_text_tables() -> None:
    scores = {"MSE": 12.345, "PSNR": 33.333, "fMSE": 100.0, "SSIM": 0.98765}
    peer = {"MSE": 1.0, "PSNR": 40.0, "fMSE": 4.0}
    text = Evaluation({"composite": {"a": scores}}, {"Peer": {"a": peer}}, None).to_text()
    assert "Pictures: 1, at full resolution" in text
    assert text.split("composite ")[1].split()[:4] == ["12.3", "33.33", "100.0", "0.9877"]
    assert text.split("Peer")[1].split()[:4] == ["1.0", "40.00", "4.0", "-"]


@pytest.mark.parametrize("kind", ["composite", "mask", "real"])
def test_missing_folders_and_pictures_are_named(tmp_path: Path, kind: str) -> None:
    write_folder(tmp_path)
    for path in sorted((tmp_path / kind).iterdir()):
        path.unlink()
    with pytest.raises(BadFolder, match=kind):
        list_items(tmp_path)
    (tmp_path / kind).rmdir()
    with pytest.raises(BadFolder, match=f"There is no folder .*/{kind}"):
        list_items(tmp_path)


def test_a_real_photograph_of_another_size(tmp_path: Path) -> None:
    item = list_items(write_folder(tmp_path))[0]
    write_picture(item.real, triple(0, 60, 60)[1])
    with pytest.raises(BadImage, match=r"p0\.png has another size"):
        load_item(item)


def test_a_size_too_small(tmp_path: Path) -> None:
    with pytest.raises(BadFolder, match="at least 16"):
        evaluate(write_folder(tmp_path), [NOTHING], size=4)


def test_doing_nothing_scores_as_published(shared_data: Path) -> None:
    """Compare scores image by image, on small images of the benchmark."""
    folder = shared_data / "eval" / "ihd"
    with (folder / "published_peers.csv").open(newline="") as file:
        rows = {row["image"]: row for row in csv.DictReader(file) if row["method"] == "composite"}
    for item in list_items(folder):
        if item.stem in rows and item.composite.stat().st_size < 400_000:
            composite, real = load_item(item)
            scores = measure(composite.image, real, composite.matte)
            assert scores["MSE"] == pytest.approx(float(rows[item.stem]["MSE"]), abs=2e-4)
            assert scores["PSNR"] == pytest.approx(float(rows[item.stem]["PSNR"]), abs=2e-4)
            assert scores["fMSE"] == pytest.approx(float(rows[item.stem]["fMSE"]), abs=5e-4)


def test_the_interval_of_a_mean_is_that_of_the_bootstrap() -> None:
    """Check mean ± 1.96 standard errors for many values, and the value itself for one."""
    values = np.random.default_rng(1).normal(30, 4, 400)
    low, high = interval(values.tolist())
    half = 1.96 * values.std() / 20
    assert low == pytest.approx(values.mean() - half, abs=0.03)
    assert high == pytest.approx(values.mean() + half, abs=0.03)
    assert interval([7.0]) == (7.0, 7.0)


def test_the_sheet_shows_composite_result_truth_and_error(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    folder = write_folder(tmp_path)
    words = ["evaluate", str(folder), "--methods", "composite", "--workers", "0"]
    assert main([*words, "--sheet", str(sheet)]) == 0
    picture = read_picture(sheet).pixels
    composite, real, _ = triple(0)
    assert picture.shape == (CAPTION + 2 * (HEIGHT + GAP), 4 * (WIDEST + GAP), 3)
    cells = [picture[CAPTION + 2, 2 + column * (WIDEST + GAP)] for column in range(4)]
    assert np.abs(cells[0].astype(int) - composite[0, 0]).max() < 25
    assert np.abs(cells[2].astype(int) - real[0, 0]).max() < 25


def test_several_processes_measure_the_same(tmp_path: Path) -> None:
    words = ["evaluate", str(write_folder(tmp_path, 3)), "--methods", "mkl,harmonylab"]
    for workers in ("0", "2"):
        files = ["--json", str(tmp_path / f"{workers}.json"), "--sheet", str(tmp_path / f"{workers}.png")]
        assert main([*words, "--workers", workers, *files]) == 0
    for suffix in ("json", "png"):
        one, two = ((tmp_path / f"{workers}.{suffix}").read_bytes() for workers in ("0", "2"))
        assert one == two


def test_a_picture_that_cannot_be_used_ends_the_evaluation(tmp_path: Path) -> None:
    folder = write_folder(tmp_path)
    (folder / "mask/p1.png").write_text("no picture")
    with pytest.raises(BadImage, match="p1.png is not a picture"):
        evaluate(folder, [NOTHING], engine=Engine(workers=2))


def test_errors_are_amplified() -> None:
    real = np.full((4, 4, 3), 100, np.uint8)
    assert (error_picture(real + np.uint8(10), real) == 40).all()
    assert (error_picture(real + np.uint8(90), real) == 255).all()
