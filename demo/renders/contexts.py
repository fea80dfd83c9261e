"""Hold what the tasks of each lane work with: the first argument of every task."""

from dataclasses import dataclass

from demo.pictures.method_runner import MethodRunner
from demo.pictures.picture_files import PictureFiles
from demo.pictures.scenes.scene_files import SceneFiles
from model import Harmonizer


@dataclass(frozen=True)
class EditContext:
    """Hold the network, and what reads the files of visitors; both readers share what they decoded."""

    harmonizer: Harmonizer
    files: PictureFiles
    scenes: SceneFiles


@dataclass(frozen=True)
class CompareContext:
    """Hold what runs methods, and what reads the files of scenes."""

    runner: MethodRunner
    scenes: SceneFiles
