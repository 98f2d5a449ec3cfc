"""Where the details of a fault of the program are kept, for whoever has to mend it."""

from __future__ import annotations

import traceback
from pathlib import Path

_KEPT = "last_fault.txt"


def keep_traceback(error: BaseException) -> Path | None:
    """Write the traceback into the state folder; returns the file, None where it can't be written."""
    from tuiqc.files import replacing
    from tuiqc.paths import state_dir

    path = state_dir() / _KEPT
    try:
        with replacing(path, folders=True) as temporary:
            temporary.write_text("".join(traceback.format_exception(error)), "utf-8", "backslashreplace")
    except Exception:  # keeping it must not be the next fault
        return None
    return path
