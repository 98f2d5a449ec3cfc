"""textual-image's widget stepping through pictures: a child of `step.py`, run in its terminal.

    python textual_image_peer.py sixel|kitty|half [PICTURE.png ...]

The pictures given are shown in 100 x 40 cells. Those that are called `*_DNA.tif` are read at every step, with the mask
beside them, scaled, stretched and outlined as cheaply as NumPy and Pillow can. Without any pictures, eight as large as
tuiqc's pane at 120 x 40 cells (63 x 34 cells) are made before the first is shown, from noise and discs with outlines,
so that a step is the widget's own work only. `n` shows the next, ctrl+q ends.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, ClassVar

COLUMNS, ROWS = 63, 34
CELL = (8, 17)


def pictures() -> list[Any]:
    """Eight micrograph-like pictures, PIL RGB."""
    import numpy as np
    from PIL import Image

    width, height = COLUMNS * CELL[0], ROWS * CELL[1]
    y, x = np.mgrid[:height, :width]
    made = []
    for seed in range(8):
        random = np.random.default_rng(seed)
        plane = random.poisson(12, (height, width)).astype(float)
        ring = np.zeros((height, width), bool)
        for _ in range(60):
            distance = np.hypot(x - random.integers(width), y - random.integers(height)) - random.integers(
                9, 16
            )
            plane += 90 * np.clip(-distance / 4, 0, 1) * random.uniform(0.5, 1.5)
            ring |= np.abs(distance) < 1
        rgb = np.repeat(np.clip(plane, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
        rgb[ring] = (255, 200, 0)
        made.append(Image.fromarray(rgb))
    return made


def composed(path: Path) -> Any:
    """An image and the outlines of its mask at the size of the screen, PIL RGB."""
    import numpy as np
    import tifffile
    from PIL import Image

    size = (100 * 8, 40 * 15)
    plane = tifffile.imread(path)
    labels = tifffile.imread(path.with_name(path.name.replace("_DNA", "_nuclei_labels")))
    low, high = np.percentile(plane[::8, ::8], (1, 99.8))
    small = np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.BOX))
    grey = np.clip((small - low) * (255 / max(high - low, 1)), 0, 255).astype(np.uint8)
    rows, columns = (np.arange(n) * m // n for n, m in zip(size[::-1], labels.shape, strict=True))
    labels = labels[rows[:, None], columns]
    edge = np.zeros(labels.shape, bool)
    edge[1:] |= labels[1:] != labels[:-1]
    edge[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    rgb = np.repeat(grey[..., None], 3, axis=2)
    rgb[edge] = (255, 200, 0)
    return Image.fromarray(rgb)


def main() -> None:
    """Run the program."""
    if len(sys.argv) < 2 or sys.argv[1] not in ("sixel", "kitty", "half"):
        print(__doc__)
        raise SystemExit(0 if sys.argv[1:] and sys.argv[1] in ("-h", "--help") else 2)
    from textual.app import App
    from textual_image.widget import HalfcellImage, SixelImage, TGPImage

    widget = {"sixel": SixelImage, "kitty": TGPImage, "half": HalfcellImage}[sys.argv[1]]
    given = sys.argv[2:]
    made: list[Any]
    if given and given[0].endswith(".tif"):
        made = [Path(path) for path in given]
    elif given:
        from PIL import Image

        made = [Image.open(path).convert("RGB") for path in given]
    else:
        made = pictures()
    columns, rows = (100, 40) if given else (COLUMNS, ROWS)

    class Stepping(App[None]):
        CSS = f"#picture {{ width: {columns}; height: {rows}; }}"
        BINDINGS: ClassVar = [("n", "next", "Next")]
        at = 0

        def compose(self) -> Any:
            yield widget(self.picture(), id="picture")

        def picture(self) -> Any:
            one = made[self.at]
            return composed(one) if isinstance(one, Path) else one

        def action_next(self) -> None:
            self.at = (self.at + 1) % len(made)
            self.query_one("#picture").image = self.picture()

    Stepping().run()


if __name__ == "__main__":
    main()
