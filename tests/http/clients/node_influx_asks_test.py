#!/usr/bin/env python3
"""npm's influx (node-influx) asks, with placeholders, lists, creates and drops. Skipped without npm."""

import sys

from asking import same_from_both
from centime_server import equal, run_tests
from clients import run_node


def ask(host, port):
    return run_node("node_influx_asks.mjs", host, port)


def is_answered_as_by_influxdb():
    found = same_from_both(ask)
    equal(found["databases"], ["t"])
    equal([row["usage"] for row in found["select"]], [12.5, 0.25, 7])
    equal([(row["usage"], row["host"]) for row in found["bound"]], [(12.5, "a")])
    equal(found["bound text"], [], "a bound text is never read as a condition")
    equal(found["created"], ["made here", "t"])
    equal(found["series after"], ["cpu,host=a,region=eu", "mem,host=a"])
    equal(found["measurements after"], ["cpu"])


if __name__ == "__main__":
    sys.exit(run_tests(is_answered_as_by_influxdb))
