"""Define the tasks of the workbench; the first argument is what the setup of the lane returned."""

from dataclasses import dataclass, field
from pathlib import Path

from demo.pictures.method_runner import MethodRunner
from demo.pictures.scenes.answers import Answer, answer
from demo.pictures.scenes.file_facts import FileFacts, FileKind, inspect
from demo.pictures.scenes.handover import Handover, write_handover
from demo.pictures.scenes.scene import Scene
from demo.pictures.scenes.scene_exports import export_scene
from demo.pictures.scenes.scene_files import SceneFiles
from demo.pictures.scenes.scene_masks import MaskRequest, find_mask, split_mask
from demo.pictures.scenes.scene_views import BackgroundCount, Box, count_background, view_bytes
from demo.pictures.scenes.variants import Variant, variant
from demo.pictures.workbench import Workbench
from model import BadEdit, BadImage
from model.edit.looks import ImportedLook, read_look


@dataclass(frozen=True)
class SceneWorkbench(Workbench):
    """Hold the files of scenes besides what the older tasks need."""

    scenes: SceneFiles = field(kw_only=True)


@dataclass(frozen=True)
class SceneRunner(MethodRunner):
    """Hold the files of scenes besides what methods need."""

    scenes: SceneFiles


def read_file(workbench: SceneWorkbench, path: Path, kind: FileKind) -> FileFacts:
    """Return the facts of an uploaded file. Raises BadImage."""
    return inspect(path, kind, workbench.scenes)


def open_files(workbench: SceneWorkbench, files: tuple[tuple[Path, FileKind], ...]) -> list[FileFacts]:
    """Return the facts of several files. Raises BadImage."""
    return [inspect(path, kind, workbench.scenes) for path, kind in files]


def find_answer(workbench: SceneWorkbench, scene: Scene, name: str) -> Answer:
    """Return the network's edit for an object. Raises BadImage."""
    return answer(scene, name, workbench.scenes, workbench.harmonizer)


def draw_view(workbench: SceneWorkbench, scene: Scene, box: Box, width: int) -> bytes:
    """Return a part of the rendered picture as JPEG. Raises BadImage."""
    return view_bytes(scene, workbench.scenes, box, width)


def write_export(workbench: SceneWorkbench, scene: Scene, kind: str, name: str | None) -> tuple[str, str]:
    """Write a file for the download; see `export_scene`. Raises BadImage."""
    return export_scene(scene, kind, name, workbench.scenes)


def count_changes(workbench: SceneWorkbench, scene: Scene) -> BackgroundCount:
    """Count the pixels outside all objects that the scene changes. Raises BadImage."""
    return count_background(scene, workbench.scenes)


def make_mask(workbench: SceneWorkbench, request: MaskRequest, target: Path) -> FileFacts:
    """Write a mask and return its facts. Raises BadImage."""
    return find_mask(request, target, workbench.scenes)


def make_parts(workbench: SceneWorkbench, mask: Path, targets: tuple[Path, ...]) -> list[FileFacts]:
    """Write a mask for each part of a mask, and return their facts. Raises BadImage."""
    return split_mask(mask, targets, workbench.scenes)


def write_comparison(workbench: SceneWorkbench, scene: Scene, name: str, place: Handover) -> None:
    """Write the files that the page Compare opens. Raises BadImage."""
    write_handover(scene, name, place, workbench.scenes)


def open_look(_workbench: SceneWorkbench, name: str, data: bytes) -> ImportedLook:
    """Return the look in a file of another program. Raises BadImage."""
    try:
        return read_look(name, data)
    except BadEdit as error:
        raise BadImage(str(error)) from None


def find_variant(runner: SceneRunner, scene: Scene, name: str, method: str) -> Variant:
    """Return the result of a method on an object as an edit. Raises BadImage."""
    return variant(scene, name, runner.methods[method], runner.scenes, runner.stopped)
