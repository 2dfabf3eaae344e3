#!/usr/bin/env python3
"""generated_test.py [--cost-days N] [--system-hours N] [--cpu-hours N]: builds the shared generator of benchmark
data, loads its three sets and compares sums by provider, service, team and day (and by host and cluster) with an independent
computation in whole numbers. The defaults are small, for ctest; the full sets are 30, 6 and 1.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))

from centime_command import Centime, Failed, shared_data_folder

SCALE = 1_000_000  # the generator prints six digits after the point at most
DAY_S = 86_400

# table: option, tags to group by, fields
SETS = {
    "cost": ("cost_days", ["provider", "service", "team"], ["cost_usd", "usage_quantity"]),
    "system": ("system_hours", ["cluster", "region"], ["cpu_usage", "memory_usage", "disk_usage", "gpu_usage"]),
    "cpu": ("cpu_hours", ["region", "service"], ["usage_user", "usage_idle", "usage_guest_nice"]),
}


def scaled(text):
    """The number times SCALE, as an int: no floating point, no decimal module."""
    whole, _, fraction = text.removesuffix("i").partition(".")
    return int(whole) * SCALE + int((fraction + "000000")[:6])


class Totals:
    """Sums and counts of each field by each tag, by day, and by day and first tag."""

    def __init__(self, tags, fields):
        self.tags, self.fields = tags, fields
        self.sums = {group: defaultdict(lambda: [0] * (len(fields) + 1)) for group in [*tags, "time", "total"]}
        self.cross = defaultdict(lambda: [0] * (len(fields) + 1))

    def add(self, line):
        key, values, time_ns = line.rsplit(" ", 2)
        tags = dict(pair.split("=") for pair in key.split(",")[1:])
        fields = dict(pair.split("=") for pair in values.split(","))
        numbers = [scaled(fields[name]) for name in self.fields]
        day = int(time_ns) // 1_000_000_000 // DAY_S
        cells = [self.sums[tag][tags[tag]] for tag in self.tags]
        cells += [self.sums["time"][day], self.sums["total"][""], self.cross[day, tags[self.tags[0]]]]
        for cell in cells:
            for i, number in enumerate(numbers):
                cell[i] += number
            cell[-1] += 1


def day_of(text):
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc).timestamp()) // DAY_S


def compare(centime, table, totals):
    asked = ["--from", table, "--count", "*"]
    for field in totals.fields:
        asked += ["--sum", field]
    groups = [(group, ["--bucket", "1d"] if group == "time" else [] if group == "total" else ["--by", group], cells)
              for group, cells in totals.sums.items()]  # fmt: skip
    groups.append(("cross", ["--bucket", "1d", "--by", totals.tags[0]], totals.cross))
    compared = 0
    for group, options, cells in groups:
        rows = centime.rollup(*asked, *options)
        if len(rows) != len(cells):
            raise Failed(f"{table} by {group}: {len(rows)} groups, expected {len(cells)}")
        for row in rows:
            key = {"time": lambda: day_of(row["time"]), "total": lambda: "",
                   "cross": lambda: (day_of(row["time"]), row[totals.tags[0]])}.get(group, lambda: row[group])()  # fmt: skip
            expected = cells[key]
            for i, field in enumerate(totals.fields):
                compared += compare_sum(f"{table} {field} by {group} {key}", row[f"sum_{field}"], expected[i])
            compared += compare_sum(f"{table} rows by {group} {key}", row["count"], expected[-1] * SCALE)
    return compared


def compare_sum(what, ours, theirs):
    theirs = Decimal(theirs) / SCALE
    is_float = "system" in what and "rows" not in what
    equal = abs(Decimal(ours) - theirs) <= abs(theirs) * Decimal("1e-11") if is_float else Decimal(ours) == theirs
    if not equal:
        raise Failed(f"{what}: centime says {ours}, the independent answer is {theirs}")
    return 1


def load(centime, generator, table, amount, totals, folder):
    path = Path(folder) / f"{table}.lp"
    with path.open("wb") as file:
        subprocess.run([generator, table, "lp", str(amount)], stdout=file, check=True)
    centime.write(path)
    with path.open() as file:
        for line in file:
            totals.add(line)
    path.unlink()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cost-days", type=int, default=2)
    parser.add_argument("--system-hours", type=int, default=1)
    parser.add_argument("--cpu-hours", type=int, default=1)
    parser.add_argument("--only", choices=SETS)
    options = parser.parse_args()
    source = shared_data_folder("bench", "gen.c")
    with tempfile.TemporaryDirectory() as folder, Centime() as centime:
        generator = str(Path(folder) / "gen")
        subprocess.run(["cc", "-O2", "-w", "-o", generator, source, "-lm"], check=True)
        for table, (option, tags, fields) in SETS.items():
            if options.only not in (None, table):
                continue
            totals = Totals(tags, fields)
            load(centime, generator, table, getattr(options, option), totals, folder)
            compared = compare(centime, table, totals)
            centime.must("compact", centime.store)
            compared += compare(centime, table, totals)
            print(f"{table}: {totals.sums['total'][''][-1]} rows, {compared} figures equal")
        centime.must("verify", centime.store, "--deep")
    return 0


if __name__ == "__main__":
    sys.exit(main())
