#!/usr/bin/env python3
"""npm's influx (node-influx), of InfluxDB 1. Skipped without npm."""

import sys

from clients import read_back, run_node
from centime_server import Server, equal, run_tests

SECOND = 10**9


def writes_and_reads():
    with Server() as server:
        said = run_node("node_influx.mjs", server.host, server.port)
        equal("centime" in said["after"], True, "its database is listed")
        equal(said["rows"], [{"usd": 0.25, "n": -1, "team": "o'b"}], "what it reads itself")
        equal(said["conflict"]["status"], 400, "status of a conflict")
        equal("field type conflict" in said["conflict"]["message"], True, f"words of a conflict: {said['conflict']}")
        equal(said["pings"], [True], "ping")
        found = [
            (time, team, float(usd), n, s, ok)
            for time, team, usd, n, s, ok in read_back(server, "centime", "usage", "team", "usd", "n", "s", "ok")
        ]
        rows = [
            (1700000000 * SECOND, "ml research", 3.5, 4, 'a "q" \\ b', True),
            (1700000001 * SECOND, "o'b", 0.25, -1, None, None),
        ]
        equal(found, rows, "rows")


def main():
    return run_tests(writes_and_reads)


if __name__ == "__main__":
    sys.exit(main())
