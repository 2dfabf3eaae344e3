#!/usr/bin/env python3
"""`centime restate` from outside: what it changes, refuses and says."""

import json
import sys
import unittest
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from centime_command import Centime

OLD = "".join(
    f"cost,billing_period={period},provider={provider} cost_usd={cost} 1\n"
    for period, provider, cost in [("2026-10", "aws", "1.50"), ("2026-11", "aws", "2"), ("2026-10", "gcp", "4")]
)
NEW = "cost,billing_period=2026-10,provider=aws cost_usd=0.75 1\n" * 3
SCOPE = ("--table", "cost", "--scope", "provider=aws,billing_period=2026-10")


class Restate(unittest.TestCase):
    def setUp(self):
        self.centime = Centime()
        self.addCleanup(self.centime.__exit__)
        self.centime.write_lines(OLD)

    def restate(self, text, *options, code=0):
        got, out, err = self.centime.run("restate", self.centime.store, "-", *options, stdin=text.encode())
        self.assertEqual(got, code, out + err)
        return out if code == 0 else err

    def total(self):
        return self.centime.rollup("--from", "cost", "--sum", "cost_usd")[0]["sum_cost_usd"]

    def test_what_changed_is_told(self):
        out = self.restate(NEW, *SCOPE, "--expect-count", "3", "--expect-total", "2.25")
        self.assertRegex(out, r"restated in commit 2\nbefore +1 rows, cost_usd 1.50\nafter +3 rows, cost_usd 2.25\n")
        self.assertIn("2 charges are like others", out)
        self.assertEqual(self.total(), Decimal("8.25"))

    def test_json_has_exact_totals(self):
        out = json.loads(self.restate(NEW, *SCOPE, "--json"), parse_float=Decimal)
        self.assertEqual(out["commit"], 2)
        self.assertIs(out["unchanged"], False)
        self.assertEqual((out["rows_before"], out["rows_after"], out["rows_numbered"]), (1, 3, 2))
        self.assertEqual((out["total_before"], out["total_after"]), (Decimal("1.50"), Decimal("2.25")))

    def test_the_same_file_again_changes_nothing(self):
        self.restate(NEW, *SCOPE)
        self.assertIn("unchanged: the scope holds these rows since commit 2", self.restate(NEW, *SCOPE))

    def test_an_unexpected_total_or_count_fails_and_changes_nothing(self):
        self.assertIn("2.25", self.restate(NEW, *SCOPE, "--expect-total", "2.26", code=1))
        self.assertIn("4 were expected", self.restate(NEW, *SCOPE, "--expect-count", "4", code=1))
        self.assertEqual(self.total(), Decimal("7.50"))

    def test_a_bad_line_and_one_outside_the_scope_are_named(self):
        self.assertIn("stdin: line 4: ", self.restate(NEW + "cost cost_usd=\n", *SCOPE, code=1))
        err = self.restate(NEW + OLD, *SCOPE, code=1)
        self.assertIn("stdin: line 5: ", err)
        self.assertIn('billing_period is "2026-11"', err)
        self.assertEqual(self.total(), Decimal("7.50"))

    def test_a_scope_is_emptied_only_when_told_so(self):
        self.restate("", *SCOPE, code=1)
        self.restate("", *SCOPE, "--expect-count", "0")
        self.assertEqual(self.total(), Decimal("6"))

    def test_an_older_sequence_is_refused_unless_forced(self):
        self.restate(NEW, *SCOPE, "--sequence", "5")
        self.assertIn("older than 5", self.restate(OLD[: OLD.index("\n") + 1], *SCOPE, "--sequence", "4", code=1))
        self.restate(OLD[: OLD.index("\n") + 1], *SCOPE, "--sequence", "4", "--force")
        self.assertEqual(self.total(), Decimal("7.50"))

    def test_times_and_commas_in_values_make_a_scope(self):
        line = r"cost,account=a\,b cost_usd=9 5" + "\n"
        self.restate(line, "--scope", r"account=a\,b", "--start", "5", "--end", "6")  # of cost, where no table is said
        self.assertIn("time 5", self.restate(line, "--table", "cost", "--start", "6", code=1))
        self.assertEqual(self.total(), Decimal("16.50"))

    def test_wrong_use(self):
        for options in ([], ["--table", "cost"], ["--table", "cost", "--scope", "provider"], [*SCOPE, "--scope", "=x"],
                        [*SCOPE, "--expect-count", "many"], [*SCOPE, "--start", "soon"]):  # fmt: skip
            self.restate(NEW, *options, code=2)


if __name__ == "__main__":
    unittest.main()
