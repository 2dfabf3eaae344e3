#!/usr/bin/env python3
"""centime rollups, and what rollup says of them: sets listed, declared, built and dropped; answers from cells, from rows and from
sets that come and go are the same, and --explain tells which way they came.
"""

import re
import unittest
from datetime import datetime, timezone
from decimal import Decimal

from centime_command import Centime

START_S = 1_780_272_000  # 2026-06-01
DAYS, SERIES, STEP_S = 5, 8, 600


def lines():
    for step in range(DAYS * 86_400 // STEP_S):
        for series in range(SERIES):
            tags = f"provider=p{series % 2},service=s{series % 4},zone=z{series % 3},resource_id=r{series}"
            yield f"cost,{tags} cost_usd={step % 97}.{series:02d} {(START_S + step * STEP_S) * 10**9}\n"


class Rollups(unittest.TestCase):
    def setUp(self):
        self.centime = Centime()
        self.centime.write_lines("".join(lines()))
        self.centime.must("compact", self.centime.store)

    def tearDown(self):
        self.centime.__exit__()

    def rollups(self, *arguments):
        return self.centime.run("rollups", self.centime.store, *arguments)

    def sets(self):
        """{tags: origin}"""
        rows = self.centime.json("rollups", "list", "cost")["rows"]
        return {row["tags"]: row["origin"] for row in rows}

    def ask(self, *options):
        """Rows of the answer, and what --explain said."""
        asked = ["--from", "cost", "--sum", "cost_usd", "--count", "*", *options]
        code, _, plan = self.centime.run("rollup", self.centime.store, *asked, "--explain", "--json")
        self.assertEqual(code, 0)
        return self.centime.rollup(*asked), plan

    def assert_same_from_rows(self, *options):
        rows, plan = self.ask(*options)
        raw, raw_plan = self.ask(*options, "--raw")
        self.assertEqual(rows, raw)
        self.assertNotRegex(raw_plan, r"(?m)^(segment cells|live cells|rollup file)")
        return rows, plan

    def test_tables_have_sets_without_being_asked(self):
        self.assertEqual(self.sets()["provider"], "default")
        self.assertEqual(self.sets()[""], "default")

    def test_summaries_come_from_cells_and_equal_the_rows(self):
        for options in (["--by", "provider"], ["--by", "service", "--bucket", "1d"], ["--bucket", "1h"], []):
            rows, plan = self.assert_same_from_rows(*options)
            self.assertIn("segment cells", plan, options)
            total = sum(row["sum_cost_usd"] for row in rows)
            self.assertEqual(sum(row["count"] for row in rows), DAYS * 86_400 // STEP_S * SERIES)
            self.assertIsInstance(total, Decimal)

    def test_ragged_ends_read_rows_for_the_ends_only(self):
        start = (START_S + 1234) * 10**9
        end = (START_S + 3 * 86_400 + 4321) * 10**9
        _, plan = self.assert_same_from_rows("--by", "provider", "--start", str(start), "--end", str(end))
        self.assertIn("segment cells", plan)
        self.assertRegex(plan, r"(?m)^rows ")

    def test_a_batch_that_is_sent_again_leaves_the_rest_to_cells(self):
        """Only the time of its rows is read as rows, with those that they repeat."""
        batch = list(lines())[2000 : 2000 + 4 * SERIES]
        self.centime.write_lines("".join(batch))
        rows, plan = self.assert_same_from_rows("--by", "provider")
        self.assertEqual(sum(row["count"] for row in rows), DAYS * 86_400 // STEP_S * SERIES)
        self.assertIn("segment cells", plan)
        merged = re.findall(r"(?m)^merged rows .* (\S+) +(\S+)$", plan)
        first, last = (datetime.fromtimestamp(int(line.split()[-1]) // 10**9, timezone.utc) for line in (batch[0], batch[-1]))
        spans = [(datetime.fromisoformat(start[:19] + "+00:00"), datetime.fromisoformat(end[:19] + "+00:00")) for start, end in merged]
        self.assertTrue(spans, plan)
        self.assertTrue(all(first <= start and end <= last for start, end in spans), plan)

    def test_a_set_is_declared_built_and_dropped_and_answers_stay(self):
        question = ("--by", "resource_id,zone")
        before, plan = self.assert_same_from_rows(*question)
        self.assertRegex(plan, r"(?m)^rows ")
        code, _, err = self.rollups("declare", "cost", "zone,resource_id", "--grains", "day,month", "--quantiles", "cost_usd")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(self.sets()["resource_id,zone"], "declared")
        rows, plan = self.assert_same_from_rows(*question)
        self.assertEqual(rows, before)
        self.assertRegex(plan, r"(?m)^(segment cells|rollup file) +month +resource_id,zone ")
        self.assertEqual(self.rollups("drop", "cost", "resource_id,zone")[0], 0)
        rows, plan = self.assert_same_from_rows(*question)
        self.assertEqual(rows, before)

    def test_wrong_use_is_told(self):
        for arguments in (["declare", "cost"], ["list"], ["declare", "cost", "a", "--grains", "week"], ["make", "cost", "a"]):
            self.assertEqual(self.rollups(*arguments)[0], 2, arguments)
        code, _, err = self.rollups("list", "nothing")
        self.assertEqual(code, 1)
        self.assertIn("nothing", err)


if __name__ == "__main__":
    unittest.main()
