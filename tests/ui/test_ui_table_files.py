"""Tables as files: written as they stand, joined with further columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fixtures.desk_tables import (
    AREA,
    answer,
    background,
    go_to_column,
    shown,
)
from fixtures.desks import desk_on

from tuiqc.dataset.model import Batch
from tuiqc.ui.screens.dialogs import Confirm


@pytest.mark.thorough
async def test_the_table_is_written_as_it_stands(batch: Batch, tmp_path: Path) -> None:
    async with desk_on(batch) as desk:
        await desk.press("tab", "f")
        go_to_column(desk, AREA)
        await desk.press("s")
        await answer(desk, "slash", "well != 'A2'")
        await answer(desk, "E", str(tmp_path / "out.csv"))
        assert "7 rows written" in desk.message
        frame = pd.read_csv(tmp_path / "out.csv")
        assert list(zip(frame["well"], frame["label"], strict=True)) == shown(desk)
        assert list(frame.columns) == desk.names
        assert dict(zip(frame["label"], frame["verdict"], strict=True))[1] in ("fail", np.nan)
        assert (frame["verdict"] == "fail").sum() == 1
        go_to_column(desk, "Class")
        await desk.press("i", "h")
        await answer(desk, "E", str(tmp_path / "out.tsv"))
        assert "Class" not in pd.read_csv(tmp_path / "out.tsv", sep="\t").columns
        await desk.press("home", "space", "space")
        await answer(desk, "E", str(tmp_path / "out.parquet"))
        assert "2 rows written" in desk.message
        assert list(pd.read_parquet(tmp_path / "out.parquet")[AREA]) == [16, 36], (
            "the selection, in this order"
        )
        await answer(desk, "E", str(tmp_path / "out.xlsx"))
        assert "must end with" in desk.text
        assert desk.review.context.status.ask_line.is_open
        await desk.press("escape")
        table = batch.images[0].tables["nuclei"]
        assert table is not None
        old = table.read_bytes()
        await answer(desk, "E", str(table))
        assert isinstance(desk.app.screen, Confirm), "a file is not replaced unasked"
        await desk.press("n")
        assert table.read_bytes() == old
        await answer(desk, "E", str(tmp_path / "out.csv"))
        await desk.press("y")
        assert len(pd.read_csv(tmp_path / "out.csv")) == 2
        assert not list(tmp_path.glob("*.tmp"))


async def test_columns_of_another_file_are_joined_and_reported(batch: Batch, tmp_path: Path) -> None:
    more = tmp_path / "more.csv"
    more.write_text("well,label,Score,Class\nA1,1,0.5,x\nA1,2,2.5,y\nA10,4,7,x\nA10,77,1,x\nA99,1,3,x\n")
    async with desk_on(batch) as desk:
        await desk.press("tab")
        go_to_column(desk, AREA)
        await desk.press("c")
        await answer(desk, "ctrl+o", str(tmp_path / "missing.csv"))
        assert desk.review.context.status.ask_line.is_open
        assert "no such file" in desk.text.casefold()
        await desk.press("escape")
        await answer(desk, "ctrl+o", str(more))
        assert "3 of 9 objects of nuclei matched" in desk.message
        assert not desk.review.context.status.ask_line.is_open
        assert background(desk.review.objects_table, AREA, 0) is not None, "the colours stay"
        objects = desk.session.tables.objects
        assert objects is not None
        scores = objects.view.column("Score")
        assert [scores[0], scores[1], scores[8]] == [0.5, 2.5, 7]
        assert np.isnan(scores[2:8].astype(float)).all()
        assert list(objects.view.column("Class"))[:2] == ["odd", "even"], "the table's own column stays"
        await answer(desk, "slash", "Score > 1")
        assert shown(desk) == [("A1", 2), ("A10", 4)]
        go_to_column(desk, "Score")
        await desk.press("s", "s")
        assert shown(desk) == [("A10", 4), ("A1", 2)]
        await desk.press("J")
        assert "more.csv: 3 of 9 objects of nuclei matched" in desk.text
