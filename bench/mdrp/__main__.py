"""Command line: ``python -m bench.mdrp INSTANCE_DIR... --out DIR [--json FILE] [--jobs 2] [--resume]``."""

import argparse
import sys

from bench.mdrp.program import add_arguments, run

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench.mdrp", description=__doc__)
    add_arguments(parser)
    sys.exit(run(parser.parse_args()))
