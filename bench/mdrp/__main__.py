"""Command line: ``python -m bench.mdrp INSTANCE_DIR... --out DIR [--json FILE] [--jobs 2]``."""

import sys

from bench.mdrp.run import main

if __name__ == "__main__":
    sys.exit(main())
