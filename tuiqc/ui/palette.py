"""What the palette finds by name: commands, columns, images, objects, filters, reasons, themes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from inspect import isawaitable
from typing import Any, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.theme import BUILTIN_THEMES

from tuiqc.review.listing import Listing
from tuiqc.review.state_files import remember, remembered, save_filters
from tuiqc.tables.columns import short_titles
from tuiqc.tables.filters.tokens import column_name
from tuiqc.text import printable
from tuiqc.ui.column_names import colour_objects_by
from tuiqc.ui.context import ReviewContext
from tuiqc.ui.keys import Command, shown_key
from tuiqc.ui.review_steps import image_changed
from tuiqc.ui.screens.review import ReviewScreen

_BY_HELP = 0.6
"""What a match in the words of help is worth beside one in the name."""
_MOST = 12
"""Things of a kind that are listed."""


class CommandProvider(Provider):
    """Finds commands of the review screen."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        recent = recent_names()
        for one in sorted(self._usable(), key=lambda one: -bonus(_name(one), recent)):
            yield DiscoveryHit(_name(one), partial(self._run, one), help=one.help)

    async def search(self, query: str) -> Hits:
        """Those that match what was typed; by their names before others."""
        matcher, recent = self.matcher(query), recent_names()
        for one in self._usable():
            name = _name(one)
            scattered = matcher.match(name)
            score = max(rank(query, one.name.replace("_", " "), scattered), rank(query, one.label, scattered))
            score = max(score, _BY_HELP * rank(query, one.help, matcher.match(one.help)))
            if score > 0:
                score += bonus(name, recent)
                yield Hit(score, matcher.highlight(name), partial(self._run, one), help=one.help)

    async def _run(self, command: Command) -> None:
        keep_recent(_name(command))
        await self._review.run_command(command)

    @property
    def _review(self) -> ReviewScreen:
        return cast("ReviewScreen", self.screen)

    def _usable(self) -> list[Command]:
        """All but those of views that are not open."""
        return self._review.usable_commands()


def rank(query: str, name: str, scattered: float) -> float:
    """How well a name fits what was typed: 0 for not at all, more for whole beginnings than for scattered letters.

    In this order: the name begins so, one of its words does, each word typed begins one of its words, the text is in
    it, its letters are (`scattered`, what Textual's own matcher says, above 0).
    """
    wanted, text = query.strip().casefold(), name.casefold()
    words = re.findall(r"[^\W_]+", text)
    if not wanted:
        return 0.0
    if text.startswith(wanted):
        return _BEGINS + 0.1 / max(1, len(text))
    if any(text.startswith(wanted, match.start()) for match in re.finditer(r"(?<![^\W_])\w", text)):
        return _WORD_BEGINS
    if all(any(word.startswith(part) for word in words) for part in wanted.split()):
        return _WORDS_BEGIN
    if wanted in text:
        return _INSIDE
    return _SCATTERED * min(1.0, scattered)


_BEGINS, _WORD_BEGINS, _WORDS_BEGIN, _INSIDE, _SCATTERED = 1.0, 0.9, 0.8, 0.6, 0.4
_RECENT, _KEPT = 0.09, 20


def recent_names() -> list[str]:
    """What was chosen in the palette before, the last first."""
    kept = remembered("palette", b"recent")
    return [one for one in kept if isinstance(one, str)][:_KEPT] if isinstance(kept, list) else []


def keep_recent(name: str) -> None:
    """It was chosen now."""
    remember("palette", b"recent", [name, *(one for one in recent_names() if one != name)][:_KEPT])


def bonus(name: str, recent: list[str]) -> float:
    """What is added for something that was chosen lately, less than a better fit is worth."""
    return _RECENT * (1 - recent.index(name) / _KEPT) if name in recent else 0.0


def _name(command: Command) -> str:
    keys = ", ".join(shown_key(key) for key in command.keys)
    return f"{command.group}: {command.name.replace('_', ' ')} ({keys})"


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that can be found: what is matched and shown, what it is, and what choosing it does."""

    name: str
    help: str
    act: Callable[[], Awaitable[None] | None]


class ThingProvider(Provider):
    """Finds what the review is about."""

    async def search(self, query: str) -> Hits:
        """Columns with what is done by them, images, objects of this image, filters, reasons, themes."""
        matcher, review, recent = self.matcher(query), cast("ReviewScreen", self.screen), recent_names()
        for kind in (columns, images, objects, filters, reasons, themes):
            scored = [
                (score + bonus(one.name, recent), one)
                for one in kind(review, query)
                if (score := rank(query, one.name, matcher.match(one.name))) > 0
            ]
            best = sorted(scored, key=lambda pair: -pair[0])
            for score, one in best[:_MOST]:
                yield Hit(score, matcher.highlight(one.name), partial(_do, one), help=one.help)


async def _do(thing: Thing) -> None:
    keep_recent(thing.name)
    done = thing.act()
    if isawaitable(done):
        await done


def columns(review: ReviewScreen, query: str) -> Iterator[Thing]:
    """Columns of the table that is judged."""
    context = review.context
    rows, listing = context.session.cursor.rows, context.tables.judged.content
    if rows is None or not isinstance(listing, Listing):
        return
    level = context.session.cursor.level
    titles = short_titles(rows.view.columns)
    for name in rows.view.columns:
        title = printable(titles.get(name, name))
        about = f"column {printable(name)} of the {level} table"
        yield Thing(f"sort by {title}", about, partial(context.tables.sort, [(name, False)], level))
        yield Thing(
            f"sort by {title}, largest first", about, partial(context.tables.sort, [(name, True)], level)
        )
        yield Thing(f"filter by {title}", about, partial(_filter, review, name))
        yield Thing(f"go to column {title}", about, partial(_show_column, context, name))
        if level == "object" and name in rows.view.given:
            yield Thing(f"colour by {title}", about, partial(colour_objects_by, context, name))
            yield Thing(f"plot {title}", about, partial(_plot, review, name))


def _show_column(context: ReviewContext, name: str) -> None:
    if context.tables.hides(name):
        context.tables.toggle(name)
    context.tables.go_to_column(name)


async def _filter(review: ReviewScreen, name: str) -> None:
    """The line for a filter, with the column on it."""
    await review.run_named("filter")
    line = review.context.status.ask_line
    if line.is_open:
        line.input.value = f"{column_name(name)} "
        line.input.cursor_position = len(line.input.value)


async def _plot(review: ReviewScreen, name: str) -> None:
    from tuiqc.plots.quantities import number_columns
    from tuiqc.ui.views.plot import PlotView

    await review.run_named("plot")
    view: Any = review.context.views.view
    if not isinstance(view, PlotView):
        return
    rows, choice = view.subject.rows, view.subject.choice
    if rows is None or choice is None or name not in number_columns(rows):
        review.context.say(f"{name} has no numbers to plot")
    else:
        view.choose(replace(choice, kind="histogram", x=name))


def images(review: ReviewScreen, query: str) -> Iterator[Thing]:
    """Images by their keys."""
    context, view = review.context, review.session.tables.images.view
    for record in review.session.batch.images:
        key = printable(record.key)
        if query.strip().casefold() in f"image {key}".casefold() and view.index_of(record.index) is not None:
            yield Thing(f"image {key}", "go to this image", partial(_go_image, context, record.index))


def _go_image(context: ReviewContext, index: int) -> None:
    row = context.session.tables.images.view.index_of(index)
    if row is not None:
        context.session.cursor.go_image(row)
        image_changed(context)


def objects(review: ReviewScreen, query: str) -> Iterator[Thing]:
    """The object of this image whose label is typed."""
    cursor, label = review.session.cursor, re.search(r"\d+", query)
    rows = review.session.tables.objects
    if label is None or rows is None or rows.position(cursor.image, int(label[0]), cursor.t) is None:
        return
    words = f"object {int(label[0])} of image {printable(cursor.record.key)}"
    yield Thing(words, f"go to this one of {cursor.layer}", partial(_go_label, review.context, int(label[0])))


def _go_label(context: ReviewContext, label: int) -> None:
    if context.session.cursor.go_label(label):
        context.views.panes.focus(context.tables.objects)
        context.pictures.viewport.follow_object()


def filters(review: ReviewScreen, query: str) -> Iterator[Thing]:
    """Filters of the table that is judged."""
    context, rows = review.context, review.session.cursor.rows
    for one in rows.stack.filters if rows is not None else ():
        words = f"filter {printable(one.name)}: {'off' if one.on else 'on'}"
        yield Thing(words, "a filter of this table", partial(_toggle_filter, context, one.name))


def _toggle_filter(context: ReviewContext, name: str) -> None:
    rows = context.session.cursor.rows
    if rows is not None:
        rows.stack.toggle(name)
        save_filters(context.tables.filter_kind, rows.stack)
        context.tables.apply_filters()


def reasons(review: ReviewScreen, query: str) -> Iterator[Thing]:
    """Reasons that number keys give."""
    for one in review.context.status.reasons.here:
        if one.key:
            words = f"{one.verdict}: {printable(one.name)} ({one.key})"
            yield Thing(
                words, "give this reason and its verdict", partial(review.run_named, f"reason_{one.key}")
            )


def themes(review: ReviewScreen, query: str) -> Iterator[Thing]:
    """Themes."""
    for name, one in BUILTIN_THEMES.items():
        about = f"colours of the program, {'dark' if one.dark else 'light'}"
        yield Thing(f"theme {name}", about, partial(setattr, review.context.output, "theme", name))
