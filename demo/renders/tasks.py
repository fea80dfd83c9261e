"""Define the tasks of the render processes; the first argument is what the setup of the lane returned."""

from collections.abc import Mapping
from pathlib import Path
from threading import Event, Thread
from typing import Any

from demo.examples import EXAMPLES
from demo.pictures.inputs import Inputs
from demo.pictures.mask_painting import find_against_background, find_in_box, keep_painted, painter_value
from demo.pictures.method_runner import MethodResult, MethodRunner, OpenedComposite
from demo.pictures.picture_files import PictureFiles
from demo.pictures.picture_panel import Panel, drop_value, picked_panel, whole_panel
from demo.pictures.scenes.scene_files import SceneFiles
from demo.pictures.study_draft import add_picture
from demo.pictures.view_cache import ViewCache
from demo.renders.contexts import CompareContext, EditContext
from demo.zero_gpu import with_gpu
from model import Composite, load_harmonizer
from model.edit.render import warm_up
from model.images.decoded_files import DecodedFiles
from model.images.files import write_picture
from model.methods import available_methods


def set_up_edits(views: ViewCache, decoded_bytes: int, _stopped: Event) -> EditContext:
    """Load the network and the renderer, and use them once, so that the first visitor does not wait.

    decoded_bytes: how much memory decoded files may take between two tasks.
    """
    _use_one_thread()
    decoded = DecodedFiles(decoded_bytes)
    files = PictureFiles(views, decoded)
    context = EditContext(load_harmonizer(), files, SceneFiles(views, decoded))
    context.harmonizer(Composite.from_files(EXAMPLES[0].composite, EXAMPLES[0].mask).resize_to_fit(64))
    Thread(target=warm_up, name="warm-up", daemon=True).start()
    return context


def set_up_comparisons(
    views: ViewCache, decoded_bytes: int, megapixels: float, stopped: Event
) -> CompareContext:
    """Find the methods, and load the renderer in the background. The arguments: see MethodRunner."""
    _use_one_thread()
    Thread(target=warm_up, name="warm-up", daemon=True).start()
    decoded = DecodedFiles(decoded_bytes)
    files = PictureFiles(views, decoded)
    runner = MethodRunner(with_gpu(available_methods()), files, megapixels, stopped)
    return CompareContext(runner, SceneFiles(views, decoded))


def _use_one_thread() -> None:
    """Let PyTorch compute in one thread, the calling one, as OpenMP keeps the number for each thread."""
    import torch

    # The network is small: alone, a second thread saves little, and beside other work its threads wait for
    # each other at every layer, which takes ten times as long.
    torch.set_num_threads(1)


def harmonize_to_file(context: EditContext, inputs: Inputs) -> Path:
    """Harmonize and write the result at full size as PNG. Raises BadImage."""
    composite = inputs.read(context.files.decoded)
    path = context.files.views.new_path(".png")
    result = context.harmonizer(composite).image
    write_picture(path, result, alpha=composite.alpha, metadata=composite.metadata)
    return path


def pick(context: EditContext, chosen: Inputs, slot: str, path: str) -> Panel:
    """Return the panel after a file was picked for one of its fields. Raises BadImage."""
    return picked_panel(chosen, slot, path, context.files)


def show_panel(context: EditContext, inputs: Inputs) -> Panel:
    """Return the panel with all its fields set to these pictures. Raises BadImage."""
    return whole_panel(inputs, context.files)


def find_box(context: EditContext, inputs: Inputs, sides: Mapping[str, Any]) -> dict[str, Any]:
    """Find the object in a box and return the value of the painter. Raises BadImage."""
    return painter_value(inputs, context.files) | find_in_box(inputs, context.files, sides)


def find_difference(context: EditContext, inputs: Inputs) -> dict[str, Any]:
    """Find the object against the clean background and return the value of the painter. Raises BadImage."""
    return painter_value(inputs, context.files) | find_against_background(inputs, context.files)


def keep_mask(context: EditContext, inputs: Inputs, painted: str) -> Panel:
    """Use a painted mask as the mask, and return the panel. Raises BadImage."""
    kept = keep_painted(inputs, context.files, painted)
    return Panel(kept, painter_value(kept, context.files), {"mask": drop_value(kept.mask, context.files)})


def add_to_draft(_context: EditContext, folder: Path, inputs: Inputs, results: Mapping[str, Path]) -> str:
    """Add a compared picture to the draft study and return its name there. Raises BadImage."""
    return add_picture(folder, inputs, results)


def open_comparison(context: CompareContext, inputs: Inputs) -> OpenedComposite:
    """Read the composite that methods are compared on. Raises BadImage."""
    return context.runner.open(inputs)


def run_method(context: CompareContext, inputs: Inputs, name: str) -> MethodResult:
    """Run one method. Raises BadImage."""
    return context.runner.run(inputs, name)
