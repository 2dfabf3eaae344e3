#!/usr/bin/env python3
"""Debian's influx command, 1.6: inserting by hand, importing a file. Skipped where it is not installed."""

import os
import sys
import tempfile

from clients import at_prompt, read_back, require, run
from centime_server import Failed, Server, equal, run_tests

SECOND = 10**9
INFLUX = require("influx")

IMPORT = """# DDL
CREATE DATABASE imported
# DML
# CONTEXT-DATABASE: imported
# CONTEXT-RETENTION-POLICY: autogen
cpu,host=a value=1 1000000000

cpu,host=b value=2.5,note="two words" 2000000000
cost,provider=aws cost_usd=0.10 3000000000
"""


def influx(server, *arguments):
    return run(INFLUX, "-host", server.host, "-port", server.port, *arguments)


def typed(server, *lines):
    return at_prompt((INFLUX, "-host", server.host, "-port", server.port), *lines, "exit")


def inserts_line_by_line():
    with Server() as server:
        server.write("m v=1 1", db="shell")
        influx(server, "-database", "shell", "-execute", "INSERT cpu,host=a\\ b value=1.5,n=4i 1000000000")
        influx(server, "-database", "shell", "-precision", "s", "-execute", "INSERT cpu,host=c value=2 2")
        rows = [(SECOND, "a b", "1.5"), (2 * SECOND, "c", "2")]
        found = [(time, host, str(value)) for time, host, value in read_back(server, "shell", "cpu", "host", "value")]
        equal(found, rows, "rows")


def inserts_from_its_prompt():
    with Server() as server:
        server.write("m v=1 1", db="shell")
        answer = typed(server, "use shell", "insert cpu,host=a value=1", "insert into autogen cpu,host=b value=2")
        found = sorted(row[1] for row in read_back(server, "shell", "cpu", "host", "value"))
        if found != ["a", "b"]:
            raise Failed(f"hosts {found}; influx said:\n{answer}")


def tells_a_line_that_is_refused():
    with Server() as server:
        server.write("m v=1 1", db="shell")
        answer = typed(server, "use shell", 'insert m v="text" 2')
        if "field type conflict" not in answer:
            raise Failed(f"influx said:\n{answer}")


def imports_a_file():
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "lines")
        with open(path, "w", encoding="ascii") as file:
            file.write(IMPORT)
        influx(server, "-import", "-path", path, "-precision", "ns")
        found = [(time, host, str(value), note) for time, host, value, note in
                 read_back(server, "imported", "cpu", "host", "value", "note")]  # fmt: skip
        equal(found, [(SECOND, "a", "1", None), (2 * SECOND, "b", "2.5", "two words")], "rows")
        equal(str(read_back(server, "imported", "cost", "cost_usd")[0][1]), "0.10", "money")


def main():
    return run_tests(inserts_line_by_line, inserts_from_its_prompt, tells_a_line_that_is_refused, imports_a_file)


if __name__ == "__main__":
    sys.exit(main())
