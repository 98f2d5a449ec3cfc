"""The generator of demo data: micrographs that look like micrographs, with errors planted in their masks.

Everything is made by code from one seed; nothing is taken from other people's images. Importing this
package loads neither numpy nor tifffile.
"""

from __future__ import annotations

from tuiqc.demo.demo_batch import DemoStoppedError, DemoSummary, make_batch

__all__ = ["DemoStoppedError", "DemoSummary", "make_batch"]
