"""The archives as others get them: built, checked, installed into a bare environment, and the demo run from there.

    python tests/benchmarks/package.py [--python python3.12]

Needs `build` and `twine`, a network, and minutes. It prints what each library weighs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from fixtures.packages import build, faults

_KEYS = "size 100x30\npress tab f R\nshot {0}/home.txt\npress g\nshot {0}/gallery.svg\n"
_WEIGH = """
import importlib.metadata as md, os
for one in md.distributions():
    files = [path for path in map(one.locate_file, one.files or []) if "__pycache__" not in str(path)]
    size = sum(os.path.getsize(path) for path in files if os.path.isfile(path))
    print(f"{size / 1e6:8.1f} MB  {one.name} {one.version}")
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="interpreter of the bare environment")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        source, wheel = build(place / "dist", isolated=True)
        for one in (source, wheel):
            print(f"{one.stat().st_size / 1e6:8.1f} MB  {one.name}")
        found = faults(source, wheel)
        print(*found, sep="\n")
        run([sys.executable, "-m", "twine", "check", "--strict", str(source), str(wheel)])
        run([arguments.python, "-m", "venv", str(place / "bare")])
        python, tuiqc = place / "bare" / "bin" / "python", place / "bare" / "bin" / "tuiqc"
        run([str(python), "-m", "pip", "install", "-q", "--no-compile", str(wheel)])
        weighed = run([str(python), "-c", _WEIGH]).splitlines()
        print(*sorted(weighed, reverse=True), sep="\n")
        print(f"{sum(float(line.split()[0]) for line in weighed):8.1f} MB  together")
        run([str(python), "-m", "pip", "check"])
        (place / "keys.txt").write_text(_KEYS.format(place))
        run([str(tuiqc), "demo", "--keys", str(place / "keys.txt")], cwd=place)
        assert "nuclei" in (place / "home.txt").read_text()
        assert (place / "gallery.svg").stat().st_size > 10_000
        assert (place / "tuiqc_demo_annotations.csv").read_text().count("fail") == 1
        made = place / "made"
        run([str(tuiqc), "demo", "--make", str(made), "--images", "2", "--size", "128"])
        run([str(tuiqc), "rank", str(made), "--layer", "nuclei", "-o", str(place / "worst.csv")])
        run([str(tuiqc), "render", str(made), "-o", str(place / "overlay.png")])
        refused = subprocess.run(
            [str(tuiqc), "report", str(made), "-o", str(place / "r.html")], capture_output=True, text=True
        )
        assert refused.returncode == 2, refused
        assert "tuiqc[plots]" in refused.stderr
        print(run([str(tuiqc), "--version"]).strip(), "runs from the bare environment")
        return 1 if found else 0


def run(command: list[str], cwd: Path | None = None) -> str:
    """Run a command outside of the checkout; ends the program with what it said where it fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    ended = subprocess.run(command, capture_output=True, text=True, cwd=cwd or "/", env=environment)
    if ended.returncode:
        sys.exit(f"{' '.join(command)}: {ended.returncode}\n{ended.stdout}{ended.stderr}")
    return ended.stdout


if __name__ == "__main__":
    sys.exit(main())
