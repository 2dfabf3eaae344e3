#!/usr/bin/env python3
"""/metrics, as Prometheus' own checker reads it, after requests of every kind."""

import shutil
import subprocess
import sys

from centime_server import Failed, Server, equal, run_tests, skip


def figures(text):
    """{"name{labels}": value}"""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines}


def promtool_finds_nothing():
    with Server() as server:
        for path in ("/ping", "/nothing", "/health", '/a"b\\c%0A', "/metrics"):
            server.get(path)
        server.post("/write", b"m v=1 1\nm v=2 2\nnonsense\n")
        server.post("/write", b"x" * 10, headers={"Content-Encoding": "gzip"})
        server.post("/ping")
        status, headers, body = server.get("/metrics")
        equal(status, 200, "status")
        equal(headers["content-type"], "text/plain; version=0.0.4; charset=utf-8", "type")
        done = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True, check=False)
        equal((done.returncode, (done.stdout + done.stderr).decode()), (0, ""), "promtool")


def what_was_done_is_counted():
    with Server() as server:
        equal(server.post("/write", b"m v=1 1\nm v=2 2\nnonsense\n")[0], 400, "write")
        equal(server.post("/write", b"m v=1 3\n")[0], 204, "write")
        for _ in range(3):
            server.get("/ping")
        server.get("/no/such/path/1")
        server.get("/no/such/path/2")
        found = figures(server.get("/metrics")[2].decode())
        for name, value in (
            ('centime_http_requests_total{path="/write",method="POST",code="400"}', 1),
            ('centime_http_requests_total{path="/write",method="POST",code="204"}', 1),
            ('centime_http_requests_total{path="/ping",method="GET",code="204"}', 3),
            ('centime_http_requests_total{path="other",method="GET",code="404"}', 2),
            ('centime_http_request_duration_seconds_count{path="/ping"}', 3),
            ('centime_rows_written_total{path="lines"}', 3),
            ('centime_rows_rejected_total{path="lines"}', 1),
            ("centime_live_rows", 3),
            ("centime_last_commit", 2),
        ):
            equal(found.get(name), value, name)
        equal("process_cpu_seconds_total" in found, True, "time of processors")
        for name in ("process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds"):
            if not found.get(name):
                raise Failed(f"no {name}")


def names_that_clients_make_up_are_no_labels():
    with Server() as server:
        for number in range(50):
            server.get(f"/made/up/{number}")
        server.get("/metrics")
        before = server.get("/metrics")[2].count(b"\n")
        for number in range(500):
            server.get(f"/made/up/{number}?q={number}")
        body = server.get("/metrics")[2].decode()
        if body.count("\n") > before + 100 or "/made/" in body:
            raise Failed(f"paths of clients are labels: {before} lines became {body.count(chr(10))}")


if __name__ == "__main__":
    if not shutil.which("promtool"):
        skip("no promtool here (package prometheus)")
    sys.exit(run_tests(promtool_finds_nothing, what_was_done_is_counted, names_that_clients_make_up_are_no_labels))
