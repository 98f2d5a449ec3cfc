"""`python -m tuiqc` is the same as the command `tuiqc`."""

import sys

from tuiqc.cli import main

if __name__ == "__main__":
    sys.exit(main())
