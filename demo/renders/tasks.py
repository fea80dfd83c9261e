"""Define the tasks of the render processes; the first argument is what the setup of the lane returned."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

from demo.examples import EXAMPLES
from demo.pictures.edit_drawings import curves_svg, light_html, light_map
from demo.pictures.mask_painting import find_against_background, find_in_box, keep_painted, painter_value
from demo.pictures.method_runner import MethodResult, MethodRunner, OpenedComposite
from demo.pictures.picture_files import PictureFiles
from demo.pictures.picture_panel import Panel, drop_value, picked_panel, whole_panel
from demo.pictures.scenes.scene_files import SceneFiles
from demo.pictures.study_draft import add_picture
from demo.pictures.upload_preview import UploadPreview, upload_preview
from demo.pictures.view_cache import ViewCache, url_of
from demo.pictures.workbench import Inputs, Job, Strength, Workbench
from demo.renders.scene_tasks import SceneRunner, SceneWorkbench
from model import Composite, load_harmonizer
from model.edit.render import warm_up
from model.images.decoded_files import DecodedFiles
from model.methods import available_methods


@dataclass(frozen=True)
class StrengthView:
    """Describe a harmonized picture at one strength: the name of its view, and its edit drawn as markup."""

    job: Job
    after: str
    curves: str
    light: str

    @property
    def views(self) -> tuple[str, ...]:
        """Return the names of all views, without those of the panel."""
        light = re.findall(r"/view/([0-9a-f.a-z]+)", self.light)
        return (*self.job.views, self.after, *light)


@dataclass(frozen=True)
class OpenedExample:
    """Hold an example: the values of the panel of inputs, and its result."""

    panel: Panel
    result: StrengthView

    @property
    def views(self) -> tuple[str, ...]:
        """Return the names of all views."""
        return (*self.panel.views, *self.result.views)


def set_up_edits(views: ViewCache, decoded_bytes: int, _stopped: Event) -> SceneWorkbench:
    """Load the network and the renderer, and use them once, so that the first visitor does not wait.

    decoded_bytes: how much memory decoded files may take between two tasks.
    """
    decoded = DecodedFiles(decoded_bytes)
    files = PictureFiles(views, decoded)
    workbench = SceneWorkbench(load_harmonizer(), files, scenes=SceneFiles(views, decoded))
    workbench.harmonizer(Composite.from_files(EXAMPLES[0].composite, EXAMPLES[0].mask).resize_to_fit(64))
    Thread(target=warm_up, name="warm-up", daemon=True).start()
    return workbench


def set_up_comparisons(
    views: ViewCache, decoded_bytes: int, megapixels: float, stopped: Event
) -> SceneRunner:
    """Find the methods, and load the renderer in the background. The arguments: see MethodRunner."""
    Thread(target=warm_up, name="warm-up", daemon=True).start()
    decoded = DecodedFiles(decoded_bytes)
    files = PictureFiles(views, decoded)
    return SceneRunner(available_methods(), files, megapixels, stopped, SceneFiles(views, decoded))


def open_example(workbench: Workbench, inputs: Inputs) -> OpenedExample:
    """Harmonize an example, once for all visitors, and return the values of the panel, too."""
    panel = whole_panel(inputs, workbench.files)
    return OpenedExample(panel, _full_strength(workbench, workbench.harmonize_once(inputs)))


def harmonize(workbench: Workbench, inputs: Inputs) -> StrengthView:
    """Harmonize the pictures of a visitor. Raises BadImage."""
    return _full_strength(workbench, workbench.harmonize(inputs))


def adjust(workbench: Workbench, job: Job, strength: Strength) -> StrengthView:
    """Show the result at another strength. Raises KeyError where its views were deleted."""
    return StrengthView(job, workbench.adjust(job, strength), *_edit_drawings(workbench, job, strength))


def export(workbench: Workbench, job: Job, strength: Strength, kind: str) -> tuple[str, str]:
    """Write a file for the download; see `Workbench.export`. Raises BadImage."""
    return workbench.export(job, strength, kind)


def harmonize_to_file(workbench: Workbench, inputs: Inputs) -> Path:
    """Harmonize and write the result at full size as PNG. Raises BadImage."""
    return workbench.views.find(workbench.export(workbench.harmonize(inputs), Strength(), "png")[0])


def preview_upload(workbench: Workbench, inputs: Inputs) -> UploadPreview | None:
    """Return the pictures of a visitor as they are before anything is harmonized. Raises BadImage."""
    return upload_preview(inputs, workbench.files)


def pick(workbench: Workbench, chosen: Inputs, slot: str, path: str) -> Panel:
    """Return the panel after a file was picked for one of its fields. Raises BadImage."""
    return picked_panel(chosen, slot, path, workbench.files)


def find_box(workbench: Workbench, inputs: Inputs, sides: Mapping[str, Any]) -> dict[str, Any]:
    """Find the object in a box and return the value of the painter. Raises BadImage."""
    return painter_value(inputs, workbench.files) | find_in_box(inputs, workbench.files, sides)


def find_difference(workbench: Workbench, inputs: Inputs) -> dict[str, Any]:
    """Find the object against the clean background and return the value of the painter. Raises BadImage."""
    return painter_value(inputs, workbench.files) | find_against_background(inputs, workbench.files)


def keep_mask(workbench: Workbench, inputs: Inputs, painted: str) -> Panel:
    """Use a painted mask as the mask, and return the panel. Raises BadImage."""
    kept = keep_painted(inputs, workbench.files, painted)
    return Panel(kept, painter_value(kept, workbench.files), {"mask": drop_value(kept.mask, workbench.files)})


def add_to_draft(_workbench: Workbench, folder: Path, inputs: Inputs, results: Mapping[str, Path]) -> str:
    """Add a compared picture to the draft study and return its name there. Raises BadImage."""
    return add_picture(folder, inputs, results)


def open_comparison(runner: MethodRunner, inputs: Inputs) -> OpenedComposite:
    """Read the composite that methods are compared on. Raises BadImage."""
    return runner.open(inputs)


def run_method(runner: MethodRunner, inputs: Inputs, name: str) -> MethodResult:
    """Run one method. Raises BadImage."""
    return runner.run(inputs, name)


def _full_strength(workbench: Workbench, job: Job) -> StrengthView:
    return StrengthView(job, job.after, *_edit_drawings(workbench, job, Strength()))


def _edit_drawings(workbench: Workbench, job: Job, strength: Strength) -> tuple[str, str]:
    edit = strength.of(job.edit)
    light = workbench.views.put(light_map(workbench.small_composite(job), edit), ".jpg")
    return curves_svg(edit), light_html(url_of(light), edit)
