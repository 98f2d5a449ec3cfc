"""The panel of exporters: what each keeps, and that it writes what `tuiqc export` writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from fixtures.desks import desk_on

from tuiqc.dataset.model import Batch
from tuiqc.exporters.hand_over_counts import hand_overs
from tuiqc.exporters.registry import EXPORTERS, dropped
from tuiqc.exporters.request import Request
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.qc.record import Annotation, Subject
from tuiqc.qc.verdict import CODES, NAMES


def test_the_counts_are_those_of_the_exporters(batch: Batch, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    of_images = np.array([CODES[name] for name in ("fail", "pass", "")], np.uint8)
    images = np.repeat(np.arange(3), 20)
    codes = rng.integers(0, len(NAMES), 60).astype(np.uint8)
    keys = ["a", "b", "c"]
    with AnnotationStore.open(tmp_path / "said.csv", annotator="a") as store:
        for number, code in enumerate(of_images.tolist()):
            store.record(Annotation(Subject("image", keys[number]), verdict=NAMES[code]))
        for label, (image, code) in enumerate(zip(images.tolist(), codes.tolist(), strict=True), 1):
            if code:
                store.record(Annotation(Subject("object", keys[image], "nuclei", label), verdict=NAMES[code]))
        for only in (False, True):
            for one in hand_overs(codes, images, of_images, reviewed_only=only):
                drop = dropped(one.name) | ({"unreviewed"} if only else set())
                request = Request(batch, store, tmp_path / "out", (), drop)
                if one.unit == "images":
                    wanted = sum(request.verdict(Subject("image", key)) not in drop for key in keys)
                else:
                    wanted = sum(
                        not request.drops(Subject("object", keys[image], "nuclei", label))
                        for label, image in enumerate(images.tolist(), 1)
                    )
                assert one.kept == wanted, (one.name, only)
        assert {one.name for one in hand_overs(codes, images, of_images, reviewed_only=False)} == set(
            EXPORTERS
        )


async def test_an_exporter_is_chosen_and_writes(batch: Batch, tmp_path: Path) -> None:
    wanted = tmp_path / "keep.txt"
    async with desk_on(batch) as desk:
        await desk.press("f", "ctrl+x")
        assert "Hand over" in desk.text
        await desk.press("end")
        (line,) = (one for one in desk.lines if "keep-list" in one)
        assert line.partition("keep-list")[2].split()[:4] == ["2", "1", "2", "images"]
        await desk.press("r", "end")
        (line,) = (one for one in desk.lines if "keep-list" in one)
        assert line.partition("keep-list")[2].split()[:4] == ["0", "1", "2", "images"]
        await desk.press("r", "end")
        await desk.press("enter")
        line_to_type = desk.review.context.status.ask_line
        assert line_to_type.input.value == str(batch.root / "tuiqc_keep-list.txt")
        line_to_type.input.value = str(batch.images[0].channels["DNA"])
        await desk.press("enter", "y")
        await desk.wait(lambda: "nothing was handed over" in desk.message, "the guard")
        await desk.press("ctrl+x", "end", "enter")
        line_to_type.input.value = str(wanted)
        await desk.press("enter")
        await desk.wait(wanted.exists, "the file")
        await desk.wait(lambda: "Handed over" in desk.text, "what was written")
    assert wanted.read_text().split() == [record.key for record in batch.images[1:]]
