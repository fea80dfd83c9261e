"""The study: one widget that shows consent, instructions, pairs and thanks, and asks the study API."""

from demo.pages.layout import header
from demo.widgets import widget


def study_page() -> None:
    """Build the page inside the current route. It has no events of Gradio: votes have a road of their own."""
    header("study", "Study")
    widget("study_stage", elem_id="study")
