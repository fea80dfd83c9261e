"""Run a method on a small copy of a scene, and turn its result into an edit."""

from dataclasses import dataclass
from threading import Event

from demo.pictures.method_runner import outcome_of
from demo.pictures.scenes.answers import object_composite
from demo.pictures.scenes.scene import Scene
from demo.pictures.scenes.scene_files import SceneFiles
from model import BadImage, Edit
from model.edit.fit import MAX_SIDE, fit_edit
from model.methods import Method


@dataclass(frozen=True, eq=False)
class Variant:
    """Hold an edit, and the root mean square of what it cannot reproduce of a result, in levels of 255."""

    edit: Edit
    left: float


def variant(scene: Scene, name: str, method: Method, files: SceneFiles, stopped: Event) -> Variant:
    """Return the result of a method on one object as an edit; it ends early when `stopped` is set.

    Raises BadImage, also where the method cannot be used.
    """
    if method.reason:
        raise BadImage(method.reason)
    composite = object_composite(scene, name, files).resize_to_fit(MAX_SIDE)
    if method.predict is not None:
        return Variant(method.predict(composite), 0.0)
    outcome = outcome_of(method, composite, stopped)
    if outcome.picture is None:
        raise BadImage(outcome.error)
    fit = fit_edit(composite.image, outcome.picture, composite.matte)
    return Variant(fit.edit, fit.residual)
