#!/usr/bin/env python3
"""centime query: statements of InfluxQL from the command line, as tables, JSON and CSV; exit codes."""

import csv
import io
import json
import unittest

from centime_command import Centime

ROWS = """cost,provider=aws,service=ec2 cost_usd=3.50 1780272000000000000
cost,provider=gcp cost_usd=1.25 1780275600000000000
cpu,host=a\u009b2J v=1.5 1780275600000000000
"""


class Query(unittest.TestCase):
    def setUp(self):
        self.centime = Centime()
        self.centime.write_lines(ROWS)

    def tearDown(self):
        self.centime.__exit__()

    def query(self, *arguments):
        return self.centime.run("query", self.centime.store, *arguments)

    def test_each_series_is_a_table_under_its_name_and_tags(self):
        code, out, err = self.query("SELECT sum(cost_usd) FROM cost GROUP BY provider")
        self.assertEqual((code, err), (0, ""))
        blocks = [block.splitlines() for block in out.split("\n\n")]
        self.assertEqual([block[:2] for block in blocks], [["name: cost", "tags: provider=aws"], ["name: cost", "tags: provider=gcp"]])
        self.assertEqual([block[-1].split()[-1] for block in blocks], ["3.50", "1.25"])

    def test_json_is_what_influxdb_answers(self):
        code, out, _ = self.query("--json", "--epoch", "s", "SELECT cost_usd FROM cost; SHOW MEASUREMENTS")
        self.assertEqual(code, 0)
        results = json.loads(out, parse_float=str)["results"]
        self.assertEqual(results[0]["series"][0]["values"], [[1780272000, "3.50"], [1780275600, "1.25"]])
        self.assertEqual(results[1]["series"][0]["values"], [["cost"], ["cpu"]])

    def test_csv_has_name_and_tags_first(self):
        code, out, _ = self.query("--csv", "SELECT cost_usd FROM cost")
        self.assertEqual(code, 0)
        rows = list(csv.reader(io.StringIO(out)))
        self.assertEqual(rows[0], ["name", "tags", "time", "cost_usd"])
        self.assertEqual(rows[1], ["cost", "", "1780272000000000000", "3.50"])

    def test_a_statement_that_fails_fails_the_whole_and_the_others_are_answered(self):
        code, out, _ = self.query("SHOW MEASUREMENTS; SELECT nofunc(v) FROM cpu")
        self.assertEqual(code, 1)
        self.assertRegex(out, r"error: .*nofunc")
        self.assertIn("name: measurements", out)
        code, out, _ = self.query("--json", "SELECT nofunc(v) FROM cpu")
        self.assertEqual(code, 1)
        self.assertIn("nofunc", json.loads(out)["results"][0]["error"])

    def test_what_is_no_statement_is_told_on_stderr(self):
        code, out, err = self.query("SELEC")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("error parsing query: found SELEC", err)

    def test_only_with_leave_does_a_statement_change_the_store(self):
        self.assertEqual(self.query("DROP MEASUREMENT cpu")[0], 1)
        self.assertIn("cpu", self.query("SHOW MEASUREMENTS")[1])
        self.assertEqual(self.query("--write", "DROP MEASUREMENT cpu")[0], 0)
        self.assertNotIn("cpu", self.query("SHOW MEASUREMENTS")[1])

    def test_hostile_tags_do_not_drive_the_terminal(self):
        out = self.query("SELECT v FROM cpu GROUP BY host; SELECT * FROM cpu")[1]
        self.assertNotIn("\u009b", out)
        self.assertIn("host=a?2J", out)

    def test_wrong_use(self):
        for arguments in ([], ["--epoch", "fortnight", "SHOW DATABASES"], ["--json", "--csv", "SHOW DATABASES"]):
            self.assertEqual(self.query(*arguments)[0], 2, arguments)


if __name__ == "__main__":
    unittest.main()
