"""Write small pictures as bytes of PNG files."""

from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image


def png(pixels: Any) -> bytes:
    """Return a PNG file of levels 0-255: H×W, H×W×3 or H×W×4."""
    file = BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(file, "PNG")
    return file.getvalue()
