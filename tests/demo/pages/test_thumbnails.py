"""Check the thumbnails of the examples."""

import cv2
import numpy as np

from demo.examples import EXAMPLES
from demo.pages.thumbnails import HEIGHT, example_thumbnails
from demo.pages.uploads import example_items


def test_every_example_has_a_small_thumbnail() -> None:
    folder = example_thumbnails()
    assert [item["thumb"] for item in example_items()] == [
        f"{folder.address}/{example.name}.webp" for example in EXAMPLES
    ]
    for file in folder.files.values():
        picture = cv2.imdecode(np.frombuffer(file.content, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None and picture.shape[0] == HEIGHT
        assert len(file.content) < 8000 and file.encodings == {}
