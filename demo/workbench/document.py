"""Read the document of the workbench: JSON that a browser sent, checked, to a scene of files."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from demo.pictures.scenes.scene import Reference, Scene, SceneObject
from demo.workbench.faults import BenchFault, unreadable
from demo.workbench.sessions import Session
from model import Edit
from model.edit.layers import Look
from model.edit.placement import Placement
from model.edit.shadow import Shadow

MOST_BYTES = 2 << 20
MOST_OBJECTS = 12

FileId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
ObjectId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Offset = Annotated[float, Field(ge=-2, le=2, allow_inf_nan=False)]
Place = Annotated[float, Field(ge=-20, le=20, allow_inf_nan=False)]
Opaque = dict[str, Any] | None


def _edit(value: object) -> object:
    return value if value is None or isinstance(value, Edit) else Edit.from_content(value)


EditValue = Annotated[Edit | None, BeforeValidator(_edit)]


def _box(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    left, top, right, bottom = box
    if not (left < right and top < bottom):
        raise ValueError("the box is empty")
    return box


BoxShape = Annotated[tuple[Share, Share, Share, Share], AfterValidator(_box)]


class Shape(BaseModel):
    """Ignore fields that only the browser uses."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)


class PlacementShape(Shape):
    """Describe a placement; see `model.edit.placement.Placement`."""

    x: Place
    y: Place
    scale: Annotated[float, Field(gt=0, le=50, allow_inf_nan=False)]
    angle: Annotated[float, Field(ge=-1000, le=1000, allow_inf_nan=False)] = 0.0
    flip: bool = False


class ShadowShape(Shape):
    """Describe a shadow; see `model.edit.shadow.Shadow`."""

    x: Offset
    y: Offset
    softness: Annotated[float, Field(ge=0, le=0.5, allow_inf_nan=False)]
    strength: Share


class ObjectShape(Shape):
    """Describe an object; `answer` and `controls` belong to the browser."""

    id: ObjectId
    name: Annotated[str, Field(max_length=200)] = "Object"
    visible: bool = True
    mask: FileId | None = None
    cutout: FileId | None = None
    placement: PlacementShape | None = None
    edit: EditValue = None
    opacity: Share = 1.0
    shadow: ShadowShape | None = None
    answer: Opaque = None
    controls: Opaque = None

    @model_validator(mode="after")
    def _one_file(self) -> "ObjectShape":
        if (self.mask is None) == (self.cutout is None):
            raise ValueError("an object has a mask or a cut-out")
        return self


class ReferenceShape(Shape):
    """Name the part of a picture whose light counts."""

    file: FileId
    box: BoxShape = (0.0, 0.0, 1.0, 1.0)


class DocumentShape(Shape):
    """Describe a whole document; see docs/workbench.md."""

    version: Annotated[int, Field(ge=1, le=1)]
    background: FileId
    objects: Annotated[tuple[ObjectShape, ...], Field(max_length=MOST_OBJECTS)] = ()
    reference: ReferenceShape | None = None

    @model_validator(mode="after")
    def _different_ids(self) -> "DocumentShape":
        if len({one.id for one in self.objects}) < len(self.objects):
            raise ValueError("two objects have one id")
        return self

    def scene(self, session: Session) -> Scene:
        """Return the scene of the files of a session. Raises BenchFault for a file that it does not have."""
        background = session.find(self.background)
        objects = tuple(_scene_object(one, lambda number: session.find(number).path) for one in self.objects)
        given = self.reference
        reference = Reference(session.find(given.file).path, given.box) if given else None
        return Scene(background.path, background.name, objects, reference)


def _scene_object(one: ObjectShape, path_of: Callable[[str], Path]) -> SceneObject:
    shadow, place = one.shadow, one.placement
    return SceneObject(
        id=one.id,
        name=one.name,
        visible=one.visible,
        mask=path_of(one.mask) if one.mask else None,
        cutout=path_of(one.cutout) if one.cutout else None,
        placement=Placement(**place.model_dump()) if place else Placement(),
        look=Look(one.edit, one.opacity, Shadow(**shadow.model_dump()) if shadow else None),
    )


def read_json(raw: bytes) -> Any:
    """Return the value of JSON without infinite numbers. Raises BenchFault."""
    try:
        return json.loads(raw, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise unreadable() from None


def checked_document(raw: bytes) -> str:
    """Return the JSON text of a document that can be kept. Raises BenchFault."""
    return checked(
        DocumentShape, raw, "This picture has too many changes to be kept. Please remove an object."
    )


def checked(shape: type[Any], raw: bytes, too_large: str) -> str:
    """Return JSON text that has a shape, with all of its fields. Raises BenchFault."""
    if len(raw) > MOST_BYTES:
        raise BenchFault(413, too_large)
    value = read_json(raw)
    shape_of(shape, value)
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        raise unreadable() from None


def shape_of(shape: type[Any], value: Any) -> Any:
    """Return a value as a shape. Raises BenchFault, which names the first field that is wrong."""
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])[:80]
        raise unreadable(f"{where}: {first['msg']}" if where else str(first["msg"])) from None


def _refuse(text: str) -> float:
    raise ValueError(text)
