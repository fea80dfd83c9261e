"""Build the first page: the workbench, and the function `/harmonize` for programs."""

import gradio as gr

from demo.pages.layout import header, panel
from demo.pages.uploads import example_items
from demo.pages.waiting import MESSAGE_ERRORS, visitor
from demo.pictures.inputs import Inputs
from demo.renders import tasks
from demo.renders.service import Renders
from demo.widgets import workbench
from model.edit.looks import LOOK_SUFFIXES
from model.images.formats import ACCEPT

LEAD = (
    "<h1>Make a pasted object belong.</h1> <p>Its colours and its light are matched to the photograph; "
    "everything else stays as it was, at full size.</p>"
)


def harmonize_page() -> None:
    """Build the page inside the current route; the workbench has an API and no events of Gradio."""
    header("", "Harmonize")
    panel(LEAD, elem_classes="lead")
    kinds = {"pictures": ACCEPT, "all": ",".join([ACCEPT, ".zip", *LOOK_SUFFIXES])}
    workbench({"examples": example_items(), "accept": kinds})


def harmonize_api(renders: Renders) -> None:
    """Add the function `/harmonize` for programs: a picture and its mask → the full-size result."""

    async def harmonize(image: str, mask: str, request: gr.Request) -> str:
        """Harmonize a picture with a pasted object; the mask is white where the object is."""
        inputs = Inputs(composite=image or "", mask=mask or "")
        try:
            with await renders.with_inputs(visitor(request), tasks.harmonize_to_file, inputs) as queued:
                await queued.done()
                return str(queued.result())
        except MESSAGE_ERRORS as error:
            raise gr.Error(str(error), print_exception=False) from error

    image, mask, result = (
        gr.Image(type="filepath", image_mode=None, visible=False, label=name, format="png")
        for name in ("image", "mask", "result")
    )
    gr.Button(visible=False).click(
        harmonize,
        [image, mask],
        result,
        api_name="harmonize",
        concurrency_id="render",
        concurrency_limit=None,
    )
