"""Check which files belong together by their names."""

from pathlib import PurePosixPath as P

import pytest

from model.images.pairs import pair_files


def names(*paths: str) -> list[tuple[str, str | None]]:
    return [
        (pair.name, None if pair.mask is None else pair.mask.as_posix())
        for pair in pair_files(map(P, paths)).pairs
    ]


def test_folders_pair_equal_names_of_any_format() -> None:
    assert names("composite/b.jpg", "mask/a.png", "composite/a.HEIC", "mask/b.webp", "notes.txt") == [
        ("a", "mask/a.png"),
        ("b", "mask/b.webp"),
    ]


@pytest.mark.parametrize("end", ["_mask", "-mask", ".mask", " Mask", "_matte"])
def test_a_mask_can_be_named_after_its_picture(end: str) -> None:
    assert names("cat.jpg", f"cat{end}.png", "dog.jpg") == [("cat", f"cat{end}.png"), ("dog", None)]
    assert names("composite/cat.jpg", f"mask/cat{end}.png") == [("cat", f"mask/cat{end}.png")]


def test_folders_above_stay_in_the_name() -> None:
    assert names("one/composite/a.png", "one/mask/a.png", "two/a.png", "two/a_mask.png") == [
        ("one/a", "one/mask/a.png"),
        ("two/a", "two/a_mask.png"),
    ]


def test_a_picture_whose_own_name_ends_like_a_mask_is_found() -> None:
    assert names("composite/gas_mask.png", "mask/gas_mask.png") == [("gas_mask", "mask/gas_mask.png")]


def test_accents_are_equal_in_both_forms() -> None:
    assert names("composite/cafe\u0301.png", "mask/caf\u00e9.png")[0][1] == "mask/caf\u00e9.png"


def test_files_that_belong_to_none_are_named_with_the_reason() -> None:
    pairing = pair_files(map(P, ["a.png", "a.jpg", "a_mask.png", "a-mask.png", "b_mask.png", "b.txt"]))
    assert [pair.picture.name for pair in pairing.pairs] == ["a.jpg"]
    assert [(path.name, words) for path, words in pairing.left_over] == [
        ("a.png", "Another file has this name already."),
        ("a_mask.png", "Another file has this name already."),
        ("b_mask.png", "There is no picture for this mask."),
    ]


def test_hidden_files_are_not_considered() -> None:
    assert names(".a.png", "__MACOSX/a.png", "composite/._a.png", "../up/b.png") == [("../up/b", None)]
