"""Build the organizer's page: one widget that signs in, and lists, watches and changes studies."""

from demo.pages.layout import header
from demo.widgets import organizer


def organizer_page() -> None:
    """Build the page inside the current route; no events of Gradio: the widget calls /organizer/api."""
    header("organizer", "Organizer")
    organizer()
