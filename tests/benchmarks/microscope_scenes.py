"""Scenes of other kinds of microscopy, for `triage.py`: phase contrast, brightfield, stained tissue, and dark nuclei.

    python tests/benchmarks/microscope_scenes.py FOLDER --tools TOOLS [--plantings N] [SCENE…]

TOOLS is a folder with a module `rank_eval` whose `planted(masks, random)` plants errors into masks and says which; none
of it is the program's own. Written is what `triage.py` reads: a folder per scene and planting, and `.truth.json`. No
image is of a microscope: they are here to show that nothing depends on bright objects on a dark ground.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from scipy import ndimage as ndi

Mask = NDArray[np.int32]
Image = NDArray[Any]
Random = np.random.Generator

SIZE, IMAGES = 400, 4
SPECK = 0.02
"""Objects of less than this share of a typical area that nobody planted are neither sound nor errors."""


def main() -> None:
    """Write the cases."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("scenes", nargs="*", help=f"of {', '.join(SCENES)}; all of them if none is named")
    parser.add_argument("--tools", type=Path, required=True)
    parser.add_argument("--plantings", type=int, default=10)
    arguments = parser.parse_args()
    sys.path.insert(0, str(arguments.tools))
    planted = importlib.import_module("rank_eval").planted
    known = arguments.folder / ".truth.json"
    truth = json.loads(known.read_text("utf-8")) if known.is_file() else {}
    for name in arguments.scenes or SCENES:
        random = np.random.default_rng(0)
        scenes = [SCENES[name](random) for _ in range(IMAGES)]
        for seed in range(arguments.plantings):
            masks, kinds = planted([mask for mask, _ in scenes], np.random.default_rng(seed))
            case = f"scene-{name}#{seed}"
            write_case(arguments.folder / case, masks, [image for _, image in scenes])
            truth[case] = truth_of(masks, kinds)
            known.write_text(json.dumps(truth), encoding="utf-8")


def write_case(folder: Path, masks: list[Mask], images: list[Image]) -> None:
    """The files of one case."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (mask, image) in enumerate(zip(masks, images, strict=True)):
        tifffile.imwrite(folder / f"{number:03d}_labels.tif", mask.astype(np.uint16), compression="zlib")
        kind = "rgb" if image.ndim == 3 else "minisblack"
        tifffile.imwrite(folder / f"{number:03d}_image.tif", image, photometric=kind, compression="zlib")


def truth_of(masks: list[Mask], kinds: dict[tuple[int, int], str]) -> dict[str, str]:
    """What each label is: planted, sound (""), or neither."""
    out: dict[str, str] = {}
    areas = [np.bincount(mask.ravel()) for mask in masks]
    typical = np.median(np.concatenate([one[1:][one[1:] > 0] for one in areas]))
    for number, area in enumerate(areas):
        for label in (np.flatnonzero(area[1:]) + 1).tolist():
            otherwise = "ignore" if area[label] < SPECK * typical else ""
            out[f"{number}:{label}"] = kinds.get((number, label), otherwise)
    return out


# --- shapes


def blobs(random: Random, count: int, radius: float, ragged: float, crowding: float) -> Mask:
    """Objects of about this radius, `ragged` from 0 (ellipses) to 1 (cells with arms), up to `count` that find room.

    `crowding` is the distance of the centres, in radii, at the least: under 2 many touch.
    """
    mask = np.zeros((SIZE, SIZE), np.int32)
    nearest = np.full(mask.shape, np.inf, np.float32)
    centres: list[NDArray[np.float64]] = []
    for _ in range(40 * count):
        centre = random.uniform(0.3 * radius, SIZE - 0.3 * radius, 2)
        if len(centres) < count and all(np.hypot(*(centre - one)) > crowding * radius for one in centres):
            centres.append(centre)
    for label, centre in enumerate(centres, 1):
        top, left = (max(0, int(at - 3 * radius)) for at in centre)
        window = np.s_[top : int(centre[0] + 3 * radius), left : int(centre[1] + 3 * radius)]
        level = levels(random, mask[window].shape, centre - (top, left), radius, ragged)
        mine = (level < 1) & (level < nearest[window])
        mask[window][mine], nearest[window][mine] = label, level[mine]
    return without_scraps(mask)


def levels(
    random: Random, shape: tuple[int, ...], centre: NDArray[np.float64], radius: float, ragged: float
) -> NDArray[np.float64]:
    """Distance from the centre of an object as a share of that of its outline, in a window."""
    y, x = np.indices(shape)
    dy, dx = y - centre[0], x - centre[1]
    angle, turn = np.arctan2(dy, dx), random.uniform(0, np.pi)
    stretch = random.uniform(1.0, 1.35 + 0.4 * ragged)
    u, v = dx * np.cos(turn) + dy * np.sin(turn), dy * np.cos(turn) - dx * np.sin(turn)
    reach = radius * random.uniform(0.6, 1.4) * np.ones_like(angle)
    for wave in range(2, 8):
        strength = ragged * random.uniform(0, 0.5) / wave
        reach *= 1 + strength * np.cos(wave * angle + random.uniform(0, 2 * np.pi))
    return np.asarray(np.hypot(u / stretch, v * stretch) / reach)


def without_scraps(mask: Mask) -> Mask:
    """Of each object its largest piece."""
    for label, box in enumerate(ndi.find_objects(mask), 1):
        if box is None:
            continue
        part = mask[box]
        pieces, count = ndi.label(part == label)
        if count > 1:
            largest = 1 + np.bincount(pieces.ravel())[1:].argmax()
            part[(pieces > 0) & (pieces != largest)] = 0
    return mask


def grain(random: Random, sigma: float) -> NDArray[np.float64]:
    """Smooth noise of standard deviation 1."""
    noise = ndi.gaussian_filter(random.normal(0, 1, (SIZE, SIZE)), sigma)
    return noise / noise.std()


def distances(mask: Mask) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Inside: to what is beside the object, another one too; outside: to the nearest object."""
    inside = np.zeros(mask.shape)
    for label, box in enumerate(ndi.find_objects(mask), 1):
        if box is not None:
            own = np.pad(mask[box] == label, 1)
            inside[box] = np.maximum(inside[box], ndi.distance_transform_edt(own)[1:-1, 1:-1])
    return inside, ndi.distance_transform_edt(mask == 0)


def as_bytes(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """0 to 255."""
    return values.clip(0, 255).astype(np.uint8)


# --- scenes


def phase_contrast(random: Random) -> tuple[Mask, Image]:
    """Large ragged cells that touch, as grey and as rough as the ground; a bright halo outside, a dark rim inside."""
    mask = blobs(random, 45, 27, 0.8, 1.5)
    inside, outside = distances(mask)
    strength = random.uniform(0.6, 1.4, int(mask.max()) + 1)[mask]
    image = 118 + 9 * grain(random, 60) + 2.5 * grain(random, 1)
    organelles = 13 * grain(random, 1.6) + 10 * grain(random, 4)
    image = np.where(mask > 0, image - 6 + strength * organelles, image)
    image -= np.where(mask > 0, 22 * strength * np.exp(-((inside / 3.5) ** 2)), 0)
    image += np.where(mask == 0, 55 * np.exp(-(((outside - 2) / 3) ** 2)), 0)
    return mask, as_bytes(ndi.gaussian_filter(image, 0.8))


def brightfield(random: Random) -> tuple[Mask, Image]:
    """Round cells with a dark line along the outline and a bright middle, on a ground as bright as they are."""
    mask = blobs(random, 70, 16, 0.15, 1.7)
    inside, outside = distances(mask)
    image = 150 + 8 * grain(random, 50) + 3 * grain(random, 0.8)
    image -= np.where(mask > 0, 60 * np.exp(-(((inside - 2) / 2) ** 2)), 0)
    image += np.where(mask > 0, 30 * np.clip((inside - 4) / 8, 0, 1), 0)
    image += np.where(mask == 0, 18 * np.exp(-(((outside - 3) / 2) ** 2)), 0)
    return mask, as_bytes(ndi.gaussian_filter(image, 0.9))


def stained_tissue(random: Random) -> tuple[Mask, Image]:
    """Blue nuclei, pale and dark, on a pink ground full of fibres and gaps, in colours (haematoxylin and eosin)."""
    mask = blobs(random, 120, 12, 0.3, 1.6)
    depth = np.clip(0.75 + 0.35 * random.normal(0, 1, int(mask.max()) + 1), 0.25, 1.5)[mask]
    blue = np.where(mask > 0, depth * (1 + 0.28 * grain(random, 1.5)), 0.0)
    blue += 0.12 * np.clip(grain(random, 2), 0, None)
    pink = np.clip(0.55 + 0.2 * grain(random, 6) + 0.18 * grain(random, 1.5), 0.05, None)
    pink *= ndi.gaussian_filter((grain(random, 14) < 1.1).astype(float), 2)
    absorbed = np.stack([0.65 * blue + 0.07 * pink, 0.70 * blue + 0.55 * pink, 0.29 * blue + 0.20 * pink], -1)
    colours = 245 * np.exp(-ndi.gaussian_filter(absorbed, (0.9, 0.9, 0)))
    return mask, as_bytes(colours + random.normal(0, 3, colours.shape))


def dark_nuclei(random: Random) -> tuple[Mask, Image]:
    """Nuclei as in fluorescence, but dark on a bright, uneven ground, in 16 bits."""
    mask = blobs(random, 90, 12, 0.1, 1.6)
    depth = random.uniform(0.4, 1.2, int(mask.max()) + 1)[mask] * (mask > 0)
    image = (
        0.75
        + 0.06 * grain(random, 70)
        - 0.4 * ndi.gaussian_filter(depth * (1 + 0.15 * grain(random, 2)), 1.3)
    )
    return mask, (60_000 * np.clip(image + random.normal(0, 0.015, image.shape), 0, 1)).astype(np.uint16)


SCENES: dict[str, Callable[[Random], tuple[Mask, Image]]] = {
    "phase-contrast": phase_contrast,
    "brightfield": brightfield,
    "stained-tissue": stained_tissue,
    "dark-nuclei": dark_nuclei,
}


if __name__ == "__main__":
    main()
