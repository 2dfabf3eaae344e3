#!/usr/bin/env python3
"""The same requests over HTTP to InfluxDB 1.6.7 and to centime: status, content type, headers of InfluxDB and every byte of the
body are the same, but for what influx_http_differences.txt states; there both answers must be the ones that it holds.

Skipped where no influxd is installed. `--print` writes what differs in the form of that file.
"""

import http.client
import json
import os
import sys
from pathlib import Path

from centime_server import Failed, Server, run_tests, skip
from influx_requests import LINES, all_requests

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "influx"))
from influx_server import InfluxServer, is_installed  # noqa: E402

SHOWN = 10


def ask(port, request):
    """What of an answer is compared: [status, content type, which headers of InfluxDB there are, body]."""
    _, method, path, headers, body = request
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        own = sorted(name for name in ("X-Influxdb-Version", "X-Influxdb-Build", "X-Influxdb-Error") if answer.getheader(name))
        error = answer.getheader("X-Influxdb-Error") or ""
        return [answer.status, answer.getheader("Content-Type"), ", ".join(own), error, answer.read().decode("utf-8", "backslashreplace")]
    finally:
        connection.close()


def read_differences():
    """{name: (InfluxDB's answer, null where it varies, centime's answer)}"""
    found = {}
    for block in (HERE / "influx_http_differences.txt").read_text().split("\n\n"):
        parts = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith("#"))
        if parts:
            assert parts["why"], block
            assert parts["request"] not in found, parts["request"]
            found[parts["request"]] = json.loads(parts["influxdb"]), json.loads(parts["centime"])
    return found


def answers_side_by_side():
    requests = all_requests()
    with InfluxServer() as influxdb, Server() as centime:
        influxdb.write(LINES)
        centime.write(LINES, db="t")
        return [(request, ask(influxdb.port, request), ask(centime.port, request)) for request in requests]


def show(request, influxdb, centime):
    """In the form of the file of differences."""
    dump = lambda answer: json.dumps(answer, ensure_ascii=False)  # noqa: E731
    return f"request: {request[0]}\nwhy: \ninfluxdb: {dump(influxdb)}\ncentime: {dump(centime)}\n"


def answers_are_those_of_influxdb():
    rows, differences = answers_side_by_side(), read_differences()
    unknown = differences.keys() - {request[0] for request, _, _ in rows}
    wrong = []
    for request, influxdb, centime in rows:
        expected = differences.get(request[0])
        if expected and expected[0] is None:  # InfluxDB's is never twice the same
            influxdb = None
        if (influxdb, centime) != expected if expected else influxdb != centime:
            wrong.append(show(request, influxdb, centime))
    print(f"{len(rows)} requests, {len(differences)} stated differences, {len(wrong)} not as stated")
    if wrong or unknown:
        raise Failed("\n" + "\n".join(wrong[:SHOWN]) + "".join(f"no such request: {name}\n" for name in unknown))


def main(arguments):
    if not is_installed():
        skip("no influxd here: nothing to compare with")
    if arguments == ["--print"]:
        print("\n".join(show(*row) for row in answers_side_by_side() if row[1] != row[2]))
        return 0
    return run_tests(answers_are_those_of_influxdb)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
