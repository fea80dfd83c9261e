"""Define the tasks of the workbench; the first argument is what the setup of the lane returned."""

from pathlib import Path

from demo.pictures.scenes.answers import Answer, answer
from demo.pictures.scenes.file_facts import FileFacts, FileKind, inspect
from demo.pictures.scenes.handover import Handover, write_handover
from demo.pictures.scenes.scene import Scene
from demo.pictures.scenes.scene_exports import export_scene
from demo.pictures.scenes.scene_masks import MaskRequest, find_mask, split_mask
from demo.pictures.scenes.scene_views import BackgroundCount, Box, count_background, view_bytes
from demo.pictures.scenes.variants import Variant, variant
from demo.renders.contexts import CompareContext, EditContext
from model import BadEdit, BadImage
from model.edit.looks import ImportedLook, read_look


def read_file(context: EditContext, path: Path, kind: FileKind) -> FileFacts:
    """Return the facts of an uploaded file. Raises BadImage."""
    return inspect(path, kind, context.scenes)


def open_files(context: EditContext, files: tuple[tuple[Path, FileKind], ...]) -> list[FileFacts]:
    """Return the facts of several files. Raises BadImage."""
    return [inspect(path, kind, context.scenes) for path, kind in files]


def find_answer(context: EditContext, scene: Scene, name: str) -> Answer:
    """Return the network's edit for an object. Raises BadImage."""
    return answer(scene, name, context.scenes, context.harmonizer)


def draw_view(context: EditContext, scene: Scene, box: Box, width: int) -> bytes:
    """Return a part of the rendered picture as JPEG. Raises BadImage."""
    return view_bytes(scene, context.scenes, box, width)


def write_export(context: EditContext, scene: Scene, kind: str, name: str | None) -> tuple[str, str]:
    """Write a file for the download; see `export_scene`. Raises BadImage."""
    return export_scene(scene, kind, name, context.scenes)


def count_changes(context: EditContext, scene: Scene) -> BackgroundCount:
    """Count the pixels outside all objects that the scene changes. Raises BadImage."""
    return count_background(scene, context.scenes)


def make_mask(context: EditContext, request: MaskRequest, target: Path) -> FileFacts:
    """Write a mask and return its facts. Raises BadImage."""
    return find_mask(request, target, context.scenes)


def make_parts(context: EditContext, mask: Path, targets: tuple[Path, ...]) -> list[FileFacts]:
    """Write a mask for each part of a mask, and return their facts. Raises BadImage."""
    return split_mask(mask, targets, context.scenes)


def write_comparison(context: EditContext, scene: Scene, name: str, place: Handover) -> None:
    """Write the files that the page Compare opens. Raises BadImage."""
    write_handover(scene, name, place, context.scenes)


def open_look(_context: EditContext, name: str, data: bytes) -> ImportedLook:
    """Return the look in a file of another program. Raises BadImage."""
    try:
        return read_look(name, data)
    except BadEdit as error:
        raise BadImage(str(error)) from None


def find_variant(context: CompareContext, scene: Scene, name: str, method: str) -> Variant:
    """Return the result of a method on an object as an edit. Raises BadImage."""
    runner = context.runner
    return variant(scene, name, runner.methods[method], context.scenes, runner.stopped)
