"""tuiqc in pipelines: the script of the documents, and the files that `tuiqc pipeline` writes."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
import tifffile
from fixtures.triage_scenes import clean

from tuiqc import __version__
from tuiqc.cli import main
from tuiqc.cli.pipeline import ENGINES, pipeline_files
from tuiqc.cli.streams import DONE, FAILED

README = Path(__file__).parents[2] / "tuiqc" / "docs" / "commands.md"


def test_the_script_of_the_readme_runs_without_home_and_terminal(tmp_path: Path) -> None:
    text = README.read_text("utf-8")
    script = text.partition("<!-- pipeline -->\n```sh\n")[2].partition("```\n<!-- /pipeline -->")[0]
    assert 0 < len(script.splitlines()) <= 10
    data = tmp_path / "results"
    data.mkdir()
    for number in range(2):
        labels, image = clean(number)
        tifffile.imwrite(data / f"w{number}_DNA.tif", image[:80, :80])
        tifffile.imwrite(data / f"w{number}_nuclei_labels.tif", labels[:80, :80].astype(np.uint16))
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": "/proc/nohome"}
    ended = subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr
    assert "atplotlib" not in ended.stderr, "a container has no home for its settings"
    assert json.loads((tmp_path / "qc" / "check.json").read_text())["figures"]["images"] == 2
    assert (tmp_path / "qc" / "keep.txt").read_text() == "0\n1\n"
    assert {one.name for one in (tmp_path / "qc").glob("*_mqc.*")} >= {
        "tuiqc_qc_mqc.json",
        "tuiqc_general_mqc.json",
    }
    assert "</html>" in (tmp_path / "qc" / "report.html").read_text("utf-8")
    kinds = sorted(part.parent.name for part in data.rglob("part-*.parquet"))
    assert kinds == ["images"] * 2 + ["objects"] * 2 + ["tables"] * 2


@pytest.mark.parametrize("engine", ENGINES)
def test_files_for_a_pipeline(engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pipeline", engine, "-o", str(tmp_path / "new" / "x")]) == DONE
    assert main(["pipeline", engine, "-o", str(tmp_path / "new" / "x")]) == FAILED
    assert "nothing was written" in capsys.readouterr().err.lower()
    found = dict(pipeline_files(engine))
    assert found.keys() == {
        str(one.relative_to(tmp_path / "new" / "x")) for one in tmp_path.rglob("*") if one.is_file()
    }
    whole = "\n".join(found.values())
    assert "@VERSION@" not in whole
    assert __version__ in whole
    for name, text in found.items():
        if name.endswith(".xml"):
            ET.fromstring(text)
        elif name.endswith(".py"):
            compile(text, name, "exec")
    words = {
        word.strip("`'") for line in whole.splitlines() if "pip install" not in line for word in line.split()
    }
    assert {
        word for word in words if word.startswith("--") and word != "---" and "=" not in word
    } - _options() - _OTHERS == set()


_OTHERS = {
    "--recipe",
    "--sdist",
    "--images",
    "--outdir",
    "--build-arg",
    "--bind",
    "--help",
    "--cores",
    "--config",
    "--version",
    "--save",
}


def _options() -> set[str]:
    from tuiqc.cli import build_parser

    (parsers,) = (one.choices for one in build_parser()._actions if isinstance(one.choices, dict))
    return {option for one in parsers.values() for action in one._actions for option in action.option_strings}


def test_galaxys_linter_finds_nothing(tmp_path: Path) -> None:
    """Without the terms of EDAM, which are a package of their own."""
    pytest.importorskip("galaxy.tool_util", reason="galaxy-tool-util is not installed")
    from galaxy.tool_util.lint import LintContext, LintLevel, lint_tool_source_with
    from galaxy.tool_util.parser import get_tool_source

    assert main(["pipeline", "galaxy", "-o", str(tmp_path)]) == 0
    linted = LintContext(LintLevel.SILENT, skip_types=["EDAMTermsValid"])
    lint_tool_source_with(linted, get_tool_source(str(tmp_path / "tuiqc_check.xml")))
    assert not linted.error_messages
    assert not linted.warn_messages
