"""Where the annotations of a batch are kept, and whether those that are there are about this batch.

Beside the data; where that can't be written, in a file of the batch in the user's state folder, which is found again
from anywhere: by the place of the batch, or by its fingerprint when it was moved (`tuiqc.dataset.batch_facts`).
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tuiqc.budget import regular_file
from tuiqc.dataset.batch_facts import BatchFacts, facts_of, kept_batches, kept_folder, read_facts
from tuiqc.dataset.model import Batch
from tuiqc.errors import InputError, UsageError
from tuiqc.files.identity import digest
from tuiqc.qc.journal import journal_files, journal_path
from tuiqc.qc.record import Annotation, Subject
from tuiqc.text import escaped, printable

DEFAULT_NAME = "qc_annotations.csv"


def annotations_path(
    asked: Path | None, batch: Batch, *, adopt: bool = False, facts: BatchFacts | None = None
) -> tuple[Path, str | None]:
    """Return the CSV to write annotations to, and a sentence to tell the user when it is not the usual one.

    `asked` is what ``--annotations`` gave: a file, or a folder to put ``qc_annotations.csv`` into; `facts` are those
    of the batch, where they are known already. Without `asked`
    the file goes beside the data, or into the state folder if that can't be written. Whether it can is
    tried out (with a file that is removed at once), since permissions alone don't tell on network folders.

    Raises
    ------
    UsageError
        If `asked` can't be written to, or neither default place can.
    InputError
        If the folder of `asked` does not exist, or the file is about another batch (and not to be adopted).
    """
    if asked is not None:
        path = _named(asked)
        if not path.parent.is_dir():
            raise InputError(
                "no such folder", path=path.parent, hint="make it, or name another --annotations file"
            )
        refusal = _refusal(path)
        if refusal:
            raise UsageError(
                printable(f"{path} can't be written ({refusal}). Name another --annotations file.")
            )
        check_batch(path, facts or facts_of(batch), adopt)
        return path, None
    facts = facts or facts_of(batch)
    usual, kept = batch.root / DEFAULT_NAME, _kept(facts)
    refusal = _refusal(usual)
    if refusal is None:
        if kept is not None and not _is_there(usual):
            return kept, printable(
                f"the verdicts on this batch are in {kept}, from when {usual} could not be written"
            )
        check_batch(usual, facts, adopt)
        more = f"further verdicts on this batch are in {kept}; tuiqc merge joins the files" if kept else None
        return usual, None if more is None else printable(more)
    path = kept or _new_name(facts)
    nor = _made(path.parent)
    if nor:
        raise UsageError(
            printable(
                f"{usual} can't be written ({refusal}), nor can {path} ({nor}). Name a file with --annotations."
            )
        )
    told = f"{usual} can't be written ({refusal}): the verdicts go to {path}."
    if _is_there(usual):
        told += f" Those in {usual} are not shown: copy it and name the copy with --annotations to go on."
    return path, printable(told)


def existing_annotations(asked: Path | None, batch: Batch, *, adopt: bool = False) -> Path | None:
    """Return the annotation CSV that is there to be read, or None; nothing is tried or written.

    A file counts when it or its journal exists: the one asked for, else the one beside the data, else the
    one of the batch in the state folder.

    Raises
    ------
    InputError
        If a file was asked for and is not there, or the file is about another batch (and not to be adopted).
    """
    path = batch.root / DEFAULT_NAME if asked is None else _named(asked)
    if asked is not None and not journal_files(journal_path(path)):
        regular_file(path, "an annotation CSV of tuiqc")
    if _is_there(path):
        check_batch(path, facts_of(batch), adopt)
        return path
    if asked is not None:
        raise InputError("no such file", path=path, expected="an annotation CSV of tuiqc")
    return _kept(facts_of(batch))


def check_batch(path: Path, facts: BatchFacts, adopt: bool = False) -> None:
    """Refuse annotations that are known to be about another batch.

    What lies in a folder in which the batch was found before is about it, whatever became of the files since.

    Raises
    ------
    InputError
        With the names of both.
    """
    known = read_facts(path)
    if adopt or known is None or facts.places[0] in known.places or known.relation(facts) != "other":
        return
    raise InputError(
        f"is about another batch, {known.named}",
        path=path,
        expected=f"annotations of {facts.named}",
        hint=f"name another file, or take this one on purpose: --annotations {path} --adopt",
    )


def unmatched(items: Iterable[tuple[Subject, Annotation]], batch: Batch, path: Path) -> str:
    """Return what to say when there are annotations and none is about an image of the batch; "" otherwise."""
    images = dict.fromkeys(subject.image for subject, _ in items)
    keys = {*batch.keys, *map(escaped, batch.keys)}
    if not images or any(image in keys for image in images):
        return ""
    some = ", ".join(list(images)[:4]) + (" …" if len(images) > 4 else "")
    now = ", ".join(batch.keys[:4]) + (" …" if len(batch.images) > 4 else "")
    text = (
        f"NONE of the verdicts in {path} is about an image of this batch: "
        f"not in this batch are {some}, here are {now}."
    )
    known = read_facts(path)
    arguments = "" if known is None else opened_with(known)
    how = (
        f"It was opened so before: tuiqc open {arguments}"
        if arguments
        else "Other patterns give other names."
    )
    return printable(f"{text} Nothing is lost. {how}")


def opened_with(facts: BatchFacts) -> str:
    """Return the arguments that a batch was opened with last, as one types them."""
    from shlex import quote

    words = [quote(str(source)) for source in facts.patterns.get("sources", ())]
    for option in ("images", "labels", "tables"):
        for name, pattern in facts.patterns.get(option, ()):
            said = f"{name}={pattern}" if name else str(pattern)
            words += [f"--{option.removesuffix('s') if option == 'tables' else option}", quote(said)]
    return " ".join(words)


def _named(asked: Path) -> Path:
    path = asked.expanduser()
    return path / DEFAULT_NAME if path.is_dir() else path


def _kept(facts: BatchFacts) -> Path | None:
    """The CSV of the batch in the state folder: by its place, unless another batch is there now; else by what it is."""
    there = [(csv, known) for csv, known in kept_batches() if _is_there(csv)]
    relations = [(csv, known.relation(facts), facts.places[0] in known.places) for csv, known in there]
    at_place = (csv for csv, relation, here in relations if here and relation != "other")
    alike = (csv for csv, relation, _ in relations if relation == "same")
    return next(at_place, None) or next(alike, None)


def _new_name(facts: BatchFacts) -> Path:
    """A name made of the batch's folder and a hash of its place and of what is in it."""
    name = re.sub(r"[^A-Za-z0-9._-]", "_", Path(facts.places[0]).name)[:60] or "batch"
    what = digest(Path(f"{facts.places[0]}\0{sorted(facts.images.items())[:8]}"))
    return kept_folder() / f"{name}-{what[:12]}.csv"


def _made(folder: Path) -> str:
    """Make the folder; returns why files can't be made there, "" if they can."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        return error.strerror or "no permission"
    return _refusal(folder / DEFAULT_NAME) or ""


def _is_there(path: Path) -> bool:
    return path.is_file() or bool(journal_files(journal_path(path)))


def _refusal(path: Path) -> str | None:
    """Return why the CSV at `path` can't be replaced, or None if it can."""
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        return "it is not a regular file"
    if target.exists() and not os.access(target, os.W_OK):
        return "the file is read-only"
    try:
        with tempfile.TemporaryFile(dir=target.parent):
            return None
    except OSError as error:
        return error.strerror or "no permission"
