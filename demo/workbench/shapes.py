"""Define the JSON of requests to the workbench."""

from typing import Annotated

from pydantic import Field

from demo.workbench.document import BoxShape, DocumentShape, FileId, ObjectId, Shape, Share

Point = tuple[Share, Share, bool]


class ObjectRequest(Shape):
    """Name an object of a document."""

    document: DocumentShape
    object: ObjectId


class VariantRequest(ObjectRequest):
    """Name a method besides."""

    method: Annotated[str, Field(max_length=100)]


class ViewRequest(Shape):
    """Name a part of the rendered picture, and the width at which it is wanted, in pixels."""

    document: DocumentShape
    box: BoxShape = (0.0, 0.0, 1.0, 1.0)
    width: Annotated[int, Field(ge=1, le=100_000)]


class ExportRequest(Shape):
    """Name a kind of file; object: the one that a file of one object is made of."""

    document: DocumentShape
    kind: Annotated[str, Field(max_length=20)]
    object: ObjectId | None = None


class DocumentRequest(Shape):
    """Hold a document alone."""

    document: DocumentShape


class MaskShape(Shape):
    """Describe a wanted mask; see `demo.pictures.scenes.scene_masks.MaskRequest`."""

    file: FileId
    box: BoxShape | None = None
    points: Annotated[tuple[Point, ...], Field(max_length=500)] = ()
    mask: FileId | None = None
    background: FileId | None = None
    refine: bool = False


class SplitRequest(Shape):
    """Name a mask whose parts are wanted."""

    mask: FileId
