"""Linter, formatter and strict types, as `pyproject.toml` has them: what CI runs is what developers run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.timeout(400)  # without a cache the types take 15 s of an idle core
@pytest.mark.parametrize(
    "command",
    [
        "ruff check --quiet .",
        "ruff format --check --quiet .",
        pytest.param("mypy --no-error-summary", marks=pytest.mark.thorough),  # `make check` has it too
    ],
)
def test_the_code_is_clean(command: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", *command.split()], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
