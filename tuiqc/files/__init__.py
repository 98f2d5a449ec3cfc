"""Files that the program writes: atomically, never through a link, told apart by what they are; and caches of them."""

from tuiqc.files.atomic import replace_bytes, replace_text, replacing
from tuiqc.files.cache import DiskCache
from tuiqc.files.identity import KnownFiles, Signature, same_file, signature
from tuiqc.files.safe import UnsafeFileError, open_safely, read_json, read_safely, read_toml

__all__ = [
    "DiskCache",
    "KnownFiles",
    "Signature",
    "UnsafeFileError",
    "open_safely",
    "read_json",
    "read_safely",
    "read_toml",
    "replace_bytes",
    "replace_text",
    "replacing",
    "same_file",
    "signature",
]
