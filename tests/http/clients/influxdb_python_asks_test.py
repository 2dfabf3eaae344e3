#!/usr/bin/env python3
"""Debian's python3-influxdb asks, with bound parameters and chunks, lists, creates and drops. Skipped where it is absent."""

import json
import os
import subprocess
import sys

from asking import HERE, same_from_both
from centime_server import equal, run_tests, skip
from clients import DEBIAN_PYTHON, run


def ask(host, port):
    return json.loads(run(DEBIAN_PYTHON, HERE / "influxdb_python_asks.py", host, port))


def is_answered_as_by_influxdb():
    found = same_from_both(ask)
    equal(found["databases"], ["t"])
    equal(found["created"], ["made here", "t"])
    row = {"time": "2023-11-14T22:13:20Z", "usage": 12.5, "host": "a"}
    equal(found["bound"], [["('cpu', None)", [row]]])
    equal(found["bound text"], [], "a bound text is never read as a condition")
    equal(sum(len(rows) for part in found["chunked"] for _, rows in part), 3, "rows of all chunks")
    equal(found["measurements after deletion"], [{"name": "cpu"}])
    equal(found["statement error"], [None, "undefined function foo()"])


if __name__ == "__main__":
    if not os.path.exists(DEBIAN_PYTHON) or subprocess.run([DEBIAN_PYTHON, "-c", "import influxdb"], capture_output=True, check=False).returncode:
        skip("no python3-influxdb")
    sys.exit(run_tests(is_answered_as_by_influxdb))
