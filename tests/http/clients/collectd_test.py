#!/usr/bin/env python3
"""collectd of Debian: its plugin write_influxdb_udp, which sends milliseconds. Skipped where it is not installed."""

import os
import re
import subprocess
import sys
import tempfile
import time

from clients import read_back, require
from centime_server import Failed, Server, equal, run_tests, skip

COLLECTD = require("collectd")
PATIENCE_S = 60

CONFIGURATION = """
Hostname "h1"
Interval 1
BaseDir "{folder}"
PIDFile "{folder}/pid"
TypesDB "/usr/share/collectd/types.db"
LoadPlugin load
LoadPlugin write_influxdb_udp
<Plugin write_influxdb_udp>
  Server "127.0.0.1" "{port}"
</Plugin>
"""


def wait_for_rows(server, count):
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            rows = read_back(server, "default", "load", "host", "shortterm")
            if len(rows) >= count:
                return rows
        except Failed:
            pass
        time.sleep(0.2)
    raise Failed(f"no rows of collectd\n{server.log()}")


def sends_by_udp():
    with (
        Server("--listen-udp", "127.0.0.1:0", "--udp-precision", "ms") as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        port = re.search(r'listening for lines by UDP" detail=\S*:(\d+)', server.log()).group(1)
        path = os.path.join(folder, "collectd.conf")
        with open(path, "w", encoding="ascii") as file:
            file.write(CONFIGURATION.format(folder=folder, port=port))
        started_ns = time.time_ns()
        process = subprocess.Popen([COLLECTD, "-f", "-C", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            rows = wait_for_rows(server, 2)
        finally:
            process.terminate()
            process.wait(30)
        equal({row[1] for row in rows}, {"h1"}, "hosts")
        for row in rows:
            if not started_ns - 5 * 10**9 <= row[0] <= time.time_ns() + 10**9:
                raise Failed(f"a row at {row[0]} ns, sent after {started_ns}")
            equal(row[0] % 10**6, 0, "whole milliseconds")


def main():
    if not os.path.exists("/usr/share/collectd/types.db"):
        skip("no types.db of collectd")
    return run_tests(sends_by_udp)


if __name__ == "__main__":
    sys.exit(main())
