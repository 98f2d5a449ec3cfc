"""The direction of imports between the rooms, as `pyproject.toml` has it under `tool.importlinter`."""

from __future__ import annotations

from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parents[1]


def test_imports_run_only_downwards(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    status = lint_imports(config_filename="pyproject.toml", no_cache=True)
    assert status == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("layers", "containers = tuiqc\nlayers =\n    dataset\n    review"),
        ("forbidden", "source_modules = tuiqc.ui\nforbidden_modules = textual"),
    ],
)
def test_a_contract_that_is_broken_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, settings: str
) -> None:
    settings_file = tmp_path / "broken.ini"
    head = "[importlinter]\nroot_package = tuiqc\ninclude_external_packages = True\n"
    settings_file.write_text(
        f"{head}[importlinter:contract:upside-down]\nname = upside down\ntype = {kind}\n{settings}\n"
    )
    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename=str(settings_file), no_cache=True) == 1
