"""Files that are written once, whole, and never changed."""

import os
import tempfile
from pathlib import Path


def put_whole(path: Path, body: bytes) -> None:
    """Write the whole file or none: a reader, and a crash, see the old state or the new one."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(path)
