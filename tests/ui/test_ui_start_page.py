"""`tuiqc` alone: how far the batches are that were opened before, and which one is opened."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.widgets import OptionList

from tuiqc.dataset.model import Batch
from tuiqc.dataset.open.recent import recent_batches, remember
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.qc.record import Annotation, Subject
from tuiqc.review.batch_progress import keep_progress, progress_of
from tuiqc.ui.start_page import StartPage


def judged(batch: Batch, path: Path) -> AnnotationStore:
    store = AnnotationStore.open(path, annotator="a")
    for label in (1, 2):
        subject = Subject("object", batch.images[0].key, "nuclei", label)
        store.record(Annotation(subject, verdict="fail", reason="merged"))
    store.record(Annotation(Subject("image", batch.images[0].key), verdict="pass"))
    store.save()
    return store


def test_progress_is_what_the_annotation_file_says_now(batch: Batch, tmp_path: Path) -> None:
    remember("first", batch.source)
    (found,) = recent_batches()
    assert progress_of(found).lines()[0] == "first  nothing reviewed"
    assert progress_of(found).lines()[2] == "no verdicts yet"
    path = tmp_path / "said.csv"
    with judged(batch, path) as store:
        keep_progress(batch, store, {"nuclei": 9})
        store.record(Annotation(Subject("object", batch.images[1].key, "nuclei", 1), verdict="unsure"))
    said = progress_of(found)
    assert said.judged == (("images", 1, len(batch.images)), ("nuclei", 3, 9))
    assert (said.annotations, said.missing) == (path, "")
    assert "last ? unsure, 20" in said.lines()[2]
    path.unlink()
    assert progress_of(found).annotations is None
    assert progress_of(found).judged[1][1] == 2, "what the last session knew"


def test_data_that_are_gone_are_said(batch: Batch) -> None:
    remember("first", batch.source)
    batch.root.rename(batch.root.with_name("elsewhere"))
    (found,) = recent_batches()
    assert progress_of(found).missing.startswith(str(batch.root))
    assert f"NOT THERE: {batch.root}" in progress_of(found).lines()[1]


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [(("enter",), 0), (("down", "enter"), 1), (("j", "k", "j", "enter"), 1), (("2",), 1), (("q",), None)],
)
def test_arrows_and_enter_open_one(batch: Batch, keys: tuple[str, ...], chosen: int | None) -> None:
    remember("first", batch.source)
    (found,) = recent_batches()
    page = StartPage([progress_of(found)] * 2)

    async def press() -> None:
        async with page.run_test() as pilot:
            await pilot.press(*keys)

    asyncio.run(press())
    assert page.return_value == chosen


def test_without_batches_it_tells_how_to_begin() -> None:
    page = StartPage([])

    async def look() -> str:
        async with page.run_test():
            assert not page.query(OptionList)
            return "\n".join(strip.text for strip in page.screen._compositor.render_strips())

    text = asyncio.run(look())
    assert "tuiqc demo" in text
    assert "tuiqc open FOLDER" in text
