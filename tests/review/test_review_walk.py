"""Any sequence of steps, sorts, filters and decisions leaves a session that is consistent with itself and its store."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import pytest
from fixtures.review_batches import small_batch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuiqc.dataset.model import Batch
from tuiqc.dataset.objects import ObjectLoader, ObjectPart
from tuiqc.qc.annotations import AnnotationStore
from tuiqc.review.object_rows import ObjectRows
from tuiqc.review.session import Session
from tuiqc.tables.filters.evaluation import evaluate
from tuiqc.tables.filters.grammar import parse
from tuiqc.tables.filters.tokens import FilterError

VERDICTS = ("pass", "fail", "unsure")


@dataclass
class Ground:
    batch: Batch
    parts: list[ObjectPart]
    folder: Path
    numbers: itertools.count[int]

    def session(self) -> Session:
        path = self.folder / f"{next(self.numbers)}.csv"
        session = Session(self.batch, AnnotationStore.open(path, "ann", self.batch.placeholders), "nuclei")
        session.set_objects(ObjectRows(self.batch, "nuclei", self.parts))
        session.tables.rebuild_images()
        return session


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    folder = tmp_path_factory.mktemp("walk")
    batch = small_batch(folder / "data", ("A1", "A2", "A3", "A10"), (3, 2, 0, 4))
    loader = ObjectLoader(batch)
    parts = [loader.load(record.index, "nuclei") for record in batch.images]
    return Ground(batch, parts, folder, itertools.count())


number = st.integers(0, 8)
step = st.sampled_from([1, -1])
operations = st.one_of(
    st.tuples(st.just("go_image"), st.integers(0, 3)),
    st.tuples(st.just("go_object"), number),
    st.tuples(st.just("go_label"), st.integers(0, 5)),
    st.tuples(st.just("step_image"), step),
    st.tuples(st.just("next"), step),
    st.tuples(st.just("level"), st.sampled_from(["image", "object"])),
    st.tuples(st.just("sort"), st.sampled_from(["AreaShape_Area", "well", "verdict", "Class"])),
    st.tuples(st.just("sort_images"), st.sampled_from(["failed", "well", "nuclei"])),
    st.tuples(st.just("filter"), st.none()),
    st.tuples(st.just("decide"), st.sampled_from(VERDICTS)),
    st.tuples(st.just("note"), st.sampled_from(["", "odd", "=1+1"])),
    st.tuples(st.just("reason"), st.sampled_from(["merged", "split"])),
    st.tuples(st.just("clear"), st.none()),
    st.tuples(st.just("undo"), st.none()),
    st.tuples(st.just("redo"), st.none()),
    st.tuples(st.just("rebuild"), st.none()),
    st.tuples(st.just("arrive"), st.integers(1, 4)),
)
quick = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)


def do(session: Session, ground: Ground, what: str, value: object) -> None:
    objects = session.tables.objects
    assert objects is not None
    simple = {
        "go_image": session.cursor.go_image,
        "go_object": session.cursor.go_object,
        "go_label": session.cursor.go_label,
        "step_image": session.cursor.step_image,
        "sort": lambda name: objects.view.sort_by_keys([(name, False)]),
        "sort_images": lambda name: session.tables.images.view.sort_by_keys([(name, True)]),
    }
    if what in simple:
        simple[what](value)  # type: ignore[operator]
    elif what == "next":
        before = None if session.cursor.rows is None else session.cursor.rows.counts()[""]
        if session.queue.next_unreviewed(int(str(value))):
            annotation = session.annotator.annotation
            assert annotation is None or annotation.verdict == "", "an open one was asked for"
            assert session.cursor.row is not None
        elif objects.image_filter is None:
            assert before == 0, "there was an open one"
    elif what == "level":
        session.cursor.level = value  # type: ignore[assignment]
    elif what == "filter":
        session.cursor.toggle_only_image()
    elif what in ("decide", "note", "reason"):
        subject = session.cursor.subject
        outcome = session.annotator.decide(**{"verdict" if what == "decide" else what: str(value)})
        assert (outcome is None) == (subject is None)
    elif what == "rebuild":
        session.tables.rebuild_images()
    elif what == "arrive":
        rows = ObjectRows(ground.batch, "nuclei", ground.parts[: int(str(value))])
        rows.decide_all(session.store.items(), ground.batch)
        session.set_objects(rows)
    else:
        getattr(session.annotator, what)()


def check(session: Session) -> None:
    objects, store = session.tables.objects, session.store
    assert objects is not None
    assert 0 <= session.cursor.image < len(session.batch.images)
    if session.cursor.label and session.cursor.position is not None:
        assert int(objects.images[session.cursor.position]) == session.cursor.image
        assert int(objects.labels[session.cursor.position]) == session.cursor.label
    for rows, subject_of in (
        (session.tables.images, session.tables.images.subject),
        (objects, objects.subject),
    ):
        for position in range(rows.total):
            found = store.get(subject_of(position, session.batch))
            told = ("", "", "") if found is None else (found.verdict, found.reason, found.note)
            shown = tuple(
                rows.view.column(rows.own[name])[position] for name in ("verdict", "reason", "note")
            )
            assert shown == told
            assert rows.verdict(position) == told[0]
        counts = rows.counts()
        assert sum(counts.values()) == rows.total
    if objects.image_filter is not None:
        assert all(
            int(objects.images[objects.view.row(row)]) == objects.image_filter for row in range(len(objects))
        )
    else:
        assert len(objects) == objects.total
    if session.cursor.row is not None:
        assert session.cursor.rows is not None
        assert session.cursor.rows.view.row(session.cursor.row) == (
            session.cursor.image if session.cursor.level == "image" else session.cursor.position
        )


@pytest.mark.thorough
@quick
@given(steps=st.lists(operations, max_size=25))
def test_any_walk_keeps_rows_store_and_place_together(
    ground: Ground, steps: list[tuple[str, object]]
) -> None:
    session = ground.session()
    for what, value in steps:
        do(session, ground, what, value)
        check(session)
    session.store.close()


@quick
@given(steps=st.lists(operations, max_size=20))
def test_undoing_everything_restores_the_beginning_and_redo_the_end(
    ground: Ground, steps: list[tuple[str, object]]
) -> None:
    session = ground.session()
    for what, value in steps:
        do(session, ground, what, value)
    session.set_objects(ObjectRows(ground.batch, "nuclei", ground.parts))
    after = session.store.items()
    count = 0
    while session.annotator.undo() is not None:
        count += 1
        check(session)
    assert session.store.items() == []
    assert session.tables.objects is not None
    assert session.tables.objects.counts()[""] == session.tables.objects.total
    assert session.tables.images.counts()[""] == len(ground.batch.images)
    for _ in range(count):
        assert session.annotator.redo() is not None
    check(session)
    # `after` may have had undone steps that redo brings back too; what it had is there unless they changed it.
    if not any(what in ("undo",) for what, _ in steps):
        assert session.annotator.redo() is None
        assert sorted(session.store.items()) == sorted(after)
    session.store.close()


@pytest.mark.thorough
@quick
@given(steps=st.lists(operations, max_size=12), sort=st.booleans(), way=step)
def test_walking_the_open_ones_meets_each_once_in_the_order_shown(
    ground: Ground, steps: list[tuple[str, object]], sort: bool, way: int
) -> None:
    session = ground.session()
    for what, value in steps:
        do(session, ground, what, value)
    rows = ObjectRows(ground.batch, "nuclei", ground.parts)
    rows.decide_all(session.store.items(), ground.batch)
    session.set_objects(rows)
    rows.show_only(None)
    if sort:
        rows.view.sort_by_keys([("AreaShape_Area", False)])
    session.cursor.level, session.cursor.label = "object", 0
    open_before = [int(p) for p in rows.view.order if rows.codes[p] == 0]
    met = []
    while session.queue.next_unreviewed(way):
        assert session.cursor.position is not None
        met.append(session.cursor.position)
        assert session.annotator.decide(verdict="pass") is not None
    assert met == open_before[::way]
    session.store.close()


FILTERS = ("label < 3", "Class == 'odd'", "verdict is missing", "AreaShape_Area > 50", "well == 'A10'")
acts = st.lists(
    st.one_of(
        st.tuples(st.just("sort"), st.sampled_from(["AreaShape_Area", "well", "Class", "label"])),
        st.tuples(st.just("filter"), st.sampled_from(FILTERS)),
        st.tuples(st.just("switch"), st.integers(0, 4)),
        st.tuples(st.just("select"), st.integers(0, 8)),
        st.tuples(st.just("only"), st.none()),
        st.tuples(st.just("image"), st.integers(0, 3)),
    ),
    max_size=8,
)


def act(session: Session, what: str, value: object) -> None:
    """What a person does with a table, as the screen does it."""
    objects = session.tables.objects
    assert objects is not None
    stack = objects.stack
    if what == "sort":
        if objects.view.has(str(value)):  # of an image without objects no column is known
            objects.view.sort_by_keys([(str(value), False)])
    elif what == "select":
        position = int(str(value))
        if position < objects.total:
            objects.selection.toggle(position)
    elif what == "only":
        session.cursor.toggle_only_image()
    elif what == "image":
        session.cursor.image = int(str(value))
    else:
        if what == "filter":
            try:
                evaluate(parse(str(value)), objects.view)
            except FilterError:
                return
            stack.add(str(value))
        elif int(str(value)) < len(stack.filters):
            stack.toggle(stack.filters[int(str(value))].name)
        objects.take_filter(objects.filter_mask())


@settings(deadline=None)
@given(
    first=acts,
    meanwhile=acts,
    read=st.lists(st.integers(0, 3), min_size=1, max_size=4, unique=True),
    more=st.permutations([0, 1, 2, 3]),
    judged=st.sets(st.integers(0, 3)),
)
def test_order_filters_and_selection_survive_rows_that_arrive(
    ground: Ground,
    first: list[tuple[str, object]],
    meanwhile: list[tuple[str, object]],
    read: list[int],
    more: list[int],
    judged: set[int],
) -> None:
    """As if all rows had been there from the beginning, whatever the person does while they are on their way."""
    session = ground.session()
    session.set_objects(None)
    session.set_objects(ObjectRows(ground.batch, "nuclei", [ground.parts[index] for index in read]))
    before = session.tables.objects
    assert before is not None
    for position in judged & set(range(before.total)):
        session.cursor.go_position(position)
        session.annotator.decide(verdict="fail")
    for what, value in first:
        act(session, what, value)
    arriving = ObjectRows(ground.batch, "nuclei", [ground.parts[index] for index in more])
    arriving.decide_all(session.store.items(), ground.batch)
    session.tables.prepare(arriving)
    for what, value in meanwhile:
        act(session, what, value)
    chosen = {before.subject(int(at), ground.batch) for at in before.selection.positions()}
    session.set_objects(arriving)
    assert arriving.view.sort_keys == before.view.sort_keys
    assert arriving.image_filter == before.image_filter
    assert arriving.stack is before.stack
    assert {arriving.subject(int(at), ground.batch) for at in arriving.selection.positions()} == chosen
    # The same choices made with all rows there show the same rows in the same order.
    expected = ObjectRows(ground.batch, "nuclei", ground.parts)
    expected.decide_all(session.store.items(), ground.batch)
    expected.restore_sort(before.view.sort_keys)
    for one in before.stack.filters:
        expected.stack.add(one.expression.text)
        if not one.on:
            expected.stack.toggle(one.name)
    expected.take_filter(expected.filter_mask())
    expected.show_only(before.image_filter)
    assert list(arriving.view.order) == list(expected.view.order)
    session.store.close()
