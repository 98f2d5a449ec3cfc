"""The shape of the house: no circles of modules, a small screen, Textual's private members in one place."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest
import textual

import tuiqc
import tuiqc.review
import tuiqc.ui
from tuiqc.ui import textual_private

ROOT = Path(tuiqc.__file__).parent


def modules() -> dict[str, Path]:
    names = {}
    for path in ROOT.rglob("*.py"):
        name = ".".join(("tuiqc", *path.relative_to(ROOT).with_suffix("").parts))
        names[name.removesuffix(".__init__")] = path
    return names


def test_no_modules_import_one_another_in_a_circle() -> None:
    """In functions and for types too."""
    imports = grimp.build_graph("tuiqc", cache_dir=None)
    graph = {name: imports.find_modules_directly_imported_by(name) - {name} for name in imports.modules}
    assert len(graph) > 300
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(reversed(error.args[1])))


def test_the_review_screen_is_small() -> None:
    from tuiqc.ui.screens.review import ReviewScreen

    assert len(inspect.getsource(ReviewScreen).splitlines()) <= 250
    assert sum(inspect.isfunction(one) for one in vars(ReviewScreen).values()) <= 30


async def test_commands_know_few_parts_of_the_screen(tmp_path: Path) -> None:
    from fixtures.desks import desk_on
    from fixtures.review_batches import small_batch

    async with desk_on(small_batch(tmp_path / "data")) as desk:
        known = {name for name in dir(desk.review.context) if not name.startswith("_")}
    assert len(known) <= 15, sorted(known)


def test_textual_has_the_private_members_that_are_used() -> None:
    for place, names in textual_private.MEMBERS.items():
        module, _, owner = place.rpartition(".")
        source = inspect.getsource(getattr(importlib.import_module(module), owner))
        for name in names:
            assert re.search(rf"\b(self\.|def ){name}\b|\b{name}\s*[:=]", source) or hasattr(
                getattr(importlib.import_module(module), owner), name
            ), f"{place}.{name} is not in Textual {textual.__version__}"


def test_private_members_of_others_are_used_in_one_module() -> None:
    """On the screen nothing but `self` and `cls` has an underscore: Textual's and rich's members change unannounced."""
    theirs = {name for names in textual_private.MEMBERS.values() for name in names}
    found = []
    for name, path in modules().items():
        if name == "tuiqc.ui.textual_private" or not name.startswith("tuiqc.ui"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and re.match("_[^_]", node.attr):
                own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
                own = own and node.attr not in theirs
                found += [] if own else [f"{name}:{node.lineno} uses {ast.unparse(node)}"]
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("textual", "rich")):
                words = [*(node.module or "").split("."), *(one.name for one in node.names)]
                found += [f"{name}:{node.lineno} imports {word}" for word in words if word.startswith("_")]
    assert not found


def test_no_module_of_the_screen_compares_a_pressed_key() -> None:
    """What a key does is in the registry, so that help, README and the user's own keys know of it."""
    found = []
    for path in (ROOT / "ui").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            looked_at = [node.subject] if isinstance(node, ast.Match) else []
            if isinstance(node, ast.Compare):
                looked_at = [node.left, *node.comparators]
            for one in looked_at:
                names = {part.attr for part in ast.walk(one) if isinstance(part, ast.Attribute)}
                if names & {"key", "character"} and "event" in ast.unparse(one):
                    found.append(f"{path.relative_to(ROOT)}:{one.lineno}")
    assert not found


def test_every_place_of_keys_has_commands_and_a_name() -> None:
    from tuiqc.ui import keys
    from tuiqc.ui.commands import COMMANDS

    assert {one.place for one in COMMANDS} <= {*keys.PLACE_WORDS, keys.ANY}
    own = keys.Keymap({"channel_invert": "y"})
    assert own.find("y", (keys.CHANNEL, keys.DISPLAY)) is COMMANDS.named("channel_invert")
    assert "y invert" in keys.key_line(own, (keys.CHANNEL,))
