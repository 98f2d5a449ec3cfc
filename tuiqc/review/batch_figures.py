"""What a batch comes to in numbers: figures of the whole, and columns of its images, for gates."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tuiqc.dataset.model import Batch, Progress
from tuiqc.qc.rates import failure_rate
from tuiqc.qc.record import Annotation, Subject
from tuiqc.review.headless import rank_objects, whole_objects
from tuiqc.review.object_rows import ObjectRows
from tuiqc.text import escaped

if TYPE_CHECKING:
    import pandas as pd

    from tuiqc.triage.image_suspicion import ImageSuspicion
    from tuiqc.triage.object_ranking import Ranking

_NAN = float("nan")

ABOUT = {
    "images": "images of the batch",
    "images_without_mask": "images for which there is no mask of the layer",
    "unreadable_images": "images with a mask or channel that can't be read",
    "objects": "objects of the layer",
    "empty_images": "images without an object of the layer",
    "objects_per_image.min": "objects of the image with the fewest",
    "objects_per_image.median": "median over the images",
    "objects_per_image.max": "objects of the image with the most",
    "labels_without_rows": "labels of the masks that the object table has no row of",
    "rows_without_labels": "rows of the object table whose label no mask has",
    "suspicious": "objects that look wrong",
    "suspicious_share": "their share of the objects",
    "suspicious.merged": "of these, likely merged",
    "suspicious.split": "likely split",
    "suspicious.false": "likely no object",
    "suspicious.outline": "likely with a wrong outline",
    "specks": "labels far smaller than an object",
    "candidates": "places where an object may have been missed",
    "suspicious_images": "images that look wrong",
    "judged": "objects with a verdict of passed or failed",
    "failed": "of these, failed",
    "failure_rate.rate": "failed / judged",
    "failure_rate.low": "lower bound of its 95 % interval",
    "failure_rate.high": "upper bound",
    "image_judged": "images with a verdict of passed or failed",
    "image_failed": "of these, failed",
    "image_failure_rate.rate": "failed / judged",
    "image_failure_rate.low": "lower bound of its 95 % interval",
    "image_failure_rate.high": "upper bound",
}
"""Names of the figures of a batch, and what each is."""

_MEASURED = frozenset(
    name
    for name in ABOUT
    if name.startswith(("suspicious", "labels_", "rows_", "specks", "candidates", "unreadable"))
)


@dataclass
class BatchFigures:
    """Figures of one layer of a batch; what needs measuring is measured when it is asked for.

    Attributes
    ----------
    layer
        The object layer, "" where there is none.
    items
        Everything that was decided.
    known
        The rows of the layer's objects where they were read already.
    ranked
        Their ranking where it was made already.
    """

    batch: Batch
    layer: str
    items: Collection[tuple[Subject, Annotation]]
    progress: Progress | None = None
    known: ObjectRows | None = None
    ranked: Ranking | None = None

    @property
    def has_masks(self) -> bool:
        """Whether the layer can be ranked."""
        return self.batch.has_files("masks", self.layer)

    @cached_property
    def objects(self) -> ObjectRows | None:
        """The rows of the layer's objects, None without a layer."""
        if self.known is not None:
            return self.known
        return whole_objects(self.batch, self.layer, self.items, self.progress) if self.layer else None

    @cached_property
    def ranking(self) -> Ranking | None:
        """Its ranking, whose columns stand beside those of the objects; None without masks."""
        if self.objects is None or not self.has_masks:
            return None
        if self.ranked is not None:
            return self.ranked
        return rank_objects(self.batch, self.objects, self.items, self.progress)

    @property
    def names(self) -> list[str]:
        """Names of all figures that there may be, those that need measuring among them."""
        return [name for name in ABOUT if name not in _MEASURED or self.has_masks]

    def of_batch(self, wanted: Iterable[str] | None = None) -> dict[str, float]:
        """The figures of these names (all if None); those that there are not are left out."""
        names = set(ABOUT if wanted is None else wanted)
        out = self._counts() | self._verdicts()
        if names & _MEASURED and self.has_masks:
            out |= self._measured()
        return {name: out[name] for name in ABOUT if name in out}

    def _counts(self) -> dict[str, float]:
        images = self.batch.images
        out = {"images": float(len(images))}
        if self.layer:
            out["images_without_mask"] = float(len(images) - self.batch.count_files("masks", self.layer))
        if self.objects is not None:
            per_image = np.bincount(self.objects.images, minlength=len(images)) if images else np.zeros(1)
            out |= {
                "objects": float(self.objects.total),
                "empty_images": float((per_image == 0).sum()),
                "objects_per_image.min": float(per_image.min()),
                "objects_per_image.median": float(np.median(per_image)),
                "objects_per_image.max": float(per_image.max()),
            }
        return out

    def _verdicts(self) -> dict[str, float]:
        out: dict[str, float] = {}
        for level, head in (("object", ""), ("image", "image_")):
            said = [
                note.verdict
                for subject, note in self.items
                if subject.level == level and (level == "image" or subject.layer == self.layer)
            ]
            counts = {verdict: said.count(verdict) for verdict in ("pass", "fail")}
            total = len(self.batch.images) if level == "image" else None
            found = failure_rate(counts, total)
            known = found.rate is not None
            out |= {
                f"{head}judged": float(found.judged),
                f"{head}failed": float(found.failed),
                f"{head}failure_rate.rate": found.rate if found.rate is not None else _NAN,
                f"{head}failure_rate.low": found.low if known else _NAN,
                f"{head}failure_rate.high": found.high if known else _NAN,
            }
        return out

    def _measured(self) -> dict[str, float]:
        ranking, objects = self.ranking, self.objects
        assert ranking is not None
        assert objects is not None
        count = int(ranking.looks_wrong.sum())
        files = [
            {*image.masks.values(), *image.channels.values()} & ranking.problems.keys()
            for image in self.batch.images
        ]
        rows = set(zip(objects.images.tolist(), objects.labels.tolist(), strict=True))
        labels = set(zip(ranking.images.tolist(), ranking.labels.tolist(), strict=True))
        kinds = ranking.suspect_counts
        out = {
            "unreadable_images": sum(map(bool, files)),
            "labels_without_rows": len(labels - rows),
            "rows_without_labels": len(rows - labels),
            "suspicious": count,
            "suspicious_share": count / len(ranking) if len(ranking) else _NAN,
            **{f"suspicious.{kind}": number for kind, number in kinds.items()},
            "specks": int(ranking.population.specks.sum()),
            "candidates": len(ranking.found),
            "suspicious_images": int(self.image_table["looks_wrong"].sum()),
        }
        return {name: float(value) for name, value in out.items()}

    @cached_property
    def _suspicions(self) -> tuple[ImageSuspicion, ...]:
        from tuiqc.triage.evidence_cache import evidence_cache
        from tuiqc.triage.image_suspicion import image_suspicions

        if self.ranking is None:
            return ()
        return image_suspicions(self.ranking, cache=evidence_cache(self.batch))

    @cached_property
    def image_table(self) -> pd.DataFrame:
        """One row per image that could be measured.

        Columns: `image`, `plate`, `verdict`, `suspicion`, `looks_wrong`, `why`, `count` (labels), `coverage`, `fit`,
        `shift_y`, `shift_x`, `suspicious_share`, and of each channel `focus_<channel>`, `saturated_<channel>`,
        `brightness_<channel>`, `unevenness_<channel>` (`image_evidence`).
        """
        import pandas as pd

        from tuiqc.dataset.plates.mapping import plate_map
        from tuiqc.measured.part_file import image_column
        from tuiqc.triage.image_suspicion import WRONG_SHARE

        plates = plate_map(self.batch)
        verdicts = {subject.image: note.verdict for subject, note in self.items if subject.level == "image"}
        rows = []
        for one in self._suspicions:
            key = self.batch.key(one.image)
            row: dict[str, object] = {
                "image": escaped(key),
                "plate": "" if plates is None else escaped(plates.plates[int(plates.plate[one.image])]),
                "verdict": verdicts.get(key, ""),
                "suspicion": one.suspicion,
                "looks_wrong": one.looks_wrong,
                "why": one.why,
            }
            rows.append(
                row
                | {
                    "suspicious_share" if name == WRONG_SHARE else image_column(name): value
                    for name, value in one.measures.items()
                }
            )
        return pd.DataFrame(rows) if rows else pd.DataFrame({"image": [], "looks_wrong": []})

    def quality_table(self) -> pd.DataFrame:
        """One row per image: `image`, and of each channel CellProfiler's `ImageQuality_<measure>_<channel>`."""
        import pandas as pd

        from tuiqc.errors import TuiqcError
        from tuiqc.measure.image_quality import image_quality
        from tuiqc.pixels import read_plane

        known = {one.image: one.quality for one in self._suspicions}
        rows = []
        for image in self.batch.images:
            row: dict[str, object] = {"image": escaped(image.key), **known.get(image.index, {})}
            for channel in self.batch.channels:
                path = image.channels.get(channel)
                if path is None or image.index in known:
                    continue
                try:
                    plane = read_plane(path, c=image.plane_of(channel))
                except TuiqcError:
                    continue  # no figure: the gate of unreadable images says so
                found = image_quality(plane[..., :3].mean(axis=2) if plane.ndim == 3 else plane)
                row |= {f"ImageQuality_{name}_{channel}": value for name, value in found.items()}
            rows.append(row)
        return pd.DataFrame(rows)
