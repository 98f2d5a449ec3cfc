"""Text from file names, tables and notes is text on every screen: no markup and no escape code takes effect."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.desks import NARROW, WIDE, Desk, csv_rows, desk_on
from fixtures.review_batches import write_batch

from tuiqc.dataset.model import Batch
from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.qc.record import Annotation, Subject

WELLS = ("[red]A[/red]", "[/]\x1b[31mB", "C\n$x [b")
LAYER = "nu[b]\x1b]0;x\x07"
SHOWN_LAYER = "nu[b]␛]0;x␇"


def folder_options(folder: Path) -> Batch:
    return open_batch(
        SourceOptions(
            images=(("D[u]\x1bNA", str(folder / "{well}_DNA.tif")),),
            labels=((LAYER, str(folder / "{well}_nuclei_labels.tif")),),
            tables=((LAYER, str(folder / "{well}_nuclei.csv")),),
            base_dir=folder,
        ),
        None,
    )


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    wells = [well.replace("/", "∕") for well in WELLS]
    folder = tmp_path / "ba[reverse]\x1b[7mtch"
    write_batch(folder)
    for old, new in zip(("A1", "A2", "A10"), wells, strict=True):
        for file in list(folder.glob(f"{old}_*")):
            if file.suffix == ".csv":
                text = (
                    file.read_text().replace("odd", "[blink]\x1b[5modd").replace("Class", "Cl[i]\x1b[3mass")
                )
                file.write_text(text)
            file.rename(folder / file.name.replace(old, new))
    return folder_options(folder)


def assert_clean(desk: Desk) -> str:
    """No control character reaches the terminal; returns the text of the screen."""
    for strip in desk.app.screen._compositor.render_strips():
        for segment in strip:
            assert not segment.control
            odd = [char for char in segment.text if ord(char) < 32 or 0x7F <= ord(char) < 0xA0]
            assert not odd, segment.text
    return desk.text


async def test_every_screen_shows_hostile_names_as_text(batch: Batch) -> None:
    assert len(batch.images) == 3
    async with desk_on(batch, WIDE) as desk:
        assert "ba[reverse]␛[7mtch" in assert_clean(desk)
        titles = []
        for _ in range(3):
            titles.append(desk.title)
            assert_clean(desk)
            await desk.press("down")
        keys = [record.key for record in batch.images]
        shown = [key.replace("\x1b", "␛").replace("\n", "␊") for key in keys]
        assert titles == [f"image {key}" for key in shown], "titles are text, not markup"
        await desk.press("tab", "end")
        assert SHOWN_LAYER in desk.title
        assert SHOWN_LAYER in str(desk.review.objects_table._border_title)
        desk.review.objects_table.go(0, desk.review.objects_table.content.number_of("Cl[i]\x1b[3mass"))  # type: ignore[attr-defined]
        await desk.press("home", "s")
        text = assert_clean(desk)
        assert "[blink]␛[5modd" in text
        assert "Cl[i]␛[3mass" in str(desk.review.objects_table._border_subtitle)
        await desk.press("enter")
        for key in ("c", "C", "escape", "L", "f", "z", "o", "m"):
            await desk.press(key)
            assert_clean(desk)
        for key in ("d", "J", "question_mark", "r", "n", "C", "i", "I", "F"):
            await desk.press(key)
            text = assert_clean(desk)
            assert desk.app.screen is not desk.review, key
            if key == "d":
                assert "D[u]␛NA" in text
                assert SHOWN_LAYER in text
            if key in ("r", "n"):
                assert SHOWN_LAYER in text
            await desk.press("escape")
        assert desk.app.screen is desk.review


@pytest.mark.thorough
async def test_hostile_notes_and_reasons_from_a_file_are_text_and_stay_as_they_were(batch: Batch) -> None:
    csv, note = batch.root / "qc_annotations.csv", "[red]\x1b[31m=1\nsecond line"
    subject = Subject("image", batch.images[0].key)
    with AnnotationStore.open(csv, "other", batch.placeholders) as store:
        store.record(Annotation(subject, "fail", "[b]\x1b[1mwhy", note))
    async with desk_on(batch, WIDE) as desk:
        text = assert_clean(desk)
        assert "␛[1mwhy" in desk.title
        assert "[red]␛[31m=1␊second line" in desk.title
        assert "[b]␛[1mwhy" in text
        await desk.press("r")
        assert "[b]␛[1mwhy  (now)" in assert_clean(desk)
        await desk.press("escape", "n")
        assert "[red]␛[31m=1␊second line" in assert_clean(desk)
        await desk.press("enter")
        kept = desk.store.get(subject)
        assert kept is not None
        assert kept.note == note, "looking at a note does not change it"
    assert csv_rows(csv)[0]["note"] == note


@pytest.mark.thorough
async def test_hostile_text_in_a_narrow_window(batch: Batch) -> None:
    async with desk_on(batch, NARROW) as desk:
        assert_clean(desk)
        await desk.press("w")
        assert_clean(desk)


async def test_broken_hostile_files_are_named_as_text(batch: Batch) -> None:
    for record in batch.images:
        for path in (*record.channels.values(), *record.masks.values(), *record.tables.values()):
            if path is not None:
                path.write_bytes(b"broken")
    async with desk_on(batch, WIDE) as desk:
        assert desk.review.picture.note
        for _ in range(3):
            assert_clean(desk)
            await desk.press("down")
        await desk.press("J")
        assert_clean(desk)


@pytest.mark.thorough
async def test_wide_and_combining_characters_keep_the_columns(batch: Batch) -> None:
    async with desk_on(batch, WIDE) as desk:
        for note in ("細胞が二つ", "e\u0301e\u0301e\u0301", "👩‍🔬 odd", "\u202eabc"):
            await desk.press("n")
            desk.app.screen.query_one("#note").value = note  # type: ignore[attr-defined]
            await desk.press("enter")
            assert_clean(desk)
            widths = {strip.cell_length for strip in desk.app.screen._compositor.render_strips()}
            assert widths == {WIDE[0]}
