"""Signs for terminals that show ASCII only: one character for each, so that frames and columns stay in place."""

from __future__ import annotations

import codecs
import logging
import warnings

import pytest

from tuiqc.cli import main
from tuiqc.cli.streams import has_c_locale, plain_signs


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"LC_ALL": "C"}, True),
        ({"LANG": "POSIX"}, True),
        ({"LC_ALL": "C.UTF-8", "LANG": "C"}, False),
        ({"LANG": "en_GB.UTF-8"}, False),
        ({}, False),
    ],
)
def test_only_a_locale_that_is_set_asks_for_ascii(environ: dict[str, str], expected: bool) -> None:
    assert has_c_locale(environ) is expected


def test_signs_of_the_screen_keep_their_width() -> None:
    codecs.register_error("tuiqc.plain", plain_signs)
    signs = "╭─╮│┃╰╯├┼▀▄█▌▐░…·→←↑↓✓✗▲●⠿"
    plain = signs.encode("ascii", "tuiqc.plain").decode()
    assert len(plain) == len(signs)
    assert plain.startswith("+-+||++++###||#")
    assert "ä".encode("ascii", "tuiqc.plain") == b"\\xe4", "names are escaped, not lost"


def test_what_libraries_log_is_not_written_into_the_screen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["tuiqc", "--version"])
    monkeypatch.setattr("sys.warnoptions", [])
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    with warnings.catch_warnings():
        assert main() == 0
        logging.getLogger("roifile").warning("name exceeds data size")
    assert "exceeds" not in capsys.readouterr().err
