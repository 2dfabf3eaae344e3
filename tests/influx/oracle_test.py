#!/usr/bin/env python3
"""oracle_test.py statements | random [SEED [COUNT]]: the same lines and the same statements to InfluxDB and to centime, and
the answers side by side.

`statements` runs statements.txt, then what differences.txt says is different on purpose: there both answers must be the ones
that it holds. `random` makes statements from a seed. Numbers are compared to 1e-9, all else exactly. Skipped (77) where no
influxd is installed.
"""

import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from influx_server import InfluxServer, is_installed
from random_statement import RandomStatement

HERE = Path(__file__).parent
SHOWN = 12  # disagreements printed


def data():
    """Two regular measurements with gaps, one of odd names, one of counters, one over a change of clocks."""
    rng = random.Random(1)
    lines = []
    for step in range(40):
        for number, (host, region) in enumerate((("a", "eu"), ("b", "eu"), ("b", "us"), ("c", None), ("d e", "us"))):
            if rng.random() < 0.25:
                continue
            tags = f"cpu,host={host.replace(' ', chr(92) + ' ')}" + (f",region={region}" if region else "")
            fields = [f"v={rng.choice((rng.randint(-9, 9), rng.randint(-900, 900) / 8))}"]
            if rng.random() < 0.7:
                fields.append(f"i={rng.randint(-50, 50)}i")
            if rng.random() < 0.6:
                fields.append(f's="{rng.choice(("x", "y", "z", ""))}"')
            if rng.random() < 0.5:
                fields.append(f"b={rng.choice(('true', 'false'))}")
            if rng.random() < 0.1:
                fields.append("w=0.5")
            lines.append(f"{tags} {','.join(fields)} {(step * 3 + 1) * 10**9 + number * 10**6}")
    for step in range(25):
        lines.append(f"mem,host={'ab'[step % 2]} used={step * 7 % 11}i,v={step}i,free={100 - step}.5 {step * 4 * 10**9 + 7}")
    for step in range(12):
        lines.append(f"requests,host={'ab'[step % 2]} total={step // 4 * 50 + step * 10 % 70}i {step * 5 * 10**9}")
    for step in range(3):
        lines.append(f'odd\\ name,t\\,ag=v\\=1 f\\ ield={step},"q"="a\\"b\\\\c" {step * 10**9}')
    for hour in range(-30, 30):  # 2025-03-30T01:00:00Z: clocks go forward in Europe
        lines.append(f"clock,zone=x v={hour},n={hour % 5}i {(1743296400 + hour * 3600) * 10**9}")
    return "\n".join(lines) + "\n"


def same(a, b):
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return a == b


def answers_of_centime(lines, statements):
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/lines"
        Path(path).write_text(lines)
        program = subprocess.run(
            [os.environ["INFLUXQL_ANSWERS"], path, str(time.time_ns())],
            input="\n".join(statements) + "\n", capture_output=True, text=True, timeout=100,
        )  # fmt: skip
    if program.returncode != 0:
        sys.exit(f"influxql_answers: {program.returncode}\n{program.stderr[-3000:]}")
    return [json.loads(line) for line in program.stdout.splitlines()]


def read_statements():
    lines = (HERE / "statements.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def read_differences():
    """[(statement, InfluxDB's answer, centime's answer)]"""
    found = []
    for block in (HERE / "differences.txt").read_text().split("\n\n"):
        parts = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith("#"))
        if parts:
            assert parts["why"], block
            found.append((parts["statement"], json.loads(parts["influxdb"]), json.loads(parts["centime"])))
    return found


def report(statement, expected, got):
    print(f"statement: {statement}\ninfluxdb: {json.dumps(expected)}\ncentime: {json.dumps(got)}\n")


def compare(server, lines, statements):
    """How many disagree, and how many InfluxDB did not answer in time."""
    expected = [server.ask(statement) for statement in statements]
    got = answers_of_centime(lines, statements)
    assert len(got) == len(statements), f"{len(got)} answers to {len(statements)} statements"
    wrong = [row for row in zip(statements, expected, got) if row[1] is not None and not same(row[1], row[2])]
    for row in wrong[:SHOWN]:
        report(*row)
    silent = sum(answer is None for answer in expected)
    rows = sum(len(series.get("values", ())) for answer in got for result in answer.get("results", ())
               for series in result.get("series", ()))  # fmt: skip
    print(f"{len(statements)} statements, {rows} rows, {len(wrong)} disagree, {silent} without an answer of InfluxDB")
    return len(wrong), silent


def check_differences(server, lines):
    wrong = 0
    differences = read_differences()
    got = answers_of_centime(lines, [statement for statement, _, _ in differences])
    for (statement, influxdb, centime), answer in zip(differences, got):
        real = server.ask(statement)
        if not (same(real, influxdb) and same(answer, centime)):
            print("not as differences.txt says:")
            report(statement, real, answer)
            wrong += 1
    print(f"{len(differences)} deliberate differences, {wrong} of them not as stated")
    return wrong


def main(arguments):
    if not is_installed():
        print("no influxd here: nothing to compare with")
        return 77
    lines = data()
    with InfluxServer() as server:
        server.write(lines)
        if arguments[0] == "statements":
            wrong = check_differences(server, lines)
            disagreeing, silent = compare(server, lines, read_statements())
            return 1 if wrong or disagreeing or silent else 0
        seed = int(arguments[1]) if len(arguments) > 1 else 1
        count = int(arguments[2]) if len(arguments) > 2 else 600
        print(f"seed {seed}")
        maker = RandomStatement(random.Random(seed))
        disagreeing, silent = compare(server, lines, [maker.make() for _ in range(count)])
        return 1 if disagreeing or silent > count // 20 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
