"""The worked examples of CONTRIBUTING.md, each as somebody would write it, and the journeys of two keys.

An example is one new file, written beside the package, and one entry in a registry of the program.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import numpy as np
import pytest
from fixtures.desks import desk_on
from fixtures.review_batches import HALFBLOCK, open_store, options, small_batch

import tuiqc
from tuiqc.cli import main
from tuiqc.qc.record import Annotation, Subject

ROOT = Path(tuiqc.__file__).parent
PAGE = ROOT.parent / "CONTRIBUTING.md"
Added = Callable[[str, str, str], ModuleType]


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Added]:
    """Puts one new file into a room, and takes it out again."""
    names = []

    def write(room: str, name: str, text: str) -> ModuleType:
        folder = tmp_path / room.replace(".", "_")
        folder.mkdir()
        (folder / f"{name}.py").write_text(text, "utf-8")
        package = importlib.import_module(room)
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
        names.append(f"{room}.{name}")
        return importlib.import_module(names[-1])

    yield write
    for name in names:
        sys.modules.pop(name, None)


def example(heading: str) -> str:
    """The code of an example of the page."""
    text = PAGE.read_text("utf-8").partition(f"### {heading}\n")[2].partition("\n### ")[0]
    found = re.search(r"```python\n(.*?)```", text, re.S)
    assert found, heading
    return found[1]


def test_a_table_dialect(add: Added, monkeypatch: pytest.MonkeyPatch) -> None:
    from tuiqc.dataset.dialects import DIALECTS, recognise

    columns = ["roi_id", "roi_x", "roi_y", "roi_size"]
    assert recognise(columns).name != "roitool"
    dialect = add("tuiqc.dataset.dialects", "roitool", example("A table dialect")).DIALECT
    monkeypatch.setitem(DIALECTS, dialect.name, dialect)
    assert recognise(columns).name == "roitool"


def test_an_image_format(add: Added, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tuiqc.pixels import formats

    add("tuiqc.pixels", "pgm", example("An image format"))
    entry = formats._Format("pgm", "PgmImage", (".pgm",), (b"P5",))
    monkeypatch.setattr(formats, "_FORMATS", (*formats._FORMATS, entry))
    pixels = np.arange(12, dtype=np.uint16).reshape(3, 4)
    (tmp_path / "a.pgm").write_bytes(b"P5\n4 3\n65535\n" + pixels.astype(">u2").tobytes())
    assert formats.read_plane(tmp_path / "a.pgm").tolist() == pixels.tolist()
    assert formats.image_info(tmp_path / "a.pgm").format == "PGM"


def test_a_folder_of_a_platform_or_pipeline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import tifffile
    from fixtures.polygon_files import squares_geojson

    from tuiqc.dataset.bundles import bundle
    from tuiqc.dataset.objects import ObjectLoader
    from tuiqc.dataset.open.batch import open_batch
    from tuiqc.dataset.source_options import SourceOptions

    text = PAGE.read_text("utf-8").partition("### A folder of a platform or pipeline\n")[2]
    entry = re.search(r"```toml\n(.*?)```", text, re.S)
    assert entry
    (tmp_path / "bundles.toml").write_text(entry[1], "utf-8")
    monkeypatch.setattr(bundle, "files", lambda package: tmp_path)
    bundle.bundles.cache_clear()
    folder = tmp_path / "data"
    for name in ("pictures", "outlines", "logs of today"):
        (folder / name).mkdir(parents=True)
    (folder / "mine.json").write_text('{"um_per_pixel": 0.5}')
    try:
        for slide in ("s1", "s2"):
            for stain in ("DNA", "CD3"):
                tifffile.imwrite(folder / "pictures" / f"{slide}_{stain}.tif", np.zeros((60, 60), np.uint8))
            squares_geojson(folder / "outlines" / f"{slide}.geojson")
        batch = open_batch(SourceOptions(sources=(str(folder),), cache=False))
        assert (batch.channels, batch.layers, len(batch.images)) == (["CD3", "DNA"], ["cells"], 2)
        assert ObjectLoader(batch).load(0, "cells").frame["area"].tolist() == [64, 144, 100]
        assert [one.why for one in batch.unmatched] == ["files of the pipeline itself"]
    finally:
        bundle.bundles.cache_clear()


def test_a_plate_microscope(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tuiqc.dataset.plates import instruments

    text = PAGE.read_text("utf-8").partition("### A plate microscope\n")[2]
    entry = re.search(r"```toml\n(.*?)```", text, re.S)
    assert entry
    own = (ROOT / "dataset/plates/instruments.toml").read_text("utf-8") + "\n" + entry[1]
    (tmp_path / "instruments.toml").write_text(own, "utf-8")
    monkeypatch.setattr(instruments, "files", lambda package: tmp_path)
    instruments.instruments.cache_clear()
    try:
        found = instruments.recognise(["scope~A01~f1~DNA", "scope~B02~f2~DNA"])
        assert found is not None
        assert found.name == "My microscope"
        assert found.read("scope~B02~f2~DNA") == {"well": "B02", "site": "2", "channel": "DNA"}
    finally:
        instruments.instruments.cache_clear()


def test_a_colour_map(monkeypatch: pytest.MonkeyPatch) -> None:
    from tuiqc.render import colormaps

    monkeypatch.setitem(colormaps._OWN, "black-green", ("000000", "00ff00"))
    table = colormaps.COLORMAPS["black-green"]
    assert "black-green" in list(colormaps.COLORMAPS)
    assert (table.shape, table[0].tolist(), table[-1].tolist()) == ((256, 3), [0, 0, 0], [0, 255, 0])


@pytest.fixture
def forgotten() -> Iterator[None]:
    """Commands of an example are taken out of the registry again."""
    from tuiqc.ui.keys import registry

    before = dict(registry._commands)
    yield
    registry._commands.clear()
    registry._commands.update(before)


@pytest.mark.usefixtures("forgotten")
async def test_a_key(add: Added, tmp_path: Path) -> None:
    from tuiqc.ui.commands import key_table

    add("tuiqc.ui.commands", "farewell", example("A key"))
    assert "| `f12` | Say how many images there are |" in key_table()
    async with desk_on(small_batch(tmp_path / "data")) as desk:
        await desk.press("f12")
        assert "images to look at" in desk.message


@pytest.mark.usefixtures("forgotten")
async def test_a_view_and_its_tiles(add: Added, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tuiqc.ui import views
    from tuiqc.ui.commands.views import add_command

    add("tuiqc.ui.views", "backwards", example("A view, and a source of tiles"))
    entry = views.ViewEntry(
        "backwards.backwards", keys="f12", label="backwards", help="Images, the last first"
    )
    monkeypatch.setitem(views.VIEWS, "backwards", entry)
    add_command("backwards", entry)
    async with desk_on(small_batch(tmp_path / "data")) as desk:
        await desk.press("f12")
        assert "Backwards" in desk.text
        assert desk.review.context.views.view is not None
        await desk.press("escape")
        assert desk.review.context.views.view is None


def test_a_picture_protocol(add: Added, monkeypatch: pytest.MonkeyPatch) -> None:
    from tuiqc.terminal.protocols import picture_protocol

    add("tuiqc.terminal.protocols", "stars", example("A picture protocol"))
    monkeypatch.setitem(picture_protocol.CLASSES, "stars", "stars.Stars")
    picture_protocol.protocol_of.cache_clear()
    way = picture_protocol.protocol_of("stars")
    frame = way.encode(np.full((4, 3, 3), 255, np.uint8), 3, 2, HALFBLOCK, 1, 0)
    assert way.print_here(frame, HALFBLOCK) == b"***\n***\n"
    picture_protocol.protocol_of.cache_clear()


def test_an_exporter(
    add: Added, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tuiqc.exporters.registry import EXPORTERS

    add("tuiqc.exporters", "counts", example("An exporter"))
    monkeypatch.setitem(EXPORTERS, "counts", ("tuiqc.exporters.counts", "verdicts by kind (.json)"))
    batch = small_batch(tmp_path / "data")
    with open_store(batch) as store:
        store.record(Annotation(Subject("image", batch.images[0].key), verdict="pass"))
    target = tmp_path / "counts.json"
    data = options(tmp_path / "data")
    data.to_toml(tmp_path / "batch.toml")
    assert main(["export", str(tmp_path / "batch.toml"), "--what", "counts", "-o", str(target)]) == 0
    assert json.loads(target.read_text("utf-8")) == {"pass": 1, "unreviewed": len(batch.images) - 1}
    assert "counts.json" in capsys.readouterr().out


def test_a_subcommand(
    add: Added, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import tuiqc.cli

    add("tuiqc.cli", "hello", example("A subcommand"))
    monkeypatch.setattr(tuiqc.cli, "SUBCOMMANDS", (*tuiqc.cli.SUBCOMMANDS, "hello"))
    assert main(["hello", "you"]) == 0
    assert capsys.readouterr().out == "hello you\n"


# --- journeys


class Journey:
    """The files of the program on the stack at each of some moments, in the order in which they are entered."""

    def __init__(self) -> None:
        self.files: dict[str, None] = {}
        self.recording = False

    def here(self) -> None:
        """Note the files that led here."""
        if not self.recording:
            return
        found: list[str] = []
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            path = Path(frame.f_code.co_filename)
            if path.is_relative_to(ROOT):
                found.append(str(path.relative_to(ROOT)))
            frame = frame.f_back
        self.files.update(dict.fromkeys(reversed(found)))

    def at(self, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
        """A moment: whenever this function is called."""
        real = getattr(owner, name)

        def told(*arguments: Any, **named: Any) -> Any:
            self.here()
            if self.recording:
                self.files.setdefault(str(Path(real.__code__.co_filename).relative_to(ROOT)))
            return real(*arguments, **named)

        monkeypatch.setattr(owner, name, told)


class Entered:
    """Every file of the program in which a function is entered on the loop, until something is called."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
        self.files: set[str] = set()
        self._names: dict[str, str | None] = {}
        real = getattr(owner, name)

        def last(*arguments: Any, **named: Any) -> Any:
            sys.setprofile(None)
            return real(*arguments, **named)

        monkeypatch.setattr(owner, name, last)

    def begin(self) -> None:
        """From now on."""
        sys.setprofile(self._look)

    def _look(self, frame: FrameType, event: str, argument: object) -> None:
        if event != "call":
            return
        name = frame.f_code.co_filename
        if name not in self._names:
            path = Path(name)
            self._names[name] = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else None
        if (inside := self._names[name]) is not None:
            self.files.add(inside)


def listed(key: str) -> list[str]:
    """The files of a journey as the page has them."""
    text = PAGE.read_text("utf-8").partition(f"`{key}`, file by file")[2]
    block = re.search(r"```text\n(.*?)```", text, re.S)
    assert block
    return re.findall(r"[\w/]+\.py", block[1])


async def test_the_journey_of_a_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tuiqc.files import atomic
    from tuiqc.preferences import keep_preference

    journey = Journey()
    keep_preference("hints", {"pass": 3})
    async with desk_on(small_batch(tmp_path / "data")) as desk:
        await desk.press("tab", "down")
        journey.at(monkeypatch, atomic, "fsync")
        journey.at(monkeypatch, atomic, "rename")
        journey.recording = True
        await desk.press("p")
        await desk.press("ctrl+s")
        journey.recording = False
    assert journey.files
    assert set(journey.files) <= set(listed("p"))
    assert len(listed("p")) <= 15


async def test_the_journey_of_an_arrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tuiqc.picture.painter import Painter
    from tuiqc.review.cursor import Cursor

    journey = Journey()
    async with desk_on(small_batch(tmp_path / "data")) as desk:
        await desk.press("tab", "down")
        context = desk.review.context
        way = type(desk.review.picture)._way.fget(desk.review.picture)  # type: ignore[attr-defined]
        journey.at(monkeypatch, Cursor, "go_object")
        journey.at(monkeypatch, type(context.pictures._worker), "request")
        journey.at(monkeypatch, Painter, "paint")
        journey.at(monkeypatch, type(way), "encode")
        journey.at(monkeypatch, type(desk.review.picture), "offer")
        journey.recording = True
        await desk.press("down")
        journey.recording = False
    # A picture may have been made before it was asked for: then the key takes a shorter way.
    assert "review/cursor.py" in journey.files
    assert set(journey.files) <= set(listed("down"))
    assert len(listed("down")) <= 16


@pytest.mark.parametrize(
    ("key", "most", "until"), [("p", 27, "the journal"), ("down", 36, "the picture is asked for")]
)
async def test_few_files_are_entered_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, most: int, until: str
) -> None:
    """The strict count: readers of state and forwarders too, which stand on no stack when bytes are written."""
    from tuiqc.files import atomic
    from tuiqc.ui.pictures import PictureWorker

    async with desk_on(small_batch(tmp_path / "data")) as desk:
        await desk.press("tab", "down")
        await desk.calm()
        owner, name = (atomic, "fsync") if key == "p" else (PictureWorker, "request")
        entered = Entered(monkeypatch, owner, name)
        entered.begin()
        try:
            await desk.press(key)
        finally:
            sys.setprofile(None)
    assert 10 < len(entered.files) <= most, sorted(entered.files)
    assert f"`{key}`: {most} files until {until}" in PAGE.read_text("utf-8").replace("\n", " ")


def test_the_page_names_files_that_are_there() -> None:
    text = PAGE.read_text("utf-8")
    for name in re.findall(r"`((?:tuiqc|tests)/[\w/.-]+)`", text):
        assert (ROOT.parent / name).exists(), name
