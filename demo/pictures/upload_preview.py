"""What is on the stage before anything is harmonized: the pictures as they were given."""

from dataclasses import dataclass

from demo.pictures.view_cache import ViewCache
from demo.pictures.workbench import PREVIEW_SIDE, Inputs, about, centre_of, preview, small_matte
from model import BadImage
from model.images.files import Picture, preview_jpeg, read_picture


@dataclass(frozen=True)
class Glance:
    """A picture as it was given, with small views of it.

    matte: "" while there is no mask. problem: why what was given with it does not fit, in words.
    """

    before: str
    matte: str
    width: int
    height: int
    about: str
    focus: float = 0.5
    problem: str = ""


def glance(inputs: Inputs, views: ViewCache) -> Glance | None:
    """The pictures given so far; None while there is none."""
    if not inputs.main.name:
        return None
    try:
        composite = inputs.read()
    except BadImage as error:
        problem = str(error) if inputs.whole else ""
        return _alone(inputs, read_picture(inputs.main), views, problem)
    before = views.put(preview(composite.image, composite), ".jpg")
    height, width = composite.matte.shape
    return Glance(
        before=before,
        matte=small_matte(composite.matte, before, views),
        width=width,
        height=height,
        about=about(inputs, composite.image, composite.metadata.icc),
        focus=centre_of(composite.matte),
    )


def _alone(inputs: Inputs, picture: Picture, views: ViewCache, problem: str) -> Glance:
    height, width = picture.pixels.shape[:2]
    view = views.put(preview_jpeg(picture.pixels, PREVIEW_SIDE, picture.metadata.icc), ".jpg")
    words = about(inputs, picture.pixels, picture.metadata.icc)
    return Glance(view, "", width, height, words, problem=problem)
