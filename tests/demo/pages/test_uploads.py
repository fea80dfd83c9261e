"""Test the panel of inputs without a browser."""

import gradio as gr

from demo.pages.uploads import choose_pair
from demo.pictures.inputs import Inputs


def test_a_tab_that_is_selected_already_changes_nothing() -> None:
    given = Inputs(composite="a.png", mask="b.png")
    assert choose_pair(given, pasted=False) == gr.skip()
    assert choose_pair(given, pasted=True) == Inputs(composite="a.png", mask="b.png", pasted=True)
