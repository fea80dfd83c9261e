"""Test where uploaded files belong, by name alone."""

import pytest

from demo.study_builds.places import place_of, places_in


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("pictures/a.JPG", "composite/a.jpg"),
        ("pictures/a_mask.png", "mask/a.png"),
        ("pictures/holiday/masks/a.png", "mask/a.png"),
        ("pictures/my study/composite/b c.tif", "composite/b c.tif"),
        ("pictures/very/deep/folders/of/pictures/a.png", "composite/a.png"),
        ("pictures/set/results/rival/a.png", "results/rival/a.png"),
        ("pictures/set/gold/worse/a.png", "gold/worse/a.png"),
        ("pictures/set/results/methods.json", "results/methods.json"),
        ("results/rival 2/a.png", "results/rival 2/a.png"),
        ("results/all/rival/a.png", "results/rival/a.png"),
        ("results/methods.json", "results/methods.json"),
        ("results/a.png", None),
        ("gold/Better/a.png", "gold/better/a.png"),
        ("gold/reference/a.png", "gold/reference/a.png"),
        ("gold/mask/a.png", "gold/mask/a.png"),
        ("gold/a.png", None),
        ("practice/Better/a.png", "practice/better/a.png"),
        ("practice/a.png", None),
        ("pictures/set/practice/worse/a.png", "practice/worse/a.png"),
        ("reference/x/a.png", "reference/a.png"),
        ("inputs/prompts.csv", "prompts.csv"),
        ("pictures/notes.txt", None),
        ("pictures/.hidden/a.png", None),
        ("pictures/__MACOSX/a.png", None),
        ("pictures/../../a.png", "composite/a.png"),
        ("results/../../a.png", None),
        ("elsewhere/a.png", None),
        ("a.png", None),
    ],
)
def test_a_file_has_a_place_by_its_name(name: str, place: str | None) -> None:
    assert place_of(name) == place


def test_folders_around_everything_are_ignored() -> None:
    names = ["set/composite/a.png", "set/mask/a.png", "set/results/one/a.png", "__MACOSX/set/._a.png"]
    assert list(places_in("pictures", names).values()) == [
        "composite/a.png",
        "mask/a.png",
        "results/one/a.png",
    ]


def test_gold_pairs_keep_their_own_references() -> None:
    names = ["gold/better/a.png", "gold/worse/a.png", "gold/reference/a.png"]
    assert list(places_in("gold", names).values()) == names
    assert list(places_in("pictures", names).values()) == names


def test_a_folder_of_results_is_a_method() -> None:
    assert places_in("results", ["one/a.png", "one/b.png"]) == {
        "one/a.png": "results/one/a.png", "one/b.png": "results/one/b.png"
    }  # fmt: skip
    both = ["results/one/a.png", "results/two/a.png", "results/methods.json"]
    assert list(places_in("results", both).values()) == [
        "results/one/a.png", "results/two/a.png", "results/methods.json"
    ]  # fmt: skip
    assert list(places_in("results", ["out/one/a.png", "out/two/a.png"]).values()) == [
        "results/one/a.png", "results/two/a.png"
    ]  # fmt: skip
