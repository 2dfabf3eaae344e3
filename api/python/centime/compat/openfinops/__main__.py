"""Runs a program that imports openfinops, over a store of centime.

Usage: python -m centime.compat.openfinops [--store FOLDER_OR_URL] [--shadow] PROGRAM [ARGUMENT...]"""

from __future__ import annotations

import argparse
import os
import runpy
import sys

from . import install


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m centime.compat.openfinops", description="Runs a program that imports openfinops.observability."
    )
    parser.add_argument("--store", help="folder or URL of the store; else CENTIME_STORE or CENTIME_URL")
    parser.add_argument("--shadow", action="store_true", help="also where an openfinops is installed")
    parser.add_argument("program")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    install(given.store, shadow=given.shadow)
    sys.argv = [given.program, *given.arguments]
    sys.path[0] = os.path.dirname(os.path.abspath(given.program))
    runpy.run_path(given.program, run_name="__main__")


if __name__ == "__main__":
    main()
