"""Files for pyarrow by the bytes of their names: a name as text it encodes as UTF-8, which not every name is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


def arrow_source(path: Path) -> Any:
    """Open a file for pyarrow to read; closed with the last who holds it. Raises OSError."""
    import pyarrow

    return pyarrow.OSFile(os.fsencode(path), "rb")


def arrow_sink(path: Path) -> Any:
    """Open a file for pyarrow to write, as a context manager. Raises OSError."""
    import pyarrow

    return pyarrow.OSFile(os.fsencode(path), "wb")
