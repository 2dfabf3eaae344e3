"""Runs the `centime` command for tests: arguments in, exit code and parsed answers out.

The command is $CENTIME_COMMAND, as ctest sets it. Numbers of answers are read exactly: decimals as Decimal.
"""

import json
import os
import subprocess
import sys
import tempfile
from decimal import Decimal

SKIPPED = 77  # what ctest takes for "skipped"


def shared_data_folder(*parts):
    """A path under the folder of test data that is not part of the project; ends the test as skipped where it is absent."""
    root = os.environ.get("CENTIME_SHARED_DATA", "")
    path = os.path.join(root, *parts)
    if not root or not os.path.exists(path):
        print(f"skipped: no {os.path.join(*parts)} under CENTIME_SHARED_DATA={root!r}")
        sys.exit(SKIPPED)
    return path


class Failed(AssertionError):
    pass


class Centime:
    """One store in a folder of its own."""

    def __init__(self, folder=None):
        self.command = os.environ["CENTIME_COMMAND"]
        self.temporary = None if folder else tempfile.TemporaryDirectory(prefix="centime-")
        self.store = folder or os.path.join(self.temporary.name, "store")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.temporary:
            self.temporary.cleanup()

    def run(self, *arguments, stdin=b""):
        """(exit code, stdout, stderr)"""
        done = subprocess.run([self.command, *map(str, arguments)], input=stdin, capture_output=True, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def must(self, *arguments, stdin=b""):
        code, out, err = self.run(*arguments, stdin=stdin)
        if code != 0:
            raise Failed(f"centime {' '.join(map(str, arguments))}: exit code {code}\n{out}{err}")
        return out

    def write(self, *arguments, stdin=b""):
        return self.must("write", self.store, *arguments, stdin=stdin)

    def write_lines(self, text, *options):
        return self.write(*options, "-", stdin=text.encode())

    def rollup(self, *options):
        """Rows of `centime rollup --json` as dicts."""
        answer = self.must("rollup", self.store, "--json", *options)
        return json.loads(answer, parse_float=Decimal)["rows"]

    def json(self, subcommand, *options):
        return json.loads(self.must(subcommand, self.store, *options, "--json"), parse_float=Decimal)
