"""Check that every planted fault in the results of other programs is reported, and nothing else."""

import json
import re
import unicodedata
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms
from skimage import data

from model.__main__ import main
from model.evaluation.precomputed import BadResults, open_results, read_sources
from model.evaluation.precomputed_check import check_results
from model.images.composite_folder import BadFolder, CompositeFolder
from model.images.files import Metadata, read_picture, write_picture

NAMES = ("coffee", "café au lait", "rocket")
ABOUT = {"rival": {"version": "2", "licence": "proprietary", "settings": {"strength": 80}, "lift": True}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write three composites to pictures/, and a faultless result for each to results/rival/."""
    matte = np.zeros((96, 128, 3), np.uint8)
    matte[20:70, 30:90] = 255
    for name, sample in zip(NAMES, ("coffee", "cat", "rocket"), strict=True):
        image = np.asarray(cv2.resize(getattr(data, sample)(), (128, 96), interpolation=cv2.INTER_AREA))
        darker = np.where(matte > 0, (image * 0.8).astype(np.uint8), image)
        files = {"pictures/composite": image, "pictures/mask": matte, "results/rival": darker}
        for part, pixels in files.items():
            (tmp_path / part).mkdir(parents=True, exist_ok=True)
            write_picture(tmp_path / part / f"{name}.png", pixels)
    write_description(tmp_path, ABOUT)
    return tmp_path


def write_description(folder: Path, about: object) -> None:
    (folder / "results" / "methods.json").write_text(json.dumps(about), encoding="utf-8")


def findings(folder: Path) -> list[str]:
    composites = CompositeFolder(folder / "pictures")
    return [str(finding) for finding in check_results(folder / "results", ["rival"], composites)]


def result(folder: Path, name: str = "coffee.png") -> Path:
    return folder / "results" / "rival" / name


def resized(path: Path, size: tuple[int, int]) -> None:
    small = cv2.resize(read_picture(path).pixels, size, interpolation=cv2.INTER_AREA)
    write_picture(path, small)


def test_faultless_results_raise_no_remark(folder: Path) -> None:
    assert findings(folder) == []


def test_results_are_read_by_name(folder: Path) -> None:
    composites = CompositeFolder(folder / "pictures")
    results = open_results(folder / "results", "rival")
    for name in NAMES:
        stored = read_picture(result(folder, f"{name}.png")).pixels
        assert np.array_equal(results.read(name, composites[name]), stored)
    with pytest.raises(BadResults, match="no result for tea"):
        results.read("tea", composites["coffee"])


def missing(folder: Path) -> None:
    result(folder).unlink()


def wrong_size(folder: Path) -> None:
    resized(result(folder), (130, 96))


def wrong_shape(folder: Path) -> None:
    resized(result(folder), (60, 90))


def cmyk(folder: Path) -> None:
    Image.new("CMYK", (128, 96)).save(result(folder, "coffee.jpg"))
    result(folder).unlink()


def grey(folder: Path) -> None:
    Image.new("L", (128, 96)).save(result(folder))


def palette(folder: Path) -> None:
    Image.open(result(folder)).quantize(16).save(result(folder))


def transparent(folder: Path) -> None:
    Image.new("RGBA", (128, 96), (9, 9, 9, 99)).save(result(folder))


def damaged(folder: Path) -> None:
    result(folder).write_bytes(result(folder).read_bytes()[:900])


def two_formats(folder: Path) -> None:
    write_picture(result(folder, "coffee.tif"), read_picture(result(folder)).pixels)


@pytest.mark.parametrize(
    ("plant", "expected"),
    [
        (missing, "error: rival/coffee: the result for this composite is missing."),
        (wrong_size, "error: rival/coffee.png: it is 130×96 pixels, but the composite is 128×96."),
        (wrong_shape, "error: rival/coffee.png: it is 60×90 pixels, but the composite is 128×96. It has"),
        (cmyk, "error: rival/coffee.jpg: it is CMYK. Please save it as RGB."),
        (grey, "error: rival/coffee.png: it is grey. Please save it as RGB."),
        (palette, "error: rival/coffee.png: it is a palette picture. Please save it as RGB."),
        (transparent, "error: rival/coffee.png: it has transparency. Please save it opaque."),
        (damaged, "error: rival/coffee.png: coffee.png is damaged or incomplete."),
        (two_formats, "error: rival/coffee.png: coffee.png and coffee.tif are both for coffee. Keep one."),
    ],
)  # fmt: skip
def test_errors_are_named(folder: Path, plant: object, expected: str) -> None:
    assert callable(plant)
    plant(folder)
    found = [line for line in findings(folder) if line.startswith("error")]
    assert len(found) == 1 and found[0].startswith(expected)


def background_changed(folder: Path) -> None:
    pixels = read_picture(result(folder)).pixels.copy()
    pixels[0, :5] ^= 32
    pixels[40, 60] ^= 32  # inside the mask, where a method may do what it likes
    write_picture(result(folder), pixels)


def extra(folder: Path) -> None:
    result(folder).rename(result(folder, "tea.png"))
    write_picture(result(folder), read_picture(result(folder, "tea.png")).pixels)


def another_spelling(folder: Path) -> None:
    result(folder, "café au lait.png").rename(result(folder, "Cafe_au lait.png"))


def stray_file(folder: Path) -> None:
    result(folder, "notes.txt").write_text("done")


def unchanged(folder: Path) -> None:
    result(folder).write_bytes((folder / "pictures" / "composite" / "coffee.png").read_bytes())


def other_colours(folder: Path) -> None:
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    wide = icc.replace("sRGB".encode("utf-16-be"), "Wide".encode("utf-16-be"))
    write_picture(result(folder), read_picture(result(folder)).pixels, metadata=Metadata(icc=wide))


def undescribed(folder: Path) -> None:
    write_description(folder, [{"name": "other"}])


@pytest.mark.parametrize(
    ("plant", "expected"),
    [
        (background_changed, "rival/coffee.png: it changes 5 pixels outside the mask, by up to 32 levels."),
        (extra, "rival/tea.png: no composite has this name."),
        (another_spelling, "rival/Cafe_au lait.png: no composite has this name. Should it be café au lait?"),
        (stray_file, "rival/notes.txt: it is not a picture, so it is not used."),
        (unchanged, "rival/coffee.png: it is the composite, unchanged."),
        (other_colours, "rival/coffee.png: its colours are Wide built-in, but will be shown as sRGB"),
        (undescribed, "methods.json: it does not describe rival: add its version, licence and url."),
    ],
)  # fmt: skip
def test_warnings_are_named(folder: Path, plant: object, expected: str) -> None:
    assert callable(plant)
    plant(folder)
    assert any(line.startswith(f"warning: {expected}") for line in findings(folder))


def test_results_of_an_earlier_release_are_found_by_the_new_name(folder: Path) -> None:
    (folder / "results" / "rival").rename(folder / "results" / "harmonizer")
    write_description(folder, {"harmonizer": ABOUT["rival"]})
    for name in ("harmonizer", "ke2022_harmonizer"):
        results = open_results(folder / "results", name)
        assert (results.source.name, results.source.version, len(results.files)) == (name, "2", 3)
        composites = CompositeFolder(folder / "pictures")
        assert check_results(folder / "results", [name], composites) == []


def test_names_of_other_systems_are_the_same_names(folder: Path) -> None:
    """Use a name as macOS stores it, with é as two characters."""
    apart = unicodedata.normalize("NFD", "café au lait.png")
    result(folder, "café au lait.png").rename(result(folder, apart))
    result(folder, ".DS_Store").write_bytes(b"")
    assert findings(folder) == []


def test_a_changed_background_is_set_back(folder: Path) -> None:
    background_changed(folder)
    composite = CompositeFolder(folder / "pictures")["coffee"]
    picture = open_results(folder / "results", "rival").read("coffee", composite)
    outside = composite.matte == 0
    assert np.array_equal(picture[outside], composite.image[outside])
    assert np.array_equal(picture[~outside], read_picture(result(folder)).pixels[~outside])


def test_compression_is_no_change_of_the_background(folder: Path) -> None:
    write_picture(result(folder, "coffee.jpg"), read_picture(result(folder)).pixels)
    result(folder).unlink()
    assert findings(folder) == []
    composite = CompositeFolder(folder / "pictures")["coffee"]
    picture = open_results(folder / "results", "rival").read("coffee", composite)
    assert np.array_equal(picture[composite.matte == 0], composite.image[composite.matte == 0])


@pytest.mark.parametrize("size", [(64, 48), (48, 48)])
def test_small_results_are_brought_to_full_size_where_allowed(folder: Path, size: tuple[int, int]) -> None:
    full = read_picture(result(folder)).pixels
    resized(result(folder), size)
    assert findings(folder) == []
    composite = CompositeFolder(folder / "pictures")["coffee"]
    picture = open_results(folder / "results", "rival").read("coffee", composite)
    assert np.abs(picture.astype(int) - full).mean() < 1.5
    write_description(folder, {"rival": {"licence": "MIT"}})
    assert findings(folder)[0].startswith("error: rival/coffee.png") and '"lift": true' in findings(folder)[0]
    with pytest.raises(BadResults, match="but the composite is 128×96"):
        open_results(folder / "results", "rival").read("coffee", composite)


def test_a_change_that_curves_and_shading_cannot_make_is_reported(folder: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    write_picture(result(folder), noise, metadata=Metadata())
    assert re.search(r"explain \d\d% of its change, so at full size it looks different", findings(folder)[0])


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ("{", "not valid JSON"),
        ("[1]", "should look like"),
        ('{"rival": 3}', "should be a table"),
        ('{"rival": {"lisence": "MIT"}}', "unknown fields: lisence"),
        ('{"rival": {"version": 3}}', "should be text"),
        ('{"rival": {"settings": []}}', "settings should be a table"),
        ('{"rival": {"resolution_limit": true}}', "number of pixels"),
        ('{"rival": {"lift": "yes"}}', "true or false"),
    ],
)
def test_a_methods_file_that_cannot_be_used(tmp_path: Path, about: str, message: str) -> None:
    (tmp_path / "methods.json").write_text(about)
    with pytest.raises(BadResults, match=message):
        read_sources(tmp_path)


def test_the_command_names_every_fault(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["results", str(folder / "results"), "--composites", str(folder / "pictures")]
    assert main(words) == 0
    assert capsys.readouterr().out == "3 composites, 1 methods: 0 errors, 0 warnings\n"
    missing(folder)
    stray_file(folder)
    assert main(words) == 2
    assert capsys.readouterr().out.endswith("1 methods: 1 errors, 1 warnings\n")


def test_a_folder_without_masks_is_refused(folder: Path) -> None:
    (folder / "pictures" / "mask" / "coffee.png").unlink()
    with pytest.raises(BadFolder, match="no mask for coffee"):
        CompositeFolder(folder / "pictures")
