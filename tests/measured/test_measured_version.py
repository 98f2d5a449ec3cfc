"""Kept measurements are told from those of other formulas by a number that is raised by hand: this says when.

After raising it: python tests/measured/test_measured_version.py
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from fixtures.triage_scenes import write_scenes

from tuiqc.dataset.open.batch import open_batch
from tuiqc.dataset.source_options import SourceOptions
from tuiqc.measure.evidence_version import EVIDENCE_VERSION
from tuiqc.measured.image_measurement import measure_image
from tuiqc.measured.plan import plan_for
from tuiqc.pixels import read_plane

VALUES = Path(__file__).with_name("evidence_values.json")


def measured(folder: Path) -> dict[str, list[float]]:
    """By name: sum of the values of objects (or the value of the image) for each of two images; NaN counts as 0."""
    write_scenes(folder, 2)
    plan, planes = plan_for(open_batch(SourceOptions(sources=(str(folder),))), "nuclei", "", read_plane, None)
    out: dict[str, list[float]] = {}
    for at in plan.images:
        image = measure_image(planes, at, plan.settings, "", lambda: None)
        evidence = image.planes[0].found.evidence
        sums = dict(zip(evidence.names, np.nansum(evidence.values, axis=0).tolist(), strict=True))
        sums |= {"candidates": float(len(image.planes[0].found.candidates))}
        for name, value in (sums | image.measures).items():
            out.setdefault(name, []).append(float(np.nan_to_num(value)))
    return out


def test_values_change_with_the_version_only(tmp_path: Path) -> None:
    kept = json.loads(VALUES.read_text())
    assert kept["version"] == EVIDENCE_VERSION, f"raised: now run {Path(__file__).name}"
    now = measured(tmp_path)
    changed = [
        name
        for name in now.keys() | kept["values"].keys()
        if not np.allclose(now.get(name, [np.nan]), kept["values"].get(name, [np.nan]), rtol=1e-3, atol=1e-5)
    ]
    assert not changed, (
        f"values changed: raise EVIDENCE_VERSION, then run {Path(__file__).name} ({sorted(changed)})"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        values = measured(Path(name))
    VALUES.write_text(
        json.dumps({"version": EVIDENCE_VERSION, "values": values}, indent=1, sort_keys=True) + "\n"
    )
