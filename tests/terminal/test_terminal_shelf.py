"""What a kitty terminal holds: nothing twice, nothing for ever."""

from __future__ import annotations

import re

from fixtures.terminal_pictures import decode_kitty, micrograph
from hypothesis import given, settings
from hypothesis import strategies as st

from tuiqc.terminal.capabilities import Capabilities, Protocol, Replies
from tuiqc.terminal.palette_png import png_within
from tuiqc.terminal.picture_bytes import GreyChoice, LinkMeter, parse_budget
from tuiqc.terminal.picture_store import MAX_IMAGES, ImageShelf, renumbered
from tuiqc.terminal.protocol_choice import choose
from tuiqc.terminal.protocols import picture_protocol as protocols

FREED = re.compile(rb"\x1b_Ga=d,d=I,q=2,i=(\d+)\x1b\\")
PICTURE = micrograph(48, 64)


def caps(protocol: str = "kitty") -> Capabilities:
    return choose(Replies(screen=(100, 40, 800, 640)), {}, protocol)


FRAMES = {p: protocols.encode(PICTURE, 8, 3, caps(p), 1) for p in ("kitty", "kitty-direct")}


def ids_sent(codes: bytes) -> list[int]:
    return [int(image.keys["i"]) for image in decode_kitty(codes) if image.keys["a"] == "T"]


@settings(deadline=None)
@given(st.lists(st.integers(0, 60), max_size=120), st.sampled_from(["kitty", "kitty-direct"]))
def test_the_terminal_holds_what_was_shown_last_and_never_more(keys, protocol) -> None:
    held = ImageShelf(caps(protocol), 1000)
    alive: dict[int, int] = {}
    for key in keys:
        frame, codes, gone = held.put(key, FRAMES[protocol], 64 * 48)
        if codes:
            assert ids_sent(codes) == [frame.image_id]
            assert key not in alive.values(), "nothing is sent twice"
            alive[frame.image_id] = key
            for number in map(int, FREED.findall(gone)):  # told when the new one is in sight
                del alive[number]
        assert alive[frame.image_id] == key
        assert len(alive) == len(held) <= MAX_IMAGES
        assert held.holds(frame.image_id)
    assert {int(n) for n in FREED.findall(held.clear())} == set(alive)
    assert len(held) == 0


def test_what_is_freed_late_takes_no_other_picture_with_it() -> None:
    held = ImageShelf(caps(), 1000)
    late: list[bytes] = []
    shown = {}
    for key in range(5 * MAX_IMAGES):
        frame, _, gone = held.put(key, FRAMES["kitty"], 10)
        shown[frame.image_id] = key
        late.append(gone)
        if len(late) > 3:
            for number in map(int, FREED.findall(late.pop(0))):
                assert shown.pop(number) < key - 3
        assert shown[frame.image_id] == key


def test_what_was_sent_ahead_is_placed_and_not_sent_again() -> None:
    for protocol, placing in (("kitty", [b"a=p,U=1"]), ("kitty-direct", [])):
        held = ImageShelf(caps(protocol), 1000)
        (sent,) = decode_kitty(held.codes_ahead("a", FRAMES[protocol], 10))
        assert sent.keys["a"] == "t"
        assert not {"U", "C", "c", "r", "p"} & set(sent.keys)
        assert (sent.rgb == decode_kitty(FRAMES[protocol].payload)[0].rgb).all()
        assert not held.codes_ahead("a", FRAMES[protocol], 10)
        frame, codes, gone = held.put("a", FRAMES[protocol], 10)
        assert (frame.image_id, gone) == (int(sent.keys["i"]), b"")
        assert re.findall(rb"a=p,U=1", codes) == placing
        assert held.put("a", FRAMES[protocol], 10)[1:] == (b"", b"")
    assert not held.codes_ahead(None, FRAMES["kitty"], 10)
    assert not held.codes_ahead("large", FRAMES["kitty"], held.max_bytes // 8)


def test_bytes_are_bounded_and_the_picture_in_sight_stays() -> None:
    held = ImageShelf(caps(), 1, max_bytes=4 * 3000)
    first, _, gone = held.put("a", FRAMES["kitty"], 2000)
    assert not gone
    second, _, gone = held.put("b", FRAMES["kitty"], 2000)
    assert not gone, "the one before is still in sight"
    assert first.image_id != second.image_id
    _, _, gone = held.put("c", FRAMES["kitty"], 2000)
    assert FREED.findall(gone) == [b"%d" % first.image_id]


def test_pictures_without_a_name_are_all_different() -> None:
    held = ImageShelf(caps(), 1)
    assert all(held.put(None, FRAMES["kitty"], 10)[1] for _ in range(3))


def test_a_terminal_that_lost_its_pictures_is_sent_them_again() -> None:
    held = ImageShelf(caps(), 1)
    assert held.put("a", FRAMES["kitty"], 10)[1]
    assert not held.put("a", FRAMES["kitty"], 10)[1]
    held.forget()
    assert held.put("a", FRAMES["kitty"], 10)[1]


def test_another_number_changes_the_number_only() -> None:
    for frame in FRAMES.values():
        other = renumbered(frame, 7_000_001)
        one, two = decode_kitty(frame.payload)[0], decode_kitty(other.payload)[0]
        assert one.keys | {"i": "7000001"} == two.keys
        assert one.data == two.data
        assert renumbered(frame, frame.image_id) is frame


# --- the budget


def test_budgets_are_read() -> None:
    cases = {"auto": None, "": None, "none": 0, "80kB": 80_000, "1.5 MB": 1_500_000, "9000": 9000, "5": 1000}
    assert {text: parse_budget(text) for text in cases} == cases


def test_a_wrong_budget_is_told() -> None:
    import pytest

    from tuiqc.errors import UsageError

    for text in ("fast", "-3kB", "0", "kB", "3 GB", "1.2.3k"):
        with pytest.raises(UsageError, match="--budget"):
            parse_budget(text)


def test_a_slow_link_bounds_the_picture_and_a_fast_one_does_not() -> None:
    link = LinkMeter(None, 40.0)
    assert link.budget is None
    link.measured(500, 0.04)
    assert link.budget is None, "a few bytes tell nothing of the link"
    for _ in range(10):
        link.measured(300_000, 1.04)
    assert link.budget is not None
    assert 60_000 < link.budget < 90_000
    for _ in range(20):
        link.measured(300_000, 0.05)
    assert link.budget is None
    assert LinkMeter(50_000).budget == 50_000
    assert LinkMeter(0).budget is None


def test_frames_keep_to_the_budget() -> None:
    noisy = micrograph(320, 480, seed=3)
    for protocol in ("kitty", "kitty-direct", "sixel"):
        free = protocols.encode(noisy, 60, 20, caps(protocol), 1)
        for share in (0.7, 0.4, 0.2):
            frame = protocols.encode(noisy, 60, 20, caps(protocol), 1, budget=int(free.nbytes * share))
            assert frame.nbytes <= free.nbytes * share or frame.grey_levels == 4
            assert frame.grey_levels < free.grey_levels
    assert protocols.encode(noisy, 60, 20, caps("kitty"), 1, budget=10**7).grey_levels == 64


def test_the_greys_of_the_last_picture_are_tried_first_and_more_when_there_is_room() -> None:
    greys = GreyChoice()
    assert greys.start(64, 50_000) == 64
    assert not greys.took(16, 45_000, 50_000)
    assert greys.start(64, 50_000) == 16
    assert greys.start(64, None) == 64
    assert greys.took(16, 20_000, 50_000), "there is room for more"
    assert not greys.took(16, 20_000, None)
    assert Protocol.ASCII in Protocol


def test_a_png_keeps_to_its_budget() -> None:
    noisy = micrograph(200, 240, seed=5)
    sizes = [len(png_within(noisy, budget)) for budget in (10**6, 20_000, 12_000, 10)]
    assert sizes[1] <= 20_000 < sizes[0]
    assert sizes[2] <= 12_000
    assert sizes[3] <= sizes[2]
