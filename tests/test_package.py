"""What is given to others: the archives, what they ask for, and the recipe of conda."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest
from fixtures.packages import ROOT, build, faults

from tuiqc.cli import main
from tuiqc.cli.pipeline import pipeline_files
from tuiqc.exporters import figures


def project() -> dict[str, object]:
    found: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return found


@pytest.mark.thorough
def test_the_archives_have_all_of_the_package_and_nothing_else(tmp_path: Path) -> None:
    """`python tests/benchmarks/package.py` installs them into an environment of their own as well."""
    pytest.importorskip("hatchling", reason="pip install hatchling build: what builds the archives")
    pytest.importorskip("build")
    if not (ROOT / ".git").exists():
        pytest.skip("no checkout: nobody knows which files belong to the project")
    source, wheel = build(tmp_path)
    assert faults(source, wheel) == []
    if find_spec("twine") is not None:
        checked = [sys.executable, "-m", "twine", "check", "--strict", str(source), str(wheel)]
        subprocess.run(checked, check=True, capture_output=True)


def test_the_recipe_of_conda_asks_for_what_the_package_asks_for() -> None:
    recipe = dict(pipeline_files("conda"))["recipe.yaml"]
    run = recipe.partition("  run:\n")[2].partition("  run_constraints:")[0]
    asked = {line.strip(" -").replace(" ", "") for line in run.splitlines()}
    listed = project()["dependencies"]
    assert isinstance(listed, list)
    assert asked == {one.replace(" ", "") for one in listed} | {"python>=${{python_min}}"}
    minimum = re.search(r'python_min: "(.*)"', recipe)
    assert minimum is not None
    assert project()["requires-python"] == f">={minimum[1]}"


def test_every_python_that_is_told_is_from_the_least_on() -> None:
    classifiers = project()["classifiers"]
    assert isinstance(classifiers, list)
    told = re.findall(r"Python :: 3\.(\d+)", " ".join(classifiers))
    assert told == ["11", "12", "13", "14"]
    assert sys.version_info[:2] >= (3, 11)


def test_what_only_reports_and_plots_need_is_said_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(figures, "find_spec", lambda name: None)
    for line in (
        ["report", str(tmp_path), "-o", str(tmp_path / "r.html")],
        ["plot", str(tmp_path), "--histogram", "x", "-o", str(tmp_path / "p.svg")],
    ):
        assert main(line) == 2
        assert 'pip install "tuiqc[plots]"' in capsys.readouterr().err
