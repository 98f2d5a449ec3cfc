"""The one entry of the screen, for every protocol and through tmux."""

import re
from dataclasses import replace

import numpy as np
import pytest
from fixtures.terminal_pictures import decode_kitty, decode_sixel, micrograph

from tuiqc.terminal import doctor, tmux
from tuiqc.terminal.capabilities import Protocol, Replies
from tuiqc.terminal.protocol_choice import choose
from tuiqc.terminal.protocols import picture_protocol as protocols
from tuiqc.terminal.protocols.picture_protocol import protocol_of

SCREEN = (100, 40, 800, 640)
PICTURE = micrograph(160, 240)
PLACED = re.compile(rb"\x1b7\x1b\[(\d+);(\d+)H(.*?)\x1b8", re.S)


def caps(protocol, **changes):
    return replace(choose(Replies(screen=SCREEN), {}, protocol), **changes)


def unwrapped(codes):
    """Take the tmux envelopes off; every byte must have been in one."""
    assert re.fullmatch(rb"(\x1bPtmux;(?:\x1b\x1b|[^\x1b])*\x1b\\)*", codes)
    inner = re.findall(rb"\x1bPtmux;((?:\x1b\x1b|[^\x1b])*)\x1b\\", codes)
    return b"".join(inner).replace(b"\x1b\x1b", b"\x1b")


@pytest.mark.parametrize("protocol", list(Protocol))
def test_frames_tell_how_they_are_drawn(protocol):
    here, cells = caps(protocol), protocol_of(protocol).COARSE
    fine = protocol in (Protocol.QUADRANT, Protocol.SEXTANT, Protocol.OCTANT)
    wanted = (60, 40) if fine else (30, 20) if cells else (240, 160)
    assert protocols.picture_size(30, 10, here) == wanted
    frame = protocols.encode(PICTURE, 30, 10, here, 7)
    assert (frame.protocol, frame.columns, frame.rows) == (protocol, 30, 10)
    assert bool(frame.payload) != cells
    rows = protocol_of(protocol).runs(frame)
    assert len(rows) == (10 if cells or protocol is Protocol.KITTY else 0)
    assert all(sum(run.cells for run in row) == 30 for row in rows)
    assert len(frame.text) == len(rows)


def test_a_sixel_is_drawn_where_it_is_asked():
    here = caps("sixel", grey_levels=64)
    ((row, column, codes),) = PLACED.findall(
        protocols.draw_at(protocols.encode(PICTURE, 30, 10, here, 0), 4, 9, here)
    )
    assert (row, column) == (b"10", b"5")
    assert np.abs(decode_sixel(codes).rgb.astype(int) - PICTURE).max() <= 255 / 63 * 3**0.5 + 2


def test_a_sixel_never_leaves_its_cells():
    here = caps("sixel")
    codes = protocols.encode(micrograph(500, 500), 30, 10, here, 0).payload
    assert decode_sixel(codes).index.shape == (160, 240)


def test_a_terminal_with_small_sixels_gets_several():
    here = caps("sixel", sixel_max=(100, 70), grey_levels=64)
    frame = protocols.encode(PICTURE, 30, 10, here, 0)
    whole = np.full(PICTURE.shape, 0, np.uint8)
    pieces = PLACED.findall(protocols.draw_at(frame, 3, 2, here))
    assert len(pieces) == len(frame.parts) == 9
    for row, column, codes in pieces:
        piece = decode_sixel(codes).rgb
        assert piece.shape[1] <= 100
        assert piece.shape[0] <= 70
        top, left = 16 * (int(row) - 3), 8 * (int(column) - 4)
        whole[top : top + piece.shape[0], left : left + piece.shape[1]] = piece
    assert np.abs(whole.astype(int) - PICTURE).max() <= 255 / 63 * 3**0.5 + 2
    alone = decode_sixel(protocols.encode(PICTURE, 30, 10, caps("sixel", grey_levels=64), 0).payload)
    assert (whole == alone.rgb).all(), "no seams between the pieces"


def test_tmux_gets_no_sixel_above_its_buffer(monkeypatch):
    noise = np.random.default_rng(0).integers(0, 256, (160, 240, 1), dtype=np.uint8).repeat(3, axis=2)
    here = caps("sixel", multiplexer="tmux")
    free = len(protocols.encode(noise, 30, 10, here, 0).payload)
    monkeypatch.setattr(tmux, "SIXEL_BUDGET", free // 2)
    assert len(protocols.encode(noise, 30, 10, here, 0).payload) <= free // 2


def test_direct_placement():
    here = caps("kitty-direct")
    ((row, column, codes),) = PLACED.findall(
        protocols.draw_at(protocols.encode(PICTURE, 30, 10, here, 12), 0, 0, here)
    )
    assert (row, column) == (b"1", b"1")
    (image,) = decode_kitty(codes)
    assert (image.keys["i"], image.keys["c"], image.keys["r"]) == ("12", "30", "10")


@pytest.mark.parametrize("protocol", ["kitty", "kitty-direct", "sixel"])
def test_through_tmux_all_is_wrapped(protocol):
    here, plain = caps(protocol, passthrough=True, multiplexer="tmux"), caps(protocol)
    drawn = protocols.draw_at(protocols.encode(PICTURE, 30, 10, here, 12), 1, 2, here)
    assert unwrapped(drawn) == protocols.draw_at(protocols.encode(PICTURE, 30, 10, plain, 12), 1, 2, plain)
    assert unwrapped(protocols.release(12, here)) == protocols.release(12, plain)


def test_more_cells_than_placeholders_can_number_are_left_out():
    frame = protocols.encode(PICTURE, 400, 10, caps("kitty"), 1)
    full, short = (protocol_of("kitty").runs(frame, clipped=clipped)[0][0].text for clipped in (True, False))
    assert (frame.columns, frame.rows, len(full)) == (297, 10, 3 * 297)
    assert len(short) == 297 + 2
    assert decode_kitty(frame.payload)[0].keys["c"] == "297"


def test_through_tmux_no_envelope_is_large():
    here = caps("kitty", passthrough=True)
    envelopes = protocols.encode(micrograph(400, 400), 30, 10, here, 12).payload.split(b"\x1bPtmux;")
    assert len(envelopes) > 3
    assert max(map(len, envelopes)) < 4300


def test_fewer_grey_levels_are_fewer_bytes_in_every_protocol():
    for protocol in ("kitty", "kitty-direct", "sixel"):
        sizes = [
            len(protocols.encode(PICTURE, 30, 10, caps(protocol, grey_levels=n), 1).payload) for n in (64, 16)
        ]
        assert sizes[1] < 0.8 * sizes[0]


@pytest.mark.parametrize(
    ("rgb", "columns", "rows"),
    [
        (np.zeros((4, 4), np.uint8), 1, 1),
        (np.zeros((4, 4, 4), np.uint8), 1, 1),
        (np.zeros((4, 4, 3), float), 1, 1),
        (np.zeros((0, 4, 3), np.uint8), 1, 1),
        (np.zeros((4, 4, 3), np.uint8), 0, 1),
    ],
)
def test_what_is_no_picture_is_refused(rgb, columns, rows):
    with pytest.raises(ValueError, match="picture"):
        protocols.encode(rgb, columns, rows, caps("sixel"), 1)


@pytest.mark.parametrize("protocol", list(Protocol))
def test_the_doctor_tells_and_shows(protocol):
    here = caps(protocol, terminal="evil\x1b]0;x\x07")
    report = doctor.doctor_report(here, {"TERM": "a\x1b[31m"})
    assert "\x1b" not in report
    assert str(protocol) in report
    assert all(str(other) in report for other in Protocol)
    assert all(reason in report for reason in here.reasons)
    shown = doctor.print_test_image(here)
    assert shown.count(b"\n") >= 12


def test_the_test_image_has_its_colours():
    image = doctor.test_image(400, 240)
    assert image[10, 10].tolist() == [255, 0, 0]
    assert image[100, 0].tolist() == [0, 0, 0]
    assert image[100, -1].tolist() == [255, 255, 255]
    assert (image == (255, 220, 0)).all(axis=2).sum() > 300
