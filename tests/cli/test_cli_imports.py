"""The command line answers at once: nothing heavy is imported for it. And the README tells the truth about keys."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tuiqc.ui.commands import key_table

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


def test_the_readme_has_the_key_table_of_the_code() -> None:
    text = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")
    if "<!-- keys -->" not in text:
        pytest.skip("the README has no key table yet")
    inside = text.partition("<!-- keys -->")[2].partition("<!-- /keys -->")[0]
    assert inside.strip() == key_table().strip()
