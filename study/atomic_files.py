"""Write a file so that no reader ever finds a part of it."""

import os
import uuid
from pathlib import Path


def write_file(path: Path, data: bytes) -> None:
    """Write a file completely or not at all. Raises OSError, which names `path`."""
    partial = path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        with partial.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        partial.unlink(missing_ok=True)
