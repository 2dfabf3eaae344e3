#!/usr/bin/env python3
"""OpenTelemetry's exporters from npm: known measurements sent in JSON and protobuf, packed and plain, as totals and as
deltas, read back and compared exactly. Skipped without node, npm or a way to the packages."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

from telemetry import HERE, answer

from centime_server import Failed, Server, equal, run_tests, skip

NPM_S = 120
WAYS = [
    ("json", "none", "cumulative"),
    ("json", "gzip", "delta"),
    ("protobuf", "none", "delta"),
    ("protobuf", "gzip", "cumulative"),
]


def npm_modules():
    """The folder of npm's packages of package-lock.json, installed once for a build; skips where they cannot be had."""
    if not shutil.which("node") or not shutil.which("npm"):
        skip("no node or no npm")
    folder = Path(os.environ.get("CENTIME_BUILD", "."), "npm-opentelemetry")
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = (HERE / "package-lock.json").read_bytes()
        marker = folder / "installed.json"
        if not marker.exists() or marker.read_bytes() != wanted:
            install(folder)
            marker.write_bytes(wanted)
    return folder / "node_modules"


def install(folder):
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--fetch-retries=0"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=NPM_S)
        failure = done.stderr if done.returncode else ""
    except subprocess.TimeoutExpired:
        failure = f"npm took more than {NPM_S} s"
    if failure:
        skip(f"npm cannot install OpenTelemetry: {failure.splitlines()[0]}")


def export(server, *way):
    """Sends with one encoding, compression and temporality; the database's name."""
    database = "_".join(way)
    command = ["node", HERE / "export_metrics.mjs", npm_modules(), server.url, *way, database]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=60)
    if done.returncode or done.stderr:
        raise Failed(f"the exporter failed: {done.stdout}{done.stderr}")
    return database


def values(server, database, table, *columns, where=""):
    """The columns of a table's rows, without their times; the same again is left out: the exporter reports once more at its
    shutdown."""
    names = ", ".join(f'"{name}"' for name in columns)
    rows = [row[1:] for row in answer(server, database, f'SELECT {names} FROM "{table}" {where}')]
    return [row for i, row in enumerate(rows) if i == 0 or row != rows[i - 1]]


def expect_totals(server, database):
    """A row of 0 stands where a counter began: seldom behind its first report, where both have the same millisecond."""

    def reported(table, *columns, where=""):
        rows = values(server, database, table, *columns, where=where)
        equal(len([row for row in rows if row[0] == 0]), 1, "rows of 0")
        return [row for row in rows if row[0] != 0]

    equal(reported("llm.cost", "value", where="WHERE team = 'ml'"), [(1.75,), (1.875,)], "cost of ml")
    equal(set(reported("llm.cost", "value", where="WHERE team = 'web'")), {(2,)}, "cost of web")
    equal(reported("tokens", "value"), [(3,), (7,)], "tokens")
    where = "WHERE \"gen_ai.token.type\" = 'input'"
    found = set(reported("gen_ai.client.token.usage", "count", "sum", "min", "max", where=where))
    equal(found, {(2, 42.5, 10, 32.5)}, "usage")


def expect_deltas(server, database):
    equal(answer(server, database, "SELECT sum(\"value\") FROM \"llm.cost\" WHERE team = 'ml'")[0][1], 1.875, "cost of ml")
    equal(values(server, database, "llm.cost", "value", where="WHERE team = 'web'"), [(2,)], "cost of web")
    equal(values(server, database, "tokens", "value"), [(3,), (4,)], "tokens")
    found = answer(server, database, 'SELECT sum("count"), sum("sum") FROM "gen_ai.client.token.usage"')
    equal(found[0][1:], (3, 49.5), "usage")


def known_measurements_are_read_back():
    with Server() as server:
        for way in WAYS:
            database = export(server, *way)
            (expect_totals if way[2] == "cumulative" else expect_deltas)(server, database)
            tags = ("value", "service.name", "cloud.region", "gpu", "shared")
            seen = (42.5, "billing", "eu-1", "0", "true")
            equal(values(server, database, "gpu.utilization", *tags), [seen], "a gauge")
            equal(values(server, database, "jobs", "value"), [(5,), (3,)], "jobs: what goes up and down is a total always")
            names = {name for (name,) in answer(server, database, 'SHOW TAG KEYS FROM "tokens"')}
            equal(names, {"service.name", "cloud.region"}, "tags of the resource")


def a_point_that_cannot_be_stored_is_told():
    """A field of texts takes no numbers: those points are left out, the others are not."""
    with Server() as server:
        server.write('tokens value="not a number" 1', db="protobuf_none_delta")
        database = export(server, "protobuf", "none", "delta")
        equal(values(server, database, "tokens", "value"), [("not a number",)], "the field of another type")
        equal(values(server, database, "jobs", "value"), [(5,), (3,)], "rows beside them")


def main():
    npm_modules()
    return run_tests(known_measurements_are_read_back, a_point_that_cannot_be_stored_is_told)


if __name__ == "__main__":
    sys.exit(main())
