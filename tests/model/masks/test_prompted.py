"""Check the network that finds objects: its prompts, and its weights on a picture of this repository."""

import numpy as np
import pytest
import torch

from demo.examples import EXAMPLES
from model.images.files import read_matte, read_picture
from model.images.resize import resize_to_fit
from model.masks.prompted import DECODER_WEIGHTS, shipped_network
from model.masks.prompts import Area, Click, extent
from model.network.harmonizer import DEFAULT_WEIGHTS, read_weights
from model.network.mask_prompts import PROMPT_SIDE, draw_prompts
from tests.model.masks.test_automatic import overlap


def test_prompts_are_drawn_where_they_are() -> None:
    box, keep, remove = draw_prompts((0.25, 0.5, 0.75, 1), [(0.5, 0.75, True), (0.1, 0.1, False)])
    quarter = PROMPT_SIDE // 4
    assert box[2 * quarter :, quarter : 3 * quarter].min() == 1
    assert box.sum() == pytest.approx(2 * quarter * 2 * quarter)
    assert keep[3 * quarter, 2 * quarter] == 1 and keep[0, 0] == 0
    assert remove[PROMPT_SIDE // 10, PROMPT_SIDE // 10] == 1 and remove[3 * quarter, 2 * quarter] == 0


def test_without_a_box_the_object_may_be_anywhere() -> None:
    box, keep, remove = draw_prompts(None, [])
    assert box.min() == 1 and not keep.any() and not remove.any()


def test_the_weights_find_the_object_of_an_example_by_a_box_a_click_and_nothing() -> None:
    """They fit the trunk of the harmonizer alone: with other weights of it, they would find nothing."""
    full = read_picture(EXAMPLES[0].composite).pixels
    picture = resize_to_fit(full, 640)
    true = resize_to_fit(read_matte(EXAMPLES[0].mask, full.shape[:2]), 640)
    area, whole = extent(true > 0.5), Area(0, 0, picture.shape[1], picture.shape[0])
    assert area
    rows, columns = np.nonzero(true > 0.5)
    click = Click(float(np.median(columns)), float(np.median(rows)))
    network = shipped_network()
    view = area.around(0.25, picture.shape)
    assert overlap(network(picture, view, area, []), true) > 0.85
    for clicks in ([click], []):
        assert overlap(network(picture, whole, None, clicks), true) > 0.7


def test_a_view_limits_what_is_found() -> None:
    picture = resize_to_fit(read_picture(EXAMPLES[0].composite).pixels, 320)
    view = Area(10, 20, 110, 150)
    found = shipped_network()(picture, view, None, [])
    assert found.shape == picture.shape[:2]
    found[view.part] = 0
    assert not found.any()


def test_the_trunk_is_that_of_the_decoder() -> None:
    shipped = shipped_network()._network.state_dict()
    decoder, trunk = read_weights(DECODER_WEIGHTS), read_weights(DEFAULT_WEIGHTS)
    own = {key: value for key, value in decoder.items() if key.startswith("encoder.")}
    assert own and not any(torch.equal(value, trunk[key]) for key, value in own.items())
    for key in (key for key in trunk if key.startswith("encoder.")):
        assert torch.equal(shipped[key], own.get(key, trunk[key])), key


def test_both_weights_files_are_small() -> None:
    assert DECODER_WEIGHTS.stat().st_size + DEFAULT_WEIGHTS.stat().st_size < 26_000_000
