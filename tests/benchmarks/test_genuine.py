"""Check the comparison of networks on genuine composites, several of which may share a photograph."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.accuracy import expert_pairs, genuine


def test_kinds_follow_from_file_names() -> None:
    images = {"a0002_1_4": [20.0, 30.0], "f55_1_1": [25.0, 26.0], "own": [1.0, 2.0]}
    assert genuine.with_kinds({"ihd": images}) == {
        "ihd": images,
        "ihd: HAdobe5k": {"a0002_1_4": [20.0, 30.0]},
        "ihd: HFlickr": {"f55_1_1": [25.0, 26.0]},
    }


def test_a_photograph_counts_once_for_the_interval() -> None:
    images = {"a1_1_light": [20.0, 30.0], "a1_2_light": [22.0, 34.0], "a2_1_light": [10.0, 11.0]}
    assert genuine.by_photograph(images).tolist() == [[21.0, 32.0], [10.0, 11.0]]


def test_gain_and_interval_compare_with_the_first_weights() -> None:
    images = {f"a{n}_1_light": [20.0, 30.0, 30.5] for n in range(3)}
    assert list(genuine.cells(images)) == ["20.00", "30.00", "30.50 (+0.50; +0.50 to +0.50)"]


@pytest.mark.parametrize("count", [0, 4])
def test_expert_pairs_give_composites_in_both_directions(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grey = np.full((341, 512, 3), 90, np.uint8)
    grey[60:250, 120:300] = (60, 60, 200)
    for kind, light in (("before", 0.5), ("after", 1.0)):
        (tmp_path / kind).mkdir()
        for stem in ("a4514", "a4742"):
            cv2.imwrite(str(tmp_path / kind / f"{stem}.jpg"), (light * grey).astype(np.uint8))
    monkeypatch.setattr(expert_pairs, "OBJECTS", {"a4514": (110, 50, 310, 260)})
    monkeypatch.setattr(expert_pairs, "PARTS", {"a4742": expert_pairs.PARTS["a4742"]})
    monkeypatch.setattr("sys.argv", ["expert_pairs", str(tmp_path), str(tmp_path / "out"), str(count)])
    expert_pairs.main()
    made = list(genuine.of_folder(tmp_path / "out", None))
    assert len({stem.split("_")[0] for stem, _, _ in made}) == 2
    assert (len(made) == 4) if count == 0 else (len(made) > 4)
    for stem, known, real in made:
        brighter = float(known.image.mean()) - float(real.mean())
        assert (brighter > 0) == stem.endswith("light")
        assert 0.005 < float(known.matte.mean()) < 0.99
