#!/usr/bin/env python3
"""npm's @questdb/nodejs-client: over HTTP, where it asks /settings first, and over TCP. Skipped without npm."""

import re
import sys
import time

from clients import HERE, npm_modules, read_back, run
from centime_server import Failed, Server, equal, run_tests

US = 1000


def send(configuration, table):
    run("node", HERE / "questdb_npm.mjs", npm_modules(), configuration, table)


def expect_rows(server, table):
    found = [
        (time, team, float(usd), n, ok, s, ts)
        for time, team, usd, n, ok, s, ts in read_back(server, "default", table, "team", "usd", "n", "ok", "s", "ts")
    ]
    rows = [
        (17 * 10**17 + i * US, "ml, res=earch", 3.5 + i, 4 + i, i % 2 == 0, 'a "q" \\ b', 17 * 10**14) for i in range(3)
    ]
    equal(found, rows, table)


def writes_over_http():
    with Server() as server:
        send(f"http::addr={server.host}:{server.port};", "asking_first")
        expect_rows(server, "asking_first")
        send(f"http::addr={server.host}:{server.port};protocol_version=1;username=u;password=p;", "told_before")
        expect_rows(server, "told_before")


def writes_over_tcp():
    with Server("--listen-lines", "127.0.0.1:0") as server:
        address = re.search(r'listening for lines by TCP" detail=(\S+)', server.log()).group(1)
        send(f"tcp::addr={address};protocol_version=1;", "by_tcp")
        for _ in range(400):
            try:
                expect_rows(server, "by_tcp")
                return
            except Failed:
                time.sleep(0.05)
        expect_rows(server, "by_tcp")


def main():
    npm_modules()
    return run_tests(writes_over_http, writes_over_tcp)


if __name__ == "__main__":
    sys.exit(main())
