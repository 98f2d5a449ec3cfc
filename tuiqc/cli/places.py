"""Files and folders of the program, for `config` and `doctor`."""

from __future__ import annotations

from pathlib import Path


def places() -> dict[str, Path]:
    """Files and folders of the program, by what is there."""
    from tuiqc.config import settings_file
    from tuiqc.paths import cache_dir, demo_data_dir, state_dir
    from tuiqc.preferences import preferences_file

    found = {
        "settings": settings_file(),
        "state": state_dir(),
        "preferences": preferences_file(),
        "cache": cache_dir(),
    }
    demo = demo_data_dir()
    return found if demo is None else found | {"demo data": demo}
