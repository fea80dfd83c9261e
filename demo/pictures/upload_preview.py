"""Show the pictures of a visitor before anything is harmonized."""

from dataclasses import dataclass

from demo.pictures.picture_files import PictureFiles
from demo.pictures.workbench import Inputs, about, object_centre, preview, put_matte
from model import BadImage


@dataclass(frozen=True)
class UploadPreview:
    """Describe the pictures of a visitor with the names of their views.

    matte: "" while there is no mask. width, height: of the main file, in pixels. about: its format, depth and
    colour profile in words. focus: see `object_centre`. problem: why a file does not fit to the others, in
    words, "" where all fit.
    """

    before: str
    matte: str
    width: int
    height: int
    about: str
    focus: float = 0.5
    problem: str = ""


def upload_preview(inputs: Inputs, files: PictureFiles) -> UploadPreview | None:
    """Return the pictures that a visitor has given so far; None while there is none. Raises BadImage."""
    if not inputs.main.name:
        return None
    try:
        composite = inputs.read(files.decoded)
    except BadImage as error:
        return _main_file_alone(inputs, files, problem=str(error) if inputs.whole else "")
    height, width = composite.matte.shape
    return UploadPreview(
        before=files.views.put(preview(composite.image, composite), ".jpg"),
        matte=put_matte(composite.matte, files.views),
        width=width,
        height=height,
        about=about(inputs, composite.image, composite.metadata.icc),
        focus=object_centre(composite.matte),
    )


def _main_file_alone(inputs: Inputs, files: PictureFiles, problem: str) -> UploadPreview:
    picture, view = files.read(inputs.main), files.view(inputs.main)
    words = about(inputs, picture.pixels, picture.metadata.icc)
    return UploadPreview(view.name, "", view.width, view.height, words, problem=problem)
