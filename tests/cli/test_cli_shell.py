"""What makes the program at home in a shell: completion, the manual page, settings, versions."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from fixtures.review_batches import small_batch

from tuiqc import __version__
from tuiqc.cli import SUBCOMMANDS, build_parser, main
from tuiqc.cli.completion import SHELLS, candidates, completion
from tuiqc.cli.man_page import man_page
from tuiqc.config import SETTINGS, load_config
from tuiqc.ui import theme

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a batch, and a `tuiqc` on the path that a shell can ask."""
    small_batch(tmp_path / "data")
    (tmp_path / "two words.csv").touch()
    program = tmp_path / "bin" / "tuiqc"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m tuiqc "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- completion

CASES = {
    ("tuiqc", "ren"): {"render"},
    ("tuiqc", "open", "da"): {"data"},
    ("tuiqc", "open", "two"): {"two words.csv"},
    ("tuiqc", "open", "--images", "DNA", "=", "da"): {"data"},
    ("tuiqc", "open", "--dialect", "nuclei", "=", "cellprofiler-t"): {"cellprofiler-tracks"},
    ("tuiqc", "open", "--dialect", "cell-"): {"cell-acdc"},
    ("tuiqc", "open", "--graphics", "six"): {"sixel"},
    ("tuiqc", "pipeline", "ne"): {"nextflow"},
    ("tuiqc", "render", "data", "--layers", ""): {"nuclei", "cells"},
    ("tuiqc", "render", "data", "--layers", "cells,nuc"): {"cells,nuclei"},
    ("tuiqc", "table", "data", "-o", "bi"): {"bin"},
}


@pytest.mark.thorough
def test_bash_completes(bench: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash")
    lines = [completion(build_parser(), "bash")]
    for words in CASES:
        typed = " ".join(f"'{word}'" for word in words)
        lines += [
            f"COMP_WORDS=({typed}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMPREPLY=(); _tuiqc",
            "printf '%s|' \"${COMPREPLY[@]}\"; echo",
        ]
    ran = subprocess.run([bash, "--norc"], input="\n".join(lines), capture_output=True, text=True, check=True)
    found = [set(filter(None, line.split("|"))) for line in ran.stdout.splitlines()]
    assert dict(zip(CASES, found, strict=True)) == CASES


@pytest.mark.parametrize("shell", SHELLS)
def test_scripts_of_all_shells_know_everything(shell: str, capsys: Captured) -> None:
    assert main(["--print-completion", shell]) == 0
    text = capsys.readouterr().out
    for name in (*SUBCOMMANDS, "cellprofiler", "tuiqc --complete", "halfblock"):
        assert name in text
    program = shutil.which(shell)
    if program is not None and shell != "tcsh":  # which only reads a script by running it
        subprocess.run([program, "-n"], input=text, text=True, check=True, capture_output=True)


def test_a_shell_gets_what_the_batch_has_and_no_message(bench: Path, capsys: Captured) -> None:
    asked = {
        ("layers", "open", "data", "--layer"): ["nuclei", "cells"],
        ("layers", "render", "data", "--image", "A01", "--layers"): ["nuclei", "cells"],
        ("channels", "tuiqc", "render", "data", "--channels"): ["DNA", "ER"],
        ("layers", "render", "nothing", "--layers"): [],
        ("layers", "look", "x.tif", "--layers"): [],
        ("layers", "fly"): [],
        ("secrets", "open", "data"): [],
        (): [],
    }
    found = {words: candidates(words, build_parser) for words in asked}
    assert found == asked
    images = candidates(["images", "render", "data", "--image"], build_parser)
    assert len(images) == 3
    assert capsys.readouterr() == ("", "")


def test_names_that_a_shell_would_run_are_left_out(bench: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bash expands the words of `compgen -W`: a file `x_$(…)` ran a command at the tab key."""
    good = ["nuclei", "Zellen_ü", "C0.1"]
    bad = [
        "$(touch${IFS}ran)",
        "`id`",
        "a;b",
        "-x",
        "=ls",
        "~root",
        "a*",
        "a b",
        "a&b",
        "{a,b}",
        "a\nb",
        "'a'",
        "a>b",
    ]
    monkeypatch.setattr(
        "tuiqc.dataset.open.batch.open_batch",
        lambda _: SimpleNamespace(layers=good + bad, channels=bad, images=[]),
    )
    assert candidates(["layers", "render", "data", "--layers"], build_parser) == good
    assert candidates(["channels", "render", "data", "--channels"], build_parser) == []


# --- the manual page


def test_the_manual_page_has_all_of_the_parser_and_no_warnings(tmp_path: Path, capsys: Captured) -> None:
    assert main(["--print-man"]) == 0
    text = capsys.readouterr().out
    assert text == man_page(build_parser())
    for name in SUBCOMMANDS:
        assert f'.SS "tuiqc {name}"' in text
    plain = text.replace("\\-", "-")
    assert {"--images", "--strict", "--judge", "TUIQC_GRAPHICS", "EXIT STATUS"} <= set(
        re.findall(r"--?[\w-]+|TUIQC_\w+|EXIT STATUS", plain)
    )
    assert not re.search(r"%\(|%%", text)
    if shutil.which("groff"):
        ran = subprocess.run(
            ["groff", "-man", "-ww", "-z", "-Tutf8"], input=text, text=True, capture_output=True, check=True
        )
        assert ran.stderr == ""


# --- settings


def test_config_says_what_is_in_force_and_where_it_comes_from(own_folders: Path, capsys: Captured) -> None:
    def shown() -> dict[str, dict[str, dict[str, object]]]:
        assert main(["config", "--json"]) == 0
        found: dict[str, dict[str, dict[str, object]]] = json.loads(capsys.readouterr().out)
        return found

    first = shown()
    assert set(first["settings"]) == set(SETTINGS)
    assert {one["origin"] for one in first["settings"].values()} == {"default"}
    assert str(first["paths"]["settings"]) == str(own_folders / "config" / "config.toml")
    (own_folders / "config").mkdir()
    (own_folders / "config" / "config.toml").write_text('cache_mb = 99\nreasons = ["bad"]\n')
    theme.choose("nord")
    found = shown()["settings"]
    assert found["cache_mb"] == {"value": 99, "origin": "settings file"}
    assert found["reasons"] == {"value": ["bad"], "origin": "settings file"}
    assert found["theme"] == {"value": "nord", "origin": "chosen on the screen"}
    assert main(["config"]) == 0
    text = capsys.readouterr().out
    assert "99  (settings file)" in text
    assert "TUIQC_CONFIG_DIR" in text
    (own_folders / "config" / "config.toml").write_text("cache_mb = many\n")
    assert main(["config"]) == 2


def test_config_edit_makes_the_file_and_checks_what_was_written(
    own_folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    editor = tmp_path / "my editor"
    editor.write_text(
        '#!/bin/sh\nprintf \'%s\\n\' "$ADDED" > "$2.new"; cat "$2" >> "$2.new"; mv "$2.new" "$2"\n'
    )
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("VISUAL", f"'{editor}' -w")
    monkeypatch.setenv("ADDED", "cache_mb = 77")
    assert main(["config", "--edit"]) == 0
    assert load_config().cache_mb == 77
    written = (own_folders / "config" / "config.toml").read_text()
    assert {name for name in SETTINGS if re.search(rf"(?m)^# \[?{name}\b", written)} == set(SETTINGS)
    monkeypatch.setenv("ADDED", "cache_nb = 77")
    assert main(["config", "--edit"]) == 2
    assert "unknown setting" in capsys.readouterr().err
    for command in ("/nowhere/editor", "false", "'"):
        monkeypatch.setenv("VISUAL", command)
        assert main(["config", "--edit"]) == 2
    assert main(["config", "--edit", "--json"]) == 2


def test_the_template_with_its_remarks_taken_away_is_what_stands_by_default(own_folders: Path) -> None:
    from tuiqc.cli.config import _template

    plain = "\n".join(line[2:] for line in _template().splitlines() if re.match(r"# (\[|\w+ = )", line))
    (own_folders / "config").mkdir()
    path = own_folders / "config" / "config.toml"
    path.write_text(plain.replace("[keys]\ngallery", "[keys]\n# gallery"))
    from tuiqc.config import Config

    assert load_config() == Config()


# --- versions


def test_versions_of_tuiqc_and_of_its_libraries(capsys: Captured) -> None:
    assert main(["--version"]) == 0
    told = capsys.readouterr()
    assert told.out == f"tuiqc {__version__}\n", "pipelines cut this line"
    assert re.search(r"Python \d.*\n(.*\b)?numpy \d", told.err, re.S)


def test_doctor_for_programs(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    assert main(["doctor", "--json", "--graphics", "sixel"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["versions"]["tuiqc"] == __version__
    assert found["versions"]["libraries"]["numpy"]
    assert found["terminal"]["protocol"] == "sixel"
    assert found["terminal"]["environment"]["TERM"] == "xterm-256color"
    assert {"settings", "state", "cache"} <= set(found["paths"])
