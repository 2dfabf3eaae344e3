#!/usr/bin/env python3
"""Debian's python3-influxdb: write_points in all its ways, packed, and by UDP. Skipped where it is not installed."""

import json
import os
import re
import subprocess
import sys
import time

from clients import DEBIAN_PYTHON, HERE, read_back, run
from centime_server import Failed, Server, equal, run_tests, skip

MS = 10**6
SECOND = 10**9
NEW_YEAR = 1767225600 * SECOND


def udp_port(server):
    return re.search(r'listening for lines by UDP" detail=\S*:(\d+)', server.log()).group(1)


def wait_for_row(server, table):
    for _ in range(400):
        try:
            return read_back(server, "default", table, "usd", "s")
        except Failed:
            time.sleep(0.05)
    raise Failed(f"nothing in {table}")


def writes_in_all_its_ways():
    with Server("--listen-udp", "127.0.0.1:0") as server:
        said = json.loads(run(DEBIAN_PYTHON, HERE / "influxdb_python.py", server.host, server.port, udp_port(server)))
        equal("py" in said["databases"], True, "its database is listed")
        equal(said["queried"], [{"time": "2026-01-01T00:00:00Z", "usd": 3.5, "n": 4}], "what it reads itself")
        equal(said["conflict"][0], 400, "status of a conflict")
        equal("field type conflict" in said["conflict"][1], True, f"words of a conflict: {said['conflict'][1]}")
        fields = ("svc", "team", "n", "ok", "s", "usd")
        values = ("ec2", "ml research", 4, True, 'a "q" \\ b', 3.5)
        found = [(row[0], *row[1:-1], float(row[-1])) for row in read_back(server, "py", "usage", *fields)]
        equal(found, [(NEW_YEAR, *values)], "usage")
        seconds = [(row[0], row[1], float(row[2])) for row in read_back(server, "py", "seconds", "env", "usd")]
        equal(seconds, [(NEW_YEAR + i * SECOND, "prod", 3.5) for i in range(3)], "seconds")
        equal([row[0] - 17 * 10**17 for row in read_back(server, "py", "lines", "usd")], [0, 1], "lines")
        equal([row[0] for row in read_back(server, "py", "packed", "usd")], [NEW_YEAR + i * MS for i in range(5000)], "packed")
        equal(float(wait_for_row(server, "by_udp")[0][1]), 3.5, "by UDP")


def main():
    if not os.path.exists(DEBIAN_PYTHON) or subprocess.run([DEBIAN_PYTHON, "-c", "import influxdb"], capture_output=True).returncode:
        skip("no python3-influxdb")
    return run_tests(writes_in_all_its_ways)


if __name__ == "__main__":
    sys.exit(main())
