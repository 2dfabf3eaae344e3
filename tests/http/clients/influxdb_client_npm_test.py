#!/usr/bin/env python3
"""npm's @influxdata/influxdb-client, of InfluxDB 2: every type of field, packed batches, refusals. Skipped without npm."""

import json
import sys

from clients import read_back, run_node
from centime_server import Server, equal, run_tests

SECOND = 10**9
MS = 10**6


def writes_in_all_its_ways():
    with Server() as server:
        said = run_node("influxdb_client_npm.mjs", server.url)
        found = [
            (time, env, team, usd and float(usd), n, u, ok, s)
            for time, env, team, usd, n, u, ok, s in read_back(server, "plain", "usage", "env", "team", "usd", "n", "u", "ok", "s")
        ]
        rows = [
            (17 * 10**17 + 1, "prod", "ml, res=earch", 3.5, 4, 2**64 - 1, True, 'a "q" \\ b\nnl'),
            (17 * 10**17 + 2, "prod", "none", None, None, None, False, None),
        ]
        equal(found, rows, "plain")
        numbers = [(17 * 10**17 + i * MS, i) for i in range(2500)]
        equal(read_back(server, "packed", "usage", "n"), numbers, "packed, in three batches")
        equal((said["malformed"]["status"], said["malformed"]["code"]), (400, "invalid"), "a malformed line")
        equal((said["conflict"]["status"], said["conflict"]["code"]), (422, "unprocessable entity"), "a conflict")
        told = json.loads(said["conflict"]["body"])
        equal((told["accepted"], told["rejected"], told["data"][0]["line_number"]), (2, 1, 2), "what is told of it")
        equal([row[0] for row in read_back(server, "conflict", "m", "v")], [1, 3], "good lines beside a conflict")
        server.write("m v=1 1", db="refused")
        equal(read_back(server, "refused", "m", "v"), [(1, 1)], "nothing of a refused request")


def main():
    return run_tests(writes_in_all_its_ways)


if __name__ == "__main__":
    sys.exit(main())
