"""Where tuiqc keeps what is not the user's data. Nothing is created on import."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_state_path


def config_dir() -> Path:
    """Folder of the user's settings (`TUIQC_CONFIG_DIR` overrides)."""
    return _place("TUIQC_CONFIG_DIR", user_config_path("tuiqc"))


def state_dir() -> Path:
    """Folder of what outlives a session: recent batches, emergency annotation files (`TUIQC_STATE_DIR`)."""
    return _place("TUIQC_STATE_DIR", user_state_path("tuiqc"))


def cache_dir() -> Path:
    """Folder of what can be made again (`TUIQC_CACHE_DIR`)."""
    return _place("TUIQC_CACHE_DIR", user_cache_path("tuiqc"))


def demo_data_dir() -> Path | None:
    """The shipped demo batch: inside an installed package, or beside it in a source checkout."""
    package = Path(__file__).resolve().parent
    for place in (package / "demo_data", package.parent / "demo_data"):
        if (place / "truth.csv").is_file():
            return place
    return None


def _place(variable: str, default: Path) -> Path:
    return Path(os.environ[variable]) if os.environ.get(variable) else default
