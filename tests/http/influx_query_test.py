#!/usr/bin/env python3
"""Questions in InfluxQL over real sockets: long answers come while they are made, in the same bytes as short ones, and take no
memory to speak of; who hangs up in the middle stops nobody; a database belongs to those who were given it."""

import json
import signal
import subprocess
import sys
import time
import urllib.parse

from centime_server import Failed, Server, equal, run_tests

ROWS = 200_000
MIB = 1 << 20


def write_rows(server, count=ROWS, database="t"):
    for start in range(0, count, 50_000):
        lines = "".join(f"m,h={i % 10} v={i},w={i}.5 {i + 1}\n" for i in range(start, min(start + 50_000, count)))
        server.write(lines, db=database)


def query(server, statement, headers=None, **parameters):
    return server.get("/query", headers=headers, parameters={"db": "t", "epoch": "ns", "q": statement, **parameters})


def long_answers_are_whole():
    with Server() as server:
        write_rows(server)
        status, headers, body = query(server, "SELECT v FROM m")
        equal(status, 200)
        equal(headers.get("transfer-encoding"), "chunked", "a long answer has no length known before")
        values = json.loads(body)["results"][0]["series"][0]["values"]
        equal(values, [[i + 1, i] for i in range(ROWS)], "rows")
        _, _, body = query(server, "SELECT v FROM m", chunked="true", chunk_size="777")
        parts = [json.loads(line)["results"][0] for line in body.splitlines()]
        equal(sum((part["series"][0]["values"] for part in parts), []), values, "rows of chunks")
        equal([part.get("partial", False) for part in parts], [True] * (len(parts) - 1) + [False], "partial")
        _, _, body = query(server, "SELECT v FROM m", {"Accept": "text/csv"})
        equal(body.count(b"\n"), ROWS + 1, "lines of CSV")
        status, headers, _ = query(server, "SELECT count(v) FROM m")
        equal((status, "content-length" in headers), (200, True), "a short answer has a length")


def a_connection_goes_on_after_a_long_answer():
    with Server() as server:
        write_rows(server, 30_000)
        connection = server.connection()
        for _ in range(3):
            connection.request("GET", "/query?" + urllib.parse.urlencode({"db": "t", "q": "SELECT * FROM m"}))
            equal(len(json.loads(connection.getresponse().read())["results"][0]["series"][0]["values"]), 30_000)
        connection.close()


def long_answers_take_little_memory():
    # Freed memory is kept for a while by the address sanitizer, where there is one: not much here.
    with Server(environment={"ASAN_OPTIONS": "quarantine_size_mb=1"}) as server:
        write_rows(server)
        query(server, "SELECT v FROM m LIMIT 1000")
        before = server.resident_bytes()
        statement = ";".join(["SELECT * FROM m"] * 8)  # some 70 MB of text
        connection = server.connection()
        connection.request("GET", "/query?" + urllib.parse.urlencode({"db": "t", "q": statement}))
        answer, received, most = connection.getresponse(), 0, 0
        while part := answer.read(4 * MIB):
            received += len(part)
            most = max(most, server.resident_bytes())
        print(f"     {received / MIB:.0f} MiB received, {(most - before) / MIB:.0f} MiB more memory")
        connection.close()
        if received < 40 * MIB or most - before > 48 * MIB:
            raise Failed(f"{received / MIB:.0f} MiB received, {(most - before) / MIB:.0f} MiB more memory")


def who_hangs_up_stops_nobody():
    with Server() as server:
        write_rows(server, 100_000)
        descriptors = server.open_descriptors()
        for _ in range(20):
            connection = server.connection()
            connection.request("GET", "/query?" + urllib.parse.urlencode({"db": "t", "q": ";".join(["SELECT * FROM m"] * 20)}))
            connection.getresponse().read(1000)
            connection.close()
        status, _, body = query(server, "SELECT count(v) FROM m")
        equal((status, json.loads(body)["results"][0]["series"][0]["values"]), (200, [[0, 100_000]]))
        for _ in range(200):
            if server.open_descriptors() <= descriptors + 2:
                return
            time.sleep(0.05)
        raise Failed(f"{server.open_descriptors()} descriptors open, {descriptors} before")


def head_has_no_body():
    with Server() as server:
        write_rows(server, 30_000)
        connection = server.connection()
        for _ in range(2):
            connection.request("HEAD", "/query?" + urllib.parse.urlencode({"db": "t", "q": "SELECT * FROM m"}))
            answer = connection.getresponse()
            equal((answer.status, answer.read()), (200, b""))
        connection.close()


def a_fresh_server_has_no_database():
    with Server() as server:
        _, _, body = server.get("/query", parameters={"q": "SHOW DATABASES"})
        equal(json.loads(body)["results"][0]["series"], [{"name": "databases", "columns": ["name"]}])
        _, _, body = query(server, "SHOW measurements")  # Grafana's health check
        equal(json.loads(body), {"results": [{"statement_id": 0, "error": "database not found: t"}]})
        server.write("m v=1")
        _, _, body = server.get("/query", parameters={"q": "SHOW measurements"})
        equal(json.loads(body)["results"][0]["series"][0]["values"], [["m"]], "of the default database")


# -- Tenants -----------------------------------------------------------------------------------------------------------


def make_token(server, *options):
    done = subprocess.run([server.command, "token", "create", server.folder, *options], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def a_database_is_its_tokens_own():
    """With a token that reads `a`, whatever is asked about `b` is answered as about `c`, which nobody has."""
    statements = (
        "SELECT * FROM secret", 'SELECT * FROM "{}".."secret"', 'SELECT * FROM "{}"."autogen"./.*/', 'SELECT * FROM (SELECT * FROM "{}"..secret)',
        "SHOW MEASUREMENTS", 'SHOW MEASUREMENTS ON "{}"', 'SHOW TAG KEYS ON "{}"', 'SHOW TAG VALUES ON "{}" WITH KEY = who', 'SHOW FIELD KEYS ON "{}"',
        'SHOW SERIES ON "{}"', 'SHOW SERIES CARDINALITY ON "{}"', 'SHOW RETENTION POLICIES ON "{}"', "SHOW DATABASES", "SHOW CONTINUOUS QUERIES",
        'CREATE DATABASE "{}"', 'DROP DATABASE "{}"', "DROP MEASUREMENT secret", "DELETE FROM secret",
    )  # fmt: skip
    with Server() as server:
        server.write("cpu,host=a v=1 1", db="a")
        server.write("secret,who=me s3cr3t=1 1", db="bbb")
        token = {"Authorization": f"Token {make_token(server, '--read', 'a')}"}
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: server.get("/query", parameters={"q": "SHOW DATABASES"})[0] == 401, "a token is asked for")
        for statement in statements:
            for method in ("GET", "POST"):
                there, nowhere = (ask_as(server, token, method, statement.format(name), db=name) for name in ("bbb", "ccc"))
                equal(there[1].replace(b"bbb", b"ccc"), nowhere[1], statement)
                equal((there[0], b"s3cr3t" in there[1] or b"who" in there[1]), (200, False), statement)
        _, body = ask_as(server, token, "GET", "SHOW DATABASES", db="a")
        equal(json.loads(body)["results"][0]["series"][0]["values"], [["a"]])
        _, body = ask_as(server, token, "POST", "SELECT v FROM cpu", db="a")
        equal(json.loads(body)["results"][0]["series"][0]["values"], [[1, 1]])
        status, _ = ask_as(server, {"Authorization": "Token ct_" + "x" * 43}, "GET", "SHOW DATABASES")
        equal(status, 401)


def ask_as(server, headers, method, statement, **parameters):
    status, _, body = server.request(method, "/query", headers=headers, parameters={"epoch": "ns", "q": statement, **parameters})
    return status, body


def wait_until(holds, what):
    for _ in range(200):
        if holds():
            return
        time.sleep(0.05)
    raise Failed(f"not in 10 s: {what}")


if __name__ == "__main__":
    sys.exit(
        run_tests(long_answers_are_whole, a_connection_goes_on_after_a_long_answer, long_answers_take_little_memory, who_hangs_up_stops_nobody,
                  head_has_no_body, a_fresh_server_has_no_database, a_database_is_its_tokens_own)
    )  # fmt: skip
