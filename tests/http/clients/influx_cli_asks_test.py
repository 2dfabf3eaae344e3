#!/usr/bin/env python3
"""The influx command (Debian's influxdb-client) asks: formats, precisions, and what people type. Skipped where it is absent."""

import re
import subprocess
import sys

from asking import same_from_both
from centime_server import equal, run_tests
from clients import at_prompt, require

TYPED = ("use t", "show measurements", "precision s", "select usage from cpu where host='b'", "format csv", "select * from mem", "use nope", "exit")
COMMANDS = {
    "column": ("-format", "column", "-execute", "SELECT * FROM cpu"),
    "column of groups": ("-format", "column", "-execute", "SELECT mean(usage) FROM cpu GROUP BY host"),
    "json": ("-format", "json", "-execute", "SELECT * FROM cpu"),
    "json of several": ("-format", "json", "-execute", "SELECT usage FROM cpu; SHOW TAG KEYS; SELECT foo(v) FROM cpu"),
    "pretty": ("-format", "json", "-pretty", "-execute", "SHOW FIELD KEYS"),
    "csv": ("-format", "csv", "-execute", "SELECT * FROM cpu"),
    "csv of groups": ("-format", "csv", "-execute", "SELECT usage FROM cpu GROUP BY *"),
    "rfc3339": ("-precision", "rfc3339", "-format", "csv", "-execute", "SELECT usage FROM cpu"),
    "ms": ("-precision", "ms", "-format", "json", "-execute", "SELECT usage FROM cpu"),
    "series": ("-execute", "SHOW SERIES"),
    "policies": ("-execute", "SHOW RETENTION POLICIES"),
    "databases": ("-execute", "SHOW DATABASES"),
    "create and drop": ("-execute", "CREATE DATABASE u; SHOW DATABASES; DROP DATABASE u"),
    "unknown measurement": ("-execute", "SELECT * FROM nope"),
    "parse error": ("-execute", "SELECT FROM"),
}


def answers_of_commands(host, port):
    """{name: (exit code, output)}"""
    found = {}
    for name, arguments in COMMANDS.items():
        command = [require("influx"), "-host", host, "-port", str(port), "-database", "t", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        found[name] = done.returncode, done.stdout + done.stderr
    return found


def commands_print_what_they_print_of_influxdb():
    found = same_from_both(answers_of_commands)
    expected = "name,time,usage\ncpu,2023-11-14T22:13:20Z,12.5\ncpu,2023-11-14T22:13:30Z,0.25\ncpu,2023-11-14T22:13:40Z,7\n"
    equal(found["rfc3339"], (0, expected))
    equal(found["databases"][1].split(), ["name:", "databases", "name", "----", "t"])
    equal("error parsing query" in found["parse error"][1], True, "a parse error is told")


def typed(host, port):
    """The lines that are shown, without what the terminal itself adds and what names the server."""
    shown = at_prompt((require("influx"), "-host", host, "-port", port), *TYPED)
    lines = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|[\r\b]", "", line).strip() for line in shown.splitlines()]
    return [line for line in lines if line and not line.startswith(("Connected to", "InfluxDB shell", ">"))]


def what_is_typed_is_answered():
    lines = same_from_both(typed)
    for line in ("Using database t", "1700000010 0.25", "mem,1700000000,a,17"):
        equal(line in lines, True, f"{line} is among {lines}")


if __name__ == "__main__":
    require("influx")
    sys.exit(run_tests(commands_print_what_they_print_of_influxdb, what_is_typed_is_answered))
