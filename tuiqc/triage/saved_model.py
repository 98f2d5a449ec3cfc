"""What was learned from verdicts, kept in a file for later batches: numbers with names as JSON, never code.

A model is the evidence of the objects that were judged, as deviations from their own batch: so it fits a batch with
other lenses, lamps and cells, where raw numbers would not. Evidence that the later batch has not is left out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuiqc.budget import check_depth, small_text
from tuiqc.errors import InputError, UsageError
from tuiqc.triage.kind_models import expanded
from tuiqc.triage.kinds import SUSPECTS
from tuiqc.triage.population import LIMIT
from tuiqc.triage.prior import generic_names
from tuiqc.triage.suspicion import Examples, Ranker

FORMAT = "tuiqc model of verdicts"
VERSION = 1
SUFFIX = ".json"
_MOST_NAMES = 2_000
_MOST_EXAMPLES = 20_000
_MOST_BYTES = 64 << 20
_EXPECTED = "a model written by `tuiqc rank --save-model`"


@dataclass(frozen=True)
class SavedModel:
    """Judged objects of earlier batches.

    Attributes
    ----------
    names
        Of the p kinds of evidence, with `channel` for that of the objects.
    of_image, of_batch
        (m, p) deviations from their image and from their batch.
    failed
        (m,) whether each failed.
    suspects
        (m,) the kind of error that was stated or, where none was, "".
    """

    names: tuple[str, ...]
    of_image: NDArray[np.float64]
    of_batch: NDArray[np.float64]
    failed: NDArray[np.bool_]
    suspects: NDArray[np.str_]

    def shared(self, names: Sequence[str]) -> int:
        """Of how many kinds of evidence with these names it knows something."""
        return len(set(self.names).intersection(generic_names(names)))

    def examples(self, names: Sequence[str]) -> Examples:
        """The objects as examples for evidence of these names; what is not known of them counts as usual."""
        place = {name: at for at, name in enumerate(self.names)}
        shape = (len(self.failed), len(names))
        of_image, of_batch = np.zeros(shape), np.zeros(shape)
        for at, name in enumerate(generic_names(names)):
            if name in place:
                of_image[:, at] = self.of_image[:, place[name]]
                of_batch[:, at] = self.of_batch[:, place[name]]
        return Examples(expanded(of_image, of_batch), self.failed, self.suspects)


def shared_words(models: Sequence[SavedModel], names: Sequence[str]) -> list[str]:
    """What is to be said of models that know little of evidence of these names; nothing if all know all of it."""
    said = []
    for number, model in enumerate(models, 1):
        which = "the model" if len(models) == 1 else f"model {number}"
        shared = model.shared(names)
        if not shared:
            said.append(
                f"--learn-from: {which} knows none of the {len(names)} kinds of evidence measured here: "
                "nothing is learned from it"
            )
        elif shared < len(names):
            said.append(
                f"--learn-from: {which} knows {shared} of the {len(names)} kinds of evidence measured here "
                f"({', '.join(_unknown(model, names))}): the others count as usual"
            )
    return said


_NAMED = 3


def _unknown(model: SavedModel, names: Sequence[str]) -> list[str]:
    """Some names that a model does not know."""
    known = set(model.names)
    lacking = [
        name for name, generic in zip(names, generic_names(names), strict=True) if generic not in known
    ]
    more = len(lacking) - _NAMED
    return [f"not {lacking[0]}", *lacking[1:_NAMED], *([f"{more} more"] if more > 0 else [])]


def model_of(ranker: Ranker, earlier: Sequence[SavedModel] = ()) -> SavedModel:
    """The judged objects of a batch, and those of earlier models that it had learned from.

    Raises
    ------
    UsageError
        Nothing was judged: there is nothing to keep.
    """
    judged = ranker.judged
    names = tuple(generic_names(ranker.population.names))
    models = [_with_names(one, names) for one in earlier]
    if judged is not None:
        of_image, of_batch = (one[judged.rows].astype(np.float64) for one in ranker.basis.deviations)
        models.append(SavedModel(names, of_image, of_batch, judged.failed, judged.suspects))
    if not models:
        raise UsageError("no object of the batch has a verdict: there is nothing to keep in a model")
    return SavedModel(
        names,
        np.concatenate([one.of_image for one in models])[-_MOST_EXAMPLES:],
        np.concatenate([one.of_batch for one in models])[-_MOST_EXAMPLES:],
        np.concatenate([one.failed for one in models])[-_MOST_EXAMPLES:],
        np.concatenate([one.suspects for one in models])[-_MOST_EXAMPLES:],
    )


def _with_names(model: SavedModel, names: Sequence[str]) -> SavedModel:
    columns = [model.names.index(name) if name in model.names else -1 for name in names]
    of_image, of_batch = (
        np.hstack([one, np.zeros((len(one), 1))])[:, columns] for one in (model.of_image, model.of_batch)
    )
    return SavedModel(tuple(names), of_image, of_batch, model.failed, model.suspects)


def model_text(model: SavedModel) -> str:
    """The text of a file."""
    examples = [
        {
            "failed": bool(failed),
            "suspect": str(suspect),
            "of_image": np.round(of_image, 3).tolist(),
            "of_batch": np.round(of_batch, 3).tolist(),
        }
        for failed, suspect, of_image, of_batch in zip(
            model.failed, model.suspects, model.of_image, model.of_batch, strict=True
        )
    ]
    head = {"format": FORMAT, "version": VERSION, "names": list(model.names)}
    rows = ",\n".join(json.dumps(one, separators=(",", ":")) for one in examples)
    return json.dumps(head)[:-1] + ', "examples": [\n' + rows + "\n]}\n"


def is_model(path: Path) -> bool:
    """Whether a file is meant as a model: by the ending of its name."""
    return path.suffix.casefold() == SUFFIX


def holds_model(path: Path) -> bool:
    """Whether a file is a model that can be read."""
    try:
        read_model(path)
    except InputError:
        return False
    return True


def read_model(path: Path) -> SavedModel:
    """Read a model.

    Raises
    ------
    InputError
        It can't be read, is too large, or is no model of a version that is known.
    """
    path = path.expanduser()
    try:
        text = small_text(path, _EXPECTED, _MOST_BYTES).decode("utf-8-sig")
        check_depth(path, text)
        content = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"not JSON ({error})", path=path, expected=_EXPECTED) from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError("no model of verdicts", path=path, expected=_EXPECTED)
    if content.get("version") != VERSION or isinstance(content["version"], bool):
        raise InputError(
            f"version {content.get('version')!r} of a model", path=path, expected=f"version {VERSION}"
        )
    return _checked(content, path)


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")


def _checked(content: dict[str, Any], path: Path) -> SavedModel:
    names, examples = content.get("names"), content.get("examples")
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        raise InputError("`names` is no list of texts", path=path, expected=_EXPECTED)
    if not isinstance(examples, list) or not examples:
        raise InputError("`examples` is no list of objects", path=path, expected=_EXPECTED)
    if len(names) > _MOST_NAMES or len(set(names)) < len(names):
        raise InputError(
            f"{len(names):,} names, or one twice", path=path, expected=f"at most {_MOST_NAMES:,}"
        )
    if len(examples) > _MOST_EXAMPLES:
        raise InputError(f"{len(examples):,} objects", path=path, expected=f"at most {_MOST_EXAMPLES:,}")
    rows = [_example(one, len(names), number, path) for number, one in enumerate(examples, 1)]
    return SavedModel(
        tuple(names),
        np.clip(np.array([row[2] for row in rows], np.float64).reshape(-1, len(names)), -LIMIT, LIMIT),
        np.clip(np.array([row[3] for row in rows], np.float64).reshape(-1, len(names)), -LIMIT, LIMIT),
        np.array([row[0] for row in rows], bool),
        np.array([row[1] for row in rows], np.str_),
    )


def _example(one: Any, width: int, number: int, path: Path) -> tuple[bool, str, list[float], list[float]]:
    values = one if isinstance(one, dict) else {}
    failed, suspect = values.get("failed"), values.get("suspect", "")
    lists = [values.get("of_image"), values.get("of_batch")]
    good = isinstance(failed, bool) and suspect in ("", *SUSPECTS)
    for numbers in lists:
        good = good and isinstance(numbers, list) and len(numbers) == width and all(map(_is_number, numbers))
    if not good:
        raise InputError(
            f"object {number} of its examples is not what it should be",
            path=path,
            expected=f"failed, suspect and twice {width} numbers",
        )
    return failed, suspect, *lists


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e9
