"""No towers: classes of the screen and of the review are composed, not stacked."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Iterator

import pytest

CHAIN = 2
"""Classes of ours in a chain of inheritance."""

METHODS = 40
"""Methods of its own that a class has at most."""


def classes(room: str) -> Iterator[type]:
    package = importlib.import_module(room)
    for module in pkgutil.walk_packages(package.__path__, f"{room}."):
        if not module.name.endswith("__main__"):
            for _, found in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
                if found.__module__ == module.name:
                    yield found


@pytest.mark.parametrize(("room", "least"), [("tuiqc.ui", 60), ("tuiqc.review", 15)])
def test_classes_are_no_towers(room: str, least: int) -> None:
    found = list(classes(room))
    assert len(found) >= least, "the classes were found"
    chains = {one: [base for base in one.__mro__ if base.__module__.startswith("tuiqc.")] for one in found}
    assert not [(one.__name__, chain[1:]) for one, chain in chains.items() if len(chain) > CHAIN]
    assert not [(one.__name__, count) for one in found if (count := methods(one)) > METHODS]


def methods(of: type) -> int:
    definition = ast.parse(textwrap.dedent(inspect.getsource(of))).body[0]
    assert isinstance(definition, ast.ClassDef)
    return sum(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in definition.body)
