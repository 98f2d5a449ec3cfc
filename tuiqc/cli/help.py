"""`tuiqc help`: the documents, in the terminal or as the source of a site."""

from __future__ import annotations

import argparse
import sys
from difflib import get_close_matches
from pathlib import Path

from tuiqc.cli.open import add_graphics_option
from tuiqc.errors import UsageError

_SITE = """\
site_name: tuiqc
docs_dir: docs
site_dir: site
use_directory_urls: false
theme:
  name: material
  font: false
  features: [navigation.footer, content.code.copy]
plugins: [search, offline]
markdown_extensions: [admonition, tables, toc, pymdownx.highlight, pymdownx.superfences]
nav:
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `help`."""
    parser = subparsers.add_parser("help", help="read the documents (guide, recipes, keys, filters …)")
    parser.add_argument(
        "topic", nargs="*", help="name of a page, or words to look for (default: the first page)"
    )
    parser.add_argument("--plain", action="store_true", help="print the page as Markdown")
    parser.add_argument(
        "--write", metavar="DIR", help="write all pages into a folder that mkdocs makes a site of"
    )
    add_graphics_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show a page."""
    from tuiqc.cli.help_pages import page

    if arguments.write:
        return _write(Path(arguments.write).expanduser())
    name = _named(" ".join(arguments.topic))
    if arguments.plain or not (sys.stdin.isatty() and sys.stdout.isatty()):
        print(page(name), end="")
        return 0
    from tuiqc.cli.help_pages import FOLDER, ORDER, found, title
    from tuiqc.config import load_config
    from tuiqc.terminal.probe import probe
    from tuiqc.ui.help_reader import HelpReader

    titles = {one: title(one) for one in ORDER}
    caps = probe(arguments.graphics, setting=load_config().graphics)
    HelpReader(name, titles, page, found, FOLDER, caps.protocol).run()
    return 0


def _named(words: str) -> str:
    """The page that is meant.

    Raises
    ------
    UsageError
        None has that name, nor these words.
    """
    from tuiqc.cli.help_pages import ORDER, found, title

    if not words:
        return "index"
    names = {one.casefold(): one for one in ORDER} | {title(one).casefold(): one for one in ORDER}
    if words.casefold() in names:
        return names[words.casefold()]
    close = get_close_matches(words.casefold(), names, 1, 0.75)
    hit = names[close[0]] if close else next((one for one, _ in found(words)), None)
    if hit is None:
        raise UsageError(f"no page is called {words!r} or has these words; there are: {', '.join(ORDER)}")
    return hit


def _is_site(path: Path) -> bool:
    """Whether the pages that are there were written by this command."""
    try:
        return path.read_bytes().startswith(_SITE.encode())
    except OSError:
        return False


def _write(folder: Path) -> int:
    """Write pages, pictures and `mkdocs.yml`; mkdocs makes the site of them."""
    from tuiqc.cli.help_pages import FOLDER, ORDER, page, title
    from tuiqc.exporters.guard import Output

    files = {f"docs/{name}.md": page(name).encode() for name in ORDER}
    pictures = sorted((FOLDER / "pictures").glob("*.png"))
    files |= {f"docs/pictures/{one.name}": one.read_bytes() for one in pictures}
    pages = "".join(f"  - {title(name)!r}: {name}.md\n" for name in ORDER)
    files["mkdocs.yml"] = (_SITE + pages).encode()
    again = _is_site(folder / "mkdocs.yml")
    outputs = {
        Output(folder / name, folders=True, ours=lambda _: again): data for name, data in files.items()
    }
    for output in outputs:
        output.checked()
    for output, data in outputs.items():
        with output.writing(sync=False) as temporary:
            temporary.write_bytes(data)
    print(f"python -m mkdocs build --strict -f {folder / 'mkdocs.yml'}")
    return 0
