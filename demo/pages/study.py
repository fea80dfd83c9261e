"""Build the study page: one widget that shows consent, instructions, trials and thanks."""

from demo.pages.layout import header
from demo.widgets import widget


def study_page() -> None:
    """Build the page inside the current route. It has no events of Gradio: the widget calls the study API."""
    header("study", "Study", links=False)  # participants stay with their task
    widget("study_stage", elem_id="study")
