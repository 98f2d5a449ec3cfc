"""`tuiqc doctor`: what this terminal can show, why tuiqc thinks so, and a test image."""

from __future__ import annotations

import argparse
import os
import shutil
import sys

from tuiqc.cli.open import add_graphics_option


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `doctor`."""
    parser = subparsers.add_parser("doctor", help="what this terminal can show, and a test image")
    add_graphics_option(parser)
    parser.add_argument(
        "--json",
        action="store_true",
        help="print as JSON, with versions of libraries and paths; no test image",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Probe and print."""
    from tuiqc.config import load_config
    from tuiqc.terminal.doctor import doctor_facts, doctor_report, print_test_image
    from tuiqc.terminal.probe import probe

    caps = probe(arguments.graphics, setting=load_config().graphics)
    if arguments.json:
        import json

        from tuiqc.cli.places import places
        from tuiqc.cli.versions import versions_found

        facts = doctor_facts(caps, os.environ)
        paths = {name: str(path) for name, path in places().items()}
        print(json.dumps({"versions": versions_found(), "terminal": facts, "paths": paths}, indent=2))
        return 0
    print(doctor_report(caps, os.environ, shutil.get_terminal_size((100, 24)).columns))
    if sys.stdout.isatty():
        print(flush=True)
        sys.stdout.buffer.write(print_test_image(caps))
        sys.stdout.flush()
    return 0
