"""What `ctrl+e` copies of the current place, and that the command it copies draws it."""

from __future__ import annotations

import base64
import re
import shlex
from pathlib import Path

import pytest
from fixtures.desks import desk_on

from tuiqc.cli import main
from tuiqc.dataset.model import Batch
from tuiqc.ui.output import Output


@pytest.mark.thorough
async def test_path_name_row_and_commands_are_copied(
    batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []
    monkeypatch.setattr(Output, "write", lambda self, codes: written.append(codes))
    copied: dict[str, str] = {}
    async with desk_on(batch) as desk:
        for level in ("image", "object"):
            for key in "pircn":
                written.clear()
                await desk.press("ctrl+e", key)
                (found,) = re.findall(rb"\x1b]52;c;([^\x1b]+)\x1b", b"".join(written))
                copied[f"{level} {key}"] = base64.b64decode(found).decode()
            await desk.press("tab")
        cursor = desk.session.cursor
        assert cursor.level == "object"
        subject = cursor.subject
    assert subject is not None
    record = batch.images[0]
    assert copied["image p"] == copied["object p"] == str(record.channels["DNA"])
    assert (copied["image i"], copied["object i"]) == (record.key, f"{record.key}#{subject.label}")
    names, values = (line.split("\t") for line in copied["object r"].splitlines())
    row = dict(zip(names, values, strict=True))
    assert (row["well"], row["label"]) == (record.key, str(subject.label))
    assert float(row["AreaShape_Area"]) > 0
    assert shlex.split(copied["object n"])[:2] == ["python", "-c"]
    assert str(record.masks["nuclei"]) in copied["object n"]
    for what in ("image c", "object c"):
        monkeypatch.chdir(tmp_path)
        words = shlex.split(copied[what])
        assert words[0] == "tuiqc"
        assert ("--object" in words) == (what == "object c")
        assert main(words[1:]) == 0
        assert Path(words[-1]).exists()
