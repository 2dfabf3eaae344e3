#!/usr/bin/env python3
"""Arrow IPC streams of the command against the same answers as JSON.

Usage: arrow_test.py python|npm: who reads the streams, ipc_reader.py beside this or npm's apache-arrow. The latter needs node
and npm, and either reaches a package registry or finds the packages in npm's cache; skipped otherwise."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "cli"))

import ipc_reader  # noqa: E402
from centime_command import SKIPPED, Centime  # noqa: E402

NS = 10**9
BATCH_ROWS = 65536


def install(folder):
    """npm's packages of package-lock.json; ends the test as skipped where they cannot be had."""
    if not shutil.which("node") or not shutil.which("npm"):
        print("skipped: no node or no npm")
        sys.exit(SKIPPED)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--fetch-retries=0"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=90)
        failure = done.stderr if done.returncode else ""
    except subprocess.TimeoutExpired:
        failure = "npm took more than 90 s"
    if failure:
        print(f"skipped: npm cannot install apache-arrow: {failure.splitlines()[0]}")
        sys.exit(SKIPPED)
    return str(Path(folder, "node_modules"))


def lines_of_every_type():
    """Rows with gaps in every column; amounts that need 128 bits, and in `huge` 256; a text that is not ASCII."""
    for i in range(40):
        fields = [f"n={i}i"]
        if i % 3:
            fields += [f"f={i / 7}", f"u={2**63 + i}u", f"b={'t' if i % 2 else 'f'}", f'text="caf\u00e9 {i} \\"q\\""']
        if i % 4:
            fields += [f"a_cost={i - 20}.{i:02}0", f"big_cost=-1234567890123456789012345678901234.{i:04}"]
        fields += ["huge_cost=99999999999999999999999999999999999999"] if i % 5 else []
        yield f"t,k={i % 7},name=\u00fcber\\ {i % 3} {','.join(fields)} {1780272000 * NS + i * 1000000007}"


def check(read, wanted, what):
    if read != wanted:
        raise SystemExit(f"{what}: read {read!r}, wanted {wanted!r}")


def same(kind, read, wanted):
    if read is None or wanted is None:
        return read is wanted
    if kind in ("decimal", "int64", "uint64"):
        return Decimal(read) == Decimal(wanted)
    if kind == "float64":
        return float(read) == float(wanted)
    if kind == "bool":
        return read == str(wanted).lower()
    return read == wanted


def read_by_npm(modules, stream):
    done = subprocess.run(["node", HERE / "read_arrow.mjs", modules], input=stream, capture_output=True)
    if done.returncode:
        raise SystemExit(f"node could not read the stream:\n{done.stderr.decode()}")
    return json.loads(done.stdout)


class Comparison:
    def __init__(self, centime, reader):
        self.centime, self.reader = centime, reader

    def read(self, *options):
        arrow = subprocess.run(
            [self.centime.command, "rollup", self.centime.store, *options, "--format", "arrow"], capture_output=True, check=True
        ).stdout
        return self.reader(arrow)

    def run(self, *options):
        """Compares, and returns what was read and what its types are."""
        read = self.read(*options)
        text = self.centime.must("rollup", self.centime.store, *options, "--format", "columns", "--quoted")
        wanted = json.loads(text, parse_float=Decimal)
        check([f["name"] for f in read["fields"]], [c["name"] for c in wanted["columns"]], "names")
        check(all(f["nullable"] for f in read["fields"]), True, "nullable")
        check(sum(read["batches"]), len(wanted["rows"]), "rows")
        for i, column in enumerate(wanted["columns"]):
            for row, values in enumerate(wanted["rows"]):
                given = read["columns"][i][row]
                # JSON shows times in RFC 3339: held against the shape only, the values in times_are_exact
                if column["type"] != "time" and not same(column["type"], given, values[i]):
                    raise SystemExit(f"{column['name']}, row {row}: read {given!r}, JSON has {values[i]!r}")
        return read, {f["name"]: f["type"] for f in read["fields"]}


def every_type_reads_the_same(comparison):
    options = []
    for function in ("first", "last"):
        for field in ("n", "f", "u", "b", "text", "a_cost"):
            options += [f"--{function}", field]
    sums = ["--sum", "a_cost", "--sum", "big_cost", "--sum", "n", "--mean", "f", "--count", "f", "--count", "*"]
    _, types = comparison.run("--from", "t", *options, *sums, "--bucket", "3s", "--by", "k,name")
    check(types["time"], "Timestamp<NANOSECOND, UTC>", "type of time")
    check(types["name"], "Utf8", "type of a tag")
    check(types["first_u"], "Uint64", "type of a uint64")
    check(types["first_b"], "Bool", "type of a bool")
    check(types["mean_f"], "Float64", "type of a mean")
    check(types["sum_a_cost"].startswith("Decimal[38"), True, f"type of money: {types['sum_a_cost']}")


def sums_past_38_digits_are_decimal256(comparison):
    read, types = comparison.run("--from", "t", "--sum", "huge_cost")
    check(types["sum_huge_cost"].startswith("Decimal[76"), True, f"type: {types['sum_huge_cost']}")
    check(Decimal(read["columns"][0][0]), Decimal(32 * (10**38 - 1)), "the sum")


def times_are_exact(comparison):
    read, _ = comparison.run("--from", "t", "--count", "*", "--bucket", "1s")
    check(read["columns"][0][0], str(1780272000 * NS), "the first bucket")


def nothing_is_a_schema_without_batches(comparison):
    read, _ = comparison.run("--from", "t", "--sum", "a_cost", "--by", "k", "--where", "k=none")
    check(sum(read["batches"]), 0, "rows")
    check(len(read["fields"]), 2, "fields")


def long_answers_come_in_batches(comparison):
    read, _ = comparison.run("--from", "many", "--sum", "v_cost", "--bucket", "1s")
    check(read["batches"], [BATCH_ROWS, 70000 - BATCH_ROWS], "batches")


def main(reader):
    with tempfile.TemporaryDirectory(prefix="centime-") as folder, Centime() as centime:
        modules = install(folder) if reader == "npm" else None
        centime.write_lines("\n".join(lines_of_every_type()) + "\n")
        centime.write_lines("".join(f"many v_cost={i}.5 {(1780272000 + i) * NS}\n" for i in range(70000)))
        comparison = Comparison(centime, (lambda stream: read_by_npm(modules, stream)) if modules else ipc_reader.read)
        for test in (
            every_type_reads_the_same,
            sums_past_38_digits_are_decimal256,
            times_are_exact,
            nothing_is_a_schema_without_batches,
            long_answers_come_in_batches,
        ):
            test(comparison)
            print("passed:", test.__name__)


if __name__ == "__main__":
    main(*sys.argv[1:])
