"""Look at objects in napari, one after the other, and judge them. Written by `tuiqc export --what napari`.

    python look.py            needs napari (pip install "napari[all]"); zarr or h5py where images are such files

n and p go to the next and the previous one, shift+p, shift+f and shift+u say pass, fail and unsure, shift+backspace
takes that back, o shows outlines or filled objects. Verdicts are written beside this file, after every key:
`tuiqc merge qc_annotations.csv look_annotations.csv -o both.csv` puts them together.
"""

from __future__ import annotations

import csv
import getpass
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

BATCH: dict[str, Any] = json.loads("{}")

VERDICTS = {"Shift-P": "pass", "Shift-F": "fail", "Shift-U": "unsure"}
FORMULA = re.compile(r"'*(?![+-]?\.?\d[\d.]*([eE][+-]?\d+)?$)[=+\-@\t\r\n]")


def pixels(file: dict[str, Any]) -> np.ndarray[Any, Any]:
    """The pixels of a file as (t, z, y, x), or (t, z, y, x, 3) of a colour image."""
    if "planes" in file:
        whole = np.stack([opened(file, Path(path)) for path in file["planes"]])
        return whole.reshape(*file["counts"], *whole.shape[-2:])
    found = opened(file, Path(file["path"]))
    axes = file["axes"]
    if found.ndim != len(axes):
        found = found.reshape([file["sizes"][axis] for axis in axes])
    for at in reversed(range(len(axes))):
        if axes[at] not in "tzyxs":
            found = np.take(found, file["channel"] if axes[at] == "c" else 0, axis=at)
    left = [axis for axis in axes if axis in "tzyxs"]
    for axis in "zt":
        if axis not in left:
            found, left = found[None], [axis, *left]
    return found.transpose([left.index(axis) for axis in "tzyxs" if axis in left])


def opened(file: dict[str, Any], path: Path) -> np.ndarray[Any, Any]:
    """The array of a file as it is there."""
    kind = file["kind"]
    if kind == "zarr":
        import zarr

        return np.asarray(zarr.open_array(str(path), mode="r")[...])
    if kind == "hdf5":
        import h5py

        with h5py.File(path, "r") as opened_file:
            return np.asarray(opened_file[file["dataset"]][...])
    if kind == "npy":
        loaded = np.load(path)
        return np.asarray(loaded if isinstance(loaded, np.ndarray) else loaded[loaded.files[0]])
    if kind == "tiff":
        import tifffile

        return np.asarray(tifffile.imread(path, series=file["series"]))
    from PIL import Image

    return np.asarray(Image.open(path))


class Look:
    """The viewer, where one is, and what was said."""

    def __init__(self, viewer: Any, batch: dict[str, Any], folder: Path) -> None:
        self.viewer, self.batch, self.at, self.image = viewer, batch, -1, -1
        self.output = folder / batch["annotations"]
        self.tables = read_objects(folder / batch["objects"])
        self.rows: dict[tuple[str, ...], dict[str, str]] = {}
        if self.output.is_file():
            with self.output.open(encoding="utf-8", newline="") as stream:
                self.rows = {key_of(row): row for row in csv.DictReader(stream)}

    def bind(self, to: Any) -> None:
        """Take the keys of the viewer, or of a layer: those of the active one come first (`p` of labels)."""
        to.bind_key("n", lambda it: self.step(1), overwrite=True)
        to.bind_key("p", lambda it: self.step(-1), overwrite=True)
        to.bind_key("o", lambda it: self.outlines(), overwrite=True)
        to.bind_key("Shift-Backspace", lambda it: self.say(""), overwrite=True)
        for key, verdict in VERDICTS.items():
            to.bind_key(key, lambda it, verdict=verdict: self.say(verdict), overwrite=True)

    @property
    def stop(self) -> dict[str, Any]:
        """What is looked at: image, layer, label (0: the whole image), t, z, y, x, verdict, reason, note."""
        stop: dict[str, Any] = self.batch["stops"][self.at]
        return stop

    def step(self, by: int) -> None:
        """Go to another one, and put it in the middle."""
        self.at = (self.at + by) % len(self.batch["stops"])
        stop = self.stop
        if stop["image"] != self.image:
            self.show(stop["image"])
        image = self.batch["images"][stop["image"]]
        if stop["label"]:
            for layer in image["layers"]:
                self.viewer.layers[layer["name"]].visible = layer["name"] == stop["layer"]
            layer = self.viewer.layers[stop["layer"]]
            layer.selected_label = stop["label"]
            self.viewer.layers.selection.active = layer
            steps = [stop[axis] for axis in "tz"]
            self.viewer.dims.current_step = (*steps, *self.viewer.dims.current_step[2:])
            camera = getattr(self.viewer, "scene", self.viewer).camera  # it moved in napari 0.9
            camera.center = (0, stop["y"], stop["x"])
            camera.zoom = stop["zoom"]
        else:
            self.viewer.reset_view()
        self.tell()

    def show(self, index: int) -> None:
        """Put the channels and labels of an image into the viewer."""
        from napari.utils import Colormap, DirectLabelColormap

        self.image = index
        self.viewer.layers.clear()
        image = self.batch["images"][index]
        for channel in image["channels"]:
            found = pixels(channel)
            if found.ndim == 5:
                self.viewer.add_image(found, name=channel["name"], rgb=True)
                continue
            colour = Colormap([[0, 0, 0], [part / 255 for part in channel["colour"]]], name=channel["name"])
            limits = {"contrast_limits": channel["limits"]} if channel["limits"] else {}
            self.viewer.add_image(
                found,
                name=channel["name"],
                colormap=colour,
                blending="additive",
                visible=channel["visible"],
                **limits,
            )
        for layer in image["layers"]:
            labels = pixels(layer)
            labels = labels.astype(np.int64) if labels.dtype.kind not in "iu" else labels
            features = self.tables.get((str(index), layer["name"]))
            colours = DirectLabelColormap(color_dict=self.colours(index, layer["name"]))
            self.viewer.add_labels(
                labels, name=layer["name"], features=features, colormap=colours, opacity=0.6
            )
            self.viewer.layers[layer["name"]].contour = 2
        for layer in self.viewer.layers:
            self.bind(layer)

    def colours(self, index: int, layer: str) -> dict[int | None, Any]:
        """The colour of each label by its verdict; grey without."""
        palette = {name: [part / 255 for part in rgb] + [1.0] for name, rgb in self.batch["palette"].items()}
        found: dict[int | None, Any] = {None: palette[""]}
        table = self.tables.get((str(index), layer))
        if table is not None:
            for label, verdict in zip(table["index"], table["verdict"], strict=True):
                found[int(label)] = palette.get(verdict, palette[""])
        for stop in self.batch["stops"]:
            if (stop["image"], stop["layer"]) == (index, layer):
                said = self.rows.get(self.key(stop))
                found[stop["label"]] = palette[said["verdict"] if said else stop["verdict"]]
        found[0] = [0.0, 0.0, 0.0, 0.0]
        return found

    def outlines(self) -> None:
        """Outlines or filled objects."""
        for layer in self.batch["images"][self.image]["layers"]:
            labels = self.viewer.layers[layer["name"]]
            labels.contour = 0 if labels.contour else 2

    def key(self, stop: dict[str, Any]) -> tuple[str, ...]:
        """What names a row of annotations."""
        level = "object" if stop["label"] else "image"
        image = cell(self.batch["images"][stop["image"]]["key"])
        return (
            level,
            image,
            cell(stop["layer"]),
            str(stop["label"]),
            str(stop["t"] if self.batch["timed"] else 0),
        )

    def say(self, verdict: str) -> None:
        """Give a verdict, write it, and go on to the next one; none takes it back."""
        from napari.utils import DirectLabelColormap

        stop, key = self.stop, self.key(self.stop)
        if verdict:
            image = self.batch["images"][stop["image"]]
            kept = verdict == stop["verdict"]
            row = dict(zip(("level", "image", "layer", "label", "t"), key, strict=True))
            row |= {
                "verdict": verdict,
                "reason": cell(stop["reason"]) if kept else "",
                "note": cell(stop["note"]),
            }
            row |= {"annotator": cell(f"{getpass.getuser()} (napari)"), "schema": self.batch["schema"]}
            row["time"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            if stop["label"]:
                row |= {"centre_x": str(stop["x"]), "centre_y": str(stop["y"])}
            self.rows[key] = row | {name: cell(text) for name, text in image["placeholders"].items()}
        else:
            self.rows.pop(key, None)
        self.write()
        if stop["label"]:
            colours = self.colours(stop["image"], stop["layer"])
            self.viewer.layers[stop["layer"]].colormap = DirectLabelColormap(color_dict=colours)
        if verdict:
            self.step(1)
        else:
            self.tell()

    def write(self) -> None:
        """Write all verdicts: the old file or the new one is there, whatever happens."""
        temporary = self.output.with_name(f".{self.output.name}.{os.getpid()}.tmp")
        with temporary.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, self.batch["columns"], restval="", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(self.rows.values())
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(self.output)

    def tell(self) -> None:
        """Say where one is."""
        stop = self.stop
        said = self.rows.get(self.key(stop))
        what = f"{stop['layer']} {stop['label']}" if stop["label"] else "the image"
        verdict = (
            f"{said['verdict']} (here)"
            if said
            else ": ".join(filter(None, (stop["verdict"], stop["reason"])))
        )
        text = f"{self.at + 1} of {len(self.batch['stops'])}   {self.batch['images'][stop['image']]['key']} {what}   "
        text += f"{verdict or 'unreviewed'}   {stop['note']}"
        self.viewer.title = text
        overlays = getattr(getattr(self.viewer, "canvas", None), "overlays", None)  # it moved in napari 0.9
        overlay = self.viewer.text_overlay if overlays is None else overlays.text
        overlay.text = f"{text}\nn p: next, previous   o: outlines\nshift+ p f u: pass, fail, unsure"
        overlay.visible = True


def read_objects(path: Path) -> dict[tuple[str, str], Any]:
    """The features of the objects by number of the image and layer, with a first row for the background."""
    if not path.is_file():
        return {}
    import pandas as pd

    table = pd.read_csv(
        path, dtype={"layer": str, "verdict": str, "reason": str, "note": str}, low_memory=False
    )
    texts = [name for name in ("verdict", "reason", "note") if name in table]
    table[texts] = table[texts].fillna("")
    found = {}
    for (image, layer), rows in table.groupby(["image_number", "layer"]):
        rows = rows.drop(columns=["image_number", "layer"]).rename(columns={"label": "index"})
        first = pd.DataFrame({"index": [0], **{name: [""] for name in texts}})
        found[str(image), str(layer)] = pd.concat([first, rows.drop_duplicates("index")], ignore_index=True)
    return found


def key_of(row: dict[str, str]) -> tuple[str, ...]:
    """What a row of annotations is about."""
    return tuple(row[name] for name in ("level", "image", "layer", "label", "t"))


def cell(text: str) -> str:
    """Text as it is written: what a spreadsheet would run as a formula gets an apostrophe."""
    return "'" + text if text and FORMULA.match(text) else text


def main() -> None:
    """Open the viewer on the first one."""
    import napari

    if not BATCH["stops"]:
        sys.exit("nothing to look at: no object or image was asked for")
    look = Look(napari.Viewer(title="tuiqc"), BATCH, Path(__file__).resolve().parent)
    look.bind(look.viewer)
    look.step(1)
    napari.run()


if __name__ == "__main__":
    main()
