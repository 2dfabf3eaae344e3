#!/usr/bin/env python3
"""public_sets_test.py SET: loads one public data set with `centime write` and compares counts, sums, minima, maxima and means,
in total and grouped by each tag and by day, with SQLite and Python's decimal, to the last digit.

Float64 sums depend on the order of adding: they are compared within 1e-12 of the sum of magnitudes. The same numbers stand in
a decimal field next to them, which is compared exactly. --print writes the line protocol to stdout instead.
"""

import math
import sys
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))

from centime_command import Centime, Failed, shared_data_folder
from line_protocol_rows import Oracle, line_of
from sources import DATA_SETS

DAY_NS = 86_400_000_000_000
MEAN_DIGITS = 6  # a mean has that many digits more after the point than its sum


def day_text(time_ns):
    day = datetime.fromtimestamp(time_ns // DAY_NS * 86_400, timezone.utc)
    return day.strftime("%Y-%m-%dT%H:%M:%SZ")


class Comparison:
    """centime's answers about one table beside the oracle's."""

    def __init__(self, centime, oracle, table):
        self.centime, self.oracle, self.table = centime, oracle, table
        self.tags, self.kinds = oracle.tables[table]
        self.compared = 0

    def expect(self, what, ours, theirs):
        self.compared += 1
        if ours != theirs:
            raise Failed(f"{self.table}: {what}: centime says {ours}, the independent answer is {theirs}")

    def answers(self, group):
        """{group value: (rows, {field: aggregates})} of both sides; group is a tag, "time" or None."""
        asked = ["--from", self.table, "--count", "*"]
        for field in self.kinds:
            for aggregate in ("sum", "count", "min", "max", "mean"):
                asked += [f"--{aggregate}", field]
        asked += ["--bucket", "1d"] if group == "time" else ["--by", group] if group else []
        ours = {row.get(group, ""): row for row in self.centime.rollup(*asked)}
        key = "''" if group is None else f"time_ns/{DAY_NS}*{DAY_NS}" if group == "time" else f'"{group}"'
        columns = ",".join(f'exact_sum("{f}"),count("{f}"),exact_min("{f}"),exact_max("{f}")' for f in self.kinds)
        theirs = {}
        for row in self.oracle.query(f'SELECT {key}, count(*), {columns} FROM "{self.table}" GROUP BY 1'):
            name = day_text(row[0]) if group == "time" else row[0]
            theirs[name] = (row[1], {f: row[2 + 4 * i : 6 + 4 * i] for i, f in enumerate(self.kinds)})
        return ours, theirs

    def compare(self, group):
        ours, theirs = self.answers(group)
        what = f"by {group}" if group else "in total"
        self.expect(f"groups {what}", sorted(ours), sorted(theirs))
        for name, (rows, fields) in theirs.items():
            self.expect(f"rows {what} {name!r}", ours[name]["count"], rows)
            for field, aggregates in fields.items():
                self.compare_field(f"{field} {what} {name!r}", field, ours[name], aggregates)

    def compare_field(self, what, field, row, aggregates):
        total, count, smallest, largest = aggregates
        self.expect(f"count of {what}", row[f"count_{field}"], count)
        if count == 0:
            self.expect(f"sum of {what}", row[f"sum_{field}"], None)
            return
        is_float = self.kinds[field] == "f"
        as_stored = (lambda text: Decimal(repr(float(text)))) if is_float else Decimal
        self.expect(f"minimum of {what}", Decimal(row[f"min_{field}"]), as_stored(smallest))
        self.expect(f"maximum of {what}", Decimal(row[f"max_{field}"]), as_stored(largest))
        if is_float:
            self.expect_close(f"sum of {what}", row[f"sum_{field}"], total)
            self.expect_close(f"mean of {what}", row[f"mean_{field}"], Decimal(total) / count)
        else:
            self.expect(f"sum of {what}", Decimal(row[f"sum_{field}"]), Decimal(total))
            self.expect_mean(f"mean of {what}", Decimal(row[f"mean_{field}"]), Decimal(total) / count)

    def expect_close(self, what, ours, theirs):
        self.compared += 1
        if not math.isclose(float(ours), float(theirs), rel_tol=1e-9):
            raise Failed(f"{self.table}: {what}: centime says {ours}, the independent answer is {theirs}")

    def expect_mean(self, what, ours, theirs):
        """Rounded, but not before the sixth digit."""
        self.compared += 1
        if abs(ours - theirs) > Decimal("0.5000001e-6"):
            raise Failed(f"{self.table}: {what}: centime says {ours}, the independent answer is {theirs}")


def compare_all(centime, oracle):
    compared = 0
    for table in oracle.tables:
        comparison = Comparison(centime, oracle, table)
        for group in (None, "time", *comparison.tags):
            comparison.compare(group)
        compared += comparison.compared
    return compared


def main(arguments):
    if not arguments or arguments[0] not in DATA_SETS:
        print(__doc__, f"\nsets: {' '.join(DATA_SETS)}", file=sys.stderr)
        return 2
    folder, read = DATA_SETS[arguments[0]]
    rows = list(read(shared_data_folder("data", folder)))
    lines = "".join(map(line_of, rows))
    if "--print" in arguments:
        sys.stdout.write(lines)
        return 0
    oracle = Oracle()
    oracle.load(rows)
    with Centime() as centime:
        centime.write_lines(lines)
        compared = compare_all(centime, oracle)
        centime.must("verify", centime.store, "--deep")
        centime.must("compact", centime.store)
        compared += compare_all(centime, oracle)
        centime.must("verify", centime.store, "--deep")
    print(f"{arguments[0]}: {len(rows)} lines, {len(oracle.tables)} tables, {compared} figures equal")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
