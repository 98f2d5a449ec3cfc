"""Queues, status, categories and who said what, on the screen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fixtures.desks import NARROW, WIDE, Desk, csv_rows
from fixtures.review_batches import HALFBLOCK, open_store

from tuiqc.dataset.model import Batch
from tuiqc.qc import Annotation, AnnotationStore, Subject
from tuiqc.qc.categories import parse_categories
from tuiqc.review.queue import Queue
from tuiqc.review.queue_sources import SampleSpec, adjudication_queue, sample_queue
from tuiqc.review.session import Session
from tuiqc.ui.app import TuiqcApp
from tuiqc.ui.column_names import colour_objects_by
from tuiqc.ui.widgets.lines import fitted

CSV = "qc_annotations.csv"


def typed(text: str) -> list[str]:
    names = {" ": "space", "_": "underscore", "=": "equals_sign", "'": "apostrophe"}
    return [names.get(char, char) for char in text]


@asynccontextmanager
async def desk_in_queue(
    batch: Batch,
    queue: Queue | None = None,
    size: tuple[int, int] = WIDE,
    *,
    categories: str = "",
    store: AnnotationStore | None = None,
) -> AsyncIterator[Desk]:
    store = open_store(batch) if store is None else store
    session = Session(batch, store, "nuclei")
    if queue is not None:
        session.queue.take(queue)
    if categories:
        session.annotator.set_categories(parse_categories(categories))
        session.annotator.keys_categorise = True
    app = TuiqcApp(session, HALFBLOCK)
    with store:
        async with app.run_test(size=size) as pilot:
            desk = Desk(app, pilot, session, store)
            await desk.settled()
            yield desk


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_random_sample_is_walked_and_left_with_a_key(batch: Batch, size: tuple[int, int]) -> None:
    queue = sample_queue(batch, batch.root / CSV, SampleSpec(5, "nuclei"), accept=0.4)
    async with desk_in_queue(batch, queue, size) as desk:
        assert desk.session.cursor.subject == queue.subjects[0]
        assert "random sample 1 of 5" in desk.text
        await desk.press("p", "f")
        assert desk.session.cursor.subject == queue.subjects[2]
        assert "random sample 3 of 5" in desk.text
        await desk.wait(lambda: "50.0%" in desk.review.context.status.sampled, "the failure rate")
        await desk.press("Q")
        assert "random sample" not in desk.title
        assert len(desk.session.tables.objects or ()) == 9
        await desk.press("Q")
        assert desk.session.cursor.subject == queue.subjects[2]
        await desk.press("p", "p", "p")
        assert desk.message.startswith(("all are reviewed", "the sampling can stop"))
    assert len(csv_rows(batch.root / CSV)) == 5


@pytest.mark.thorough
async def test_the_status_panel_counts_and_changes_its_interval(batch: Batch) -> None:
    queue = sample_queue(batch, batch.root / CSV, SampleSpec(5, "nuclei"), accept=0.4)
    async with desk_in_queue(batch, queue) as desk:
        await desk.press("p", "1", "percent_sign")
        await desk.wait(lambda: "cells" in desk.text and "counting" not in desk.text, "all layers")
        assert "merged 1" in desk.text
        assert "2 of 5 reviewed in order" in desk.text
        assert "Wilson" in desk.text
        await desk.press("x")
        await desk.wait(lambda: "Clopper-Pearson" in desk.text, "the exact interval")
        await desk.press("b")
        await desk.wait(lambda: "A10" in desk.text, "the wells")
        await desk.press("escape")
        assert desk.app.screen is desk.review


@pytest.mark.thorough
async def test_what_is_not_in_the_sample_is_called_biased(batch: Batch) -> None:
    queue = sample_queue(batch, batch.root / CSV, SampleSpec(2, "nuclei"))
    async with desk_in_queue(batch, queue) as desk:
        await desk.press("Q", "f", "f", "f", "percent_sign")
        await desk.wait(lambda: "biased" in desk.text, "the bias")


@pytest.mark.thorough
async def test_disagreements_show_what_was_said(batch: Batch, tmp_path: Path) -> None:
    from tuiqc.qc.compare import read_raters, write_queue

    paths = []
    for name, verdict in (("ada", "pass"), ("bob", "fail")):
        paths.append(tmp_path / f"{name}.csv")
        with AnnotationStore.open(paths[-1], name, ["well"]) as store:
            store.record(Annotation(Subject("object", "A2", "nuclei", 1), verdict))
    path = tmp_path / "queue.csv"
    write_queue(path, read_raters(paths))
    store = AnnotationStore.open(path, "eve", batch.placeholders)
    async with desk_in_queue(batch, adjudication_queue(path), store=store) as desk:
        assert desk.place == ("object", "A2", 1)
        assert "ada: pass · bob: fail" in desk.title
        await desk.press("f", "at")
        assert "eve: fail" in desk.text
        assert "bob: fail" in desk.text
        await desk.press("escape")
    row = csv_rows(path)[0]
    assert (row["verdict"], row["verdict ada"], row["annotator"]) == ("fail", "pass", "eve")


@pytest.mark.thorough
async def test_categories_by_number_key_menu_and_colour(batch: Batch) -> None:
    async with desk_in_queue(batch, categories="cell_type: neuron, muscle") as desk:
        await desk.press("tab")
        assert "cell_type: 1 neuron  2 muscle" in desk.lines[-3]
        await desk.press("1", "2")
        assert desk.place == ("object", "A1", 3)
        await desk.press("K")
        assert "a new one" in desk.text
        await desk.press("n", *"glia", "enter")
        assert "3 glia" in desk.lines[-3]
        assert desk.place == ("object", "A2", 1)
        await desk.press("slash", *typed("cell_type = 'glia'"), "enter")
        assert len(desk.session.tables.objects or ()) == 1, desk.text
        await desk.press("backslash")
        colour_objects_by(desk.review.context, "cell_type")
        await desk.settled()
        scale = desk.review.context.display.scale
        assert scale is not None
        assert scale.palette is not None
        await desk.press("number_sign")
        assert "1 merged" in desk.lines[-3]
        await desk.press("z")
        assert desk.store.get(Subject("object", "A1", "nuclei", 3)) is None
    found = {(row["image"], row["label"]): row["cell_type"] for row in csv_rows(batch.root / CSV)}
    assert found == {("A1", "1"): "neuron", ("A1", "2"): "muscle"}


async def test_a_column_is_started_from_the_screen_and_continued_later(batch: Batch) -> None:
    async with desk_in_queue(batch) as desk:
        await desk.press("K", "enter", "n", *"odd", "enter")
        assert desk.store.get(Subject("image", "A1")).categories == {"cell_type": "odd"}  # type: ignore[union-attr]
    store = AnnotationStore.open(batch.root / CSV, "ann", batch.placeholders, categories=["cell_type"])
    async with desk_in_queue(batch, categories="cell_type", store=store) as desk:
        assert "1 odd" in desk.lines[-3]
        assert desk.cursor("images")[1] or "odd" in desk.text
        assert desk.place[1] == "A2"
        await desk.press("A")
        assert "has a category" in desk.message
        await desk.press("m")
        assert desk.place[1] == "A1"


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_reasons_and_their_keys_are_on_the_screen(batch: Batch, size: tuple[int, int]) -> None:
    async with desk_in_queue(batch, None, size) as desk:
        line = desk.lines[-3]
        assert all(f"{number} " in line for number in range(1, 9))
        assert "1 merged" in line
        await desk.press("f", "k", "1", "k", "2", "k")
        assert desk.review.context.status.reason_line.given == {"merged", "split"}


def test_names_are_cut_where_room_is_scarce() -> None:
    assert fitted(["merged", "ambiguous"], 40) == ["merged", "ambiguous"]
    short = fitted(["merged", "ambiguous"], 11)
    assert sum(map(len, short)) <= 12
    assert fitted([], 5) == []


async def test_what_others_write_appears(batch: Batch) -> None:
    with open_store(batch) as store:
        store.record(Annotation(Subject("image", "A1"), "pass"))
    async with desk_in_queue(batch) as desk:
        path = batch.root / CSV
        text = path.read_text()
        row = text.splitlines()[1].replace(",A1,", ",A2,").replace("pass", "fail").replace(",ann,", ",bob,")
        path.write_text(text + row + "\n")
        desk.review.context.work.autosave.look()
        await desk.wait(lambda: "changed by others" in desk.message, "the others")
        assert desk.session.tables.images.verdict(1) == "fail"
