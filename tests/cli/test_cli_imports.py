"""The command line answers at once: nothing heavy is imported for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "textual",
    "pandas",
    "numpy",
    "h5py",
    "PIL",
    "tifffile",
    "imagecodecs",
    "scipy",
    "matplotlib",
    "skimage",
    "multiprocessing",
)


@pytest.mark.parametrize(
    "code",
    [
        "import tuiqc.cli",
        "import tuiqc.cli; tuiqc.cli.build_parser()",
        "import tuiqc.cli; tuiqc.cli.build_parser().parse_args(['summary', 'x', '--json'])",
    ],
)
def test_nothing_heavy_is_imported(code: str) -> None:
    program = f"import sys; {code}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True
    )
    assert not set(HEAVY) & set(ended.stdout.split())


def test_the_commands_import_no_library_for_files_or_figures() -> None:
    program = (
        "import sys, tuiqc.ui.commands; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True
    )
    # Textual, NumPy and Pillow are what the screen itself is made of.
    assert not (set(HEAVY) - {"textual", "numpy", "PIL"}) & set(ended.stdout.split())
