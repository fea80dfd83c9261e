"""Check that only documents that can be rendered are accepted, and that everything else gets a message."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.pictures.scenes.file_facts import FileFacts
from demo.workbench.document import MOST_BYTES, DocumentShape, checked_document, read_json, shape_of
from demo.workbench.faults import BenchFault
from demo.workbench.sessions import Session, Sessions, StoredFile
from model import Edit

FILE = "0123456789abcdef"
PLACEMENT = {"x": 0.5, "y": 0.25, "scale": 0.3, "angle": 1.0, "flip": True}
SHADOW = {"x": 0.0, "y": 0.04, "softness": 0.03, "strength": 0.5}


def document(**changes: Any) -> dict[str, Any]:
    one = {
        "id": "o1", "name": "Object 1", "visible": True, "mask": None, "cutout": FILE, "placement": PLACEMENT,
        "edit": Edit.identity(5, 4).to_content(), "opacity": 0.5, "shadow": SHADOW, "answer": None,
        "controls": {"curves": {"rgb": [[0, 0], [1, 1]]}},
    }  # fmt: skip
    one.update(changes.pop("object", {}))
    return {"version": 1, "background": FILE, "objects": [one], "reference": None, **changes}


@pytest.fixture
def session(tmp_path: Path) -> Session:
    sessions = Sessions(tmp_path)
    session = sessions.open(sessions.create())
    facts = FileFacts(10, 20, "view.jpg", False, True, "PNG, 8 bit, sRGB")
    session.keep(StoredFile(FILE, session.folder / f"{FILE}.png", "Beach at noon.png", "picture", facts))
    return session


def test_a_document_is_kept_as_it_is(session: Session) -> None:
    text = checked_document(json.dumps(document()).encode())
    assert json.loads(text) == document()
    session.save(text)
    assert session.document() == text


def test_a_document_becomes_a_scene(session: Session) -> None:
    scene = shape_of(DocumentShape, document()).scene(session)
    one = scene.objects[0]
    assert (scene.stem, one.file) == ("Beach-at-noon", session.folder / f"{FILE}.png")
    assert (one.placement.angle, one.placement.flip, one.look.opacity) == (1.0, True, 0.5)
    assert one.look.shadow is not None and one.look.shadow.strength == 0.5


WRONG: list[dict[str, Any]] = [
    {"version": 2},
    {"background": "../../secret"},
    {"background": FILE.upper()},
    {"objects": [document()["objects"][0]] * 2},
    {"objects": [{**document()["objects"][0], "id": f"o{n}"} for n in range(13)]},
    {"object": {"mask": FILE}},
    {"object": {"cutout": None}},
    {"object": {"placement": {**PLACEMENT, "scale": 0}}},
    {"object": {"placement": {**PLACEMENT, "x": 1e9}}},
    {"object": {"shadow": {**SHADOW, "softness": 3}}},
    {"object": {"opacity": 1.5}},
    {"object": {"edit": {"format": "harmonylab-edit", "version": 1}}},
    {"object": {"edit": {**Edit.identity(5, 4).to_content(), "shading": [[9.0]]}}},
    {"object": {"name": "x" * 300}},
    {"reference": {"file": FILE, "box": [0.5, 0, 0.5, 1]}},
]


@pytest.mark.parametrize("changes", WRONG)
def test_what_cannot_be_rendered_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BenchFault) as refused:
        checked_document(json.dumps(document(**changes)).encode())
    assert refused.value.status == 422 and refused.value.message.endswith("Please reload the page.")


RAW = [
    b"", b"{", b"[" * 100_000, b"\xff\xfe", b'{"version": NaN}', b"1" * 5000, b'"\\ud800"', b"null",
    json.dumps(document()).replace("0.5", "1e999").encode(),
    json.dumps(document()).replace('[[0, 0], [1, 1]]', "Infinity").encode(),
    json.dumps(document()).replace('[[0, 0], [1, 1]]', "1e999").encode(),
]  # fmt: skip


@pytest.mark.parametrize("raw", RAW, ids=range(len(RAW)))
def test_other_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(BenchFault):
        checked_document(raw)


def test_a_large_document_is_refused() -> None:
    with pytest.raises(BenchFault) as refused:
        checked_document(json.dumps(document(padding="x" * MOST_BYTES)).encode())
    assert refused.value.status == 413


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(["version", "background", "objects", "reference", "object"])
OBJECT_FIELDS = st.sampled_from(list(document()["objects"][0]))


@settings(max_examples=300)
@given(JSON)
def test_any_json_is_a_document_or_a_message(value: Any) -> None:
    accepted_or_refused(value)


@settings(max_examples=300)
@given(st.dictionaries(FIELDS, JSON, max_size=3), st.dictionaries(OBJECT_FIELDS, JSON, max_size=4))
def test_any_wrong_field_is_a_message(changes: dict[str, Any], of_object: dict[str, Any]) -> None:
    changes.pop("object", None)
    accepted_or_refused({**document(object=of_object), **changes})


def accepted_or_refused(value: Any) -> None:
    """Accept the value as a document that is read again, or refuse it with a status and a message."""
    try:
        raw = json.dumps(value).encode()
        text = checked_document(raw)
    except BenchFault as fault:
        assert 400 <= fault.status < 500 and fault.message.endswith(".")
        return
    assert json.loads(text) == read_json(raw)


@pytest.mark.parametrize("number", [FILE[:-1] + "0", "", "../" + FILE, FILE + ".facts", "*"])
def test_a_forged_file_is_not_found(session: Session, number: str) -> None:
    with pytest.raises(BenchFault) as refused:
        session.find(number)
    assert refused.value.status == 404
