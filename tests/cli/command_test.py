#!/usr/bin/env python3
"""The command from outside: exit codes, what stands on stdout and stderr, the shape of --json and --csv, error texts."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import unittest
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from centime_command import Centime

HOUR_NS = 3_600_000_000_000
START_NS = 1_780_272_000_000_000_000  # 2026-06-01T00:00:00Z

COSTS = "".join(
    f"cost,provider={provider},service={service},resource_id=r{i} cost_usd={cost},usage_quantity={i} {START_NS + i * HOUR_NS}\n"
    for i, (provider, service, cost) in enumerate(
        [("aws", "ec2", "0.10"), ("aws", "s3", "0.20"), ("gcp", "gke", "3.30"), ("aws", "ec2", "-0.05"), ("gcp", "gke", "1e-7")]
    )
)


class CommandTest(unittest.TestCase):
    def setUp(self):
        self.centime = Centime()
        self.addCleanup(self.centime.__exit__)
        self.store = self.centime.store

    def run_it(self, *arguments, stdin=b""):
        return self.centime.run(*arguments, stdin=stdin)

    def write(self, text, *options, code=0):
        got, out, err = self.run_it("write", self.store, *options, "-", stdin=text.encode())
        self.assertEqual(got, code, out + err)
        return out + err

    def total(self, *options):
        return self.centime.rollup("--from", "cost", "--sum", "cost_usd", "--count", "*", *options)


class Usage(CommandTest):
    def test_no_command_is_wrong_use(self):
        code, out, err = self.run_it()
        self.assertEqual((code, out), (2, ""))
        for name in ("write", "restate", "rollup", "diff", "summary", "budget", "rates", "inspect", "verify", "compact", "version"):
            self.assertRegex(err, rf"(?m)^  {name} ")

    def test_an_unknown_command_is_wrong_use(self):
        code, _, err = self.run_it("frobnicate")
        self.assertEqual(code, 2)
        self.assertIn("frobnicate", err)

    def test_an_unknown_option_is_wrong_use(self):
        code, _, err = self.run_it("write", self.store, "--frobnicate", "-")
        self.assertEqual(code, 2)
        self.assertIn("--frobnicate", err)
        self.assertFalse(os.path.exists(self.store))

    def test_a_missing_operand_is_wrong_use(self):
        for command in ("write", "rollup", "diff", "summary", "budget", "inspect", "verify", "compact"):
            self.assertEqual(self.run_it(command)[0], 2, command)

    def test_every_command_has_help(self):
        for command in ("write", "rollup", "diff", "summary", "budget", "inspect", "rates", "verify", "compact", "version"):
            code, out, err = self.run_it(command, "--help")
            self.assertEqual((code, err), (0, ""), command)
            self.assertIn(f"usage: centime {command}", out)
            self.assertEqual(self.run_it("help", command)[1], out)

    def test_version_prints_a_version(self):
        code, out, _ = self.run_it("version")
        self.assertEqual(code, 0)
        self.assertRegex(out, r"^centime \d+\.\d+\.\d+\n")

    def test_wrong_values_are_wrong_use(self):
        self.write(COSTS)
        for options in (["--precision", "fortnight"], ["--durability", "maybe"], ["--batch-bytes", "0"]):
            self.assertEqual(self.run_it("write", self.store, *options, "-")[0], 2, options)
        for options in (["--bucket", "1x"], ["--top", "none"], ["--start", "yesterday-ish"], ["--where", "novalue"],
                        ["--json", "--csv"], ["--format", "csv", "--json"], ["--format", "xml"]):  # fmt: skip
            code, _, err = self.run_it("rollup", self.store, "--from", "cost", "--sum", "cost_usd", *options)
            self.assertEqual(code, 2, f"{options} {err}")

    def test_a_rollup_names_its_table_and_something_to_count(self):
        self.assertEqual(self.run_it("rollup", self.store, "--sum", "cost_usd")[0], 2)
        self.assertEqual(self.run_it("rollup", self.store, "--from", "cost")[0], 2)


class Write(CommandTest):
    def test_counts_are_printed(self):
        self.assertRegex(self.write(COSTS), r"5 rows stored")

    def test_files_and_stdin_are_read_in_order(self):
        first = Path(self.store).parent / "first.lp"
        first.write_text("m,t=a v=1i 10\n")
        self.write("m,t=a v=2i 10\n", str(first))
        self.assertEqual(self.centime.rollup("--from", "m", "--sum", "v"), [{"sum_v": 2}])

    def test_a_missing_file_fails_and_is_named(self):
        code, _, err = self.run_it("write", self.store, "/nonexistent/x.lp")
        self.assertEqual(code, 1)
        self.assertIn("/nonexistent/x.lp", err)

    def test_rejected_lines_are_told_and_the_good_ones_kept(self):
        out = self.write("m v=1i 1\nm v= 2\nm v=3i 3\nm v=x 4\n", code=1)
        self.assertRegex(out, r"2 rows stored")
        self.assertRegex(out, r"2 lines rejected")
        self.assertRegex(out, r"line 2, column \d+: .+")
        self.assertRegex(out, r"line 4, column \d+: .+")
        self.assertIn("m v=x 4", out)
        self.assertEqual(self.centime.rollup("--from", "m", "--sum", "v"), [{"sum_v": 4}])

    def test_line_numbers_go_on_across_batches(self):
        lines = [f"m v={i}i {i}\n" for i in range(3000)]
        lines[2500] = "m v=oops 1\n"
        out = self.write("".join(lines), "--batch-bytes", "4096", code=1)
        self.assertRegex(out, r"line 2501, column")

    def test_all_or_nothing_keeps_nothing_of_a_text_with_a_bad_line(self):
        out = self.write("m v=1i 1\nm v= 2\n", "--all-or-nothing", code=1)
        self.assertRegex(out, r"0 rows stored")
        self.assertEqual(self.run_it("rollup", self.store, "--from", "m", "--sum", "v")[0], 1)
        self.write("m v=1i 1\nm v=2i 2\n", "--all-or-nothing")
        self.assertEqual(self.centime.rollup("--from", "m", "--sum", "v"), [{"sum_v": 3}])

    def test_all_or_nothing_spans_batches(self):
        lines = "".join(f"m v={i}i {i}\n" for i in range(3000))
        self.write(lines + "m v= 1\n", "--all-or-nothing", "--batch-bytes", "4096", code=1)
        self.assertEqual(self.run_it("rollup", self.store, "--from", "m", "--sum", "v")[0], 1)
        self.write(lines, "--all-or-nothing", "--batch-bytes", "4096")
        self.assertEqual(self.centime.rollup("--from", "m", "--count", "v"), [{"count_v": 3000}])

    def test_all_precisions_give_the_same_time(self):
        units = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": HOUR_NS}
        for precision, unit in units.items():
            self.write(f"m,p={precision} v=1i {START_NS // unit}\n", "--precision", precision)
        rows = self.centime.rollup("--from", "m", "--count", "v", "--bucket", "1h")
        self.assertEqual(rows, [{"time": "2026-06-01T00:00:00Z", "count_v": 6}])

    def test_a_string_with_a_newline_survives_the_cut_between_batches(self):
        text = "".join(f'm,i={i} s="first\nsecond {i}",v=1i {i}\n' for i in range(2000))
        self.write(text, "--batch-bytes", "4096")
        self.assertEqual(self.centime.rollup("--from", "m", "--sum", "v", "--count", "s"), [{"sum_v": 2000, "count_s": 2000}])

    def test_overwritten_money_is_told(self):
        self.write("cost,provider=aws cost_usd=1.5 1\n")
        self.assertRegex(self.write("cost,provider=aws cost_usd=1.5 1\n"), r"1 rows? stored")
        self.assertRegex(self.write("cost,provider=aws cost_usd=2.5 1\n"), r"1 .*money.* overwritten")
        self.assertEqual(self.total(), [{"sum_cost_usd": Decimal("2.5"), "count": 1}])

    def test_an_empty_input_stores_nothing_and_is_no_failure(self):
        self.assertRegex(self.write(""), r"0 rows stored")

    def test_databases_are_apart(self):
        self.write("m v=1i 1\n", "-d", "one")
        self.write("m v=2i 1\n", "-d", "two")
        self.assertEqual(self.centime.rollup("-d", "two", "--from", "m", "--sum", "v"), [{"sum_v": 2}])
        self.assertEqual(self.run_it("rollup", self.store, "--from", "m", "--sum", "v")[0], 1)

    def test_every_durability_keeps_what_it_wrote(self):
        for durability in ("sync", "interval", "none"):
            self.write(f"m,d={durability} v=1i 1\n", "--durability", durability)
        self.assertEqual(self.centime.rollup("--from", "m", "--count", "v"), [{"count_v": 3}])

    def test_a_second_writer_is_refused(self):
        first = subprocess.Popen(
            [self.centime.command, "write", self.store, "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        try:
            for _ in range(200):
                if os.path.isdir(self.store) and os.listdir(self.store):
                    break
                time.sleep(0.02)
            code, _, err = self.run_it("write", self.store, "-", stdin=b"m v=1i 1\n")
            self.assertEqual(code, 1)
            self.assertRegex(err, r"in use|another process")
        finally:
            first.stdin.close()
            self.assertEqual(first.wait(), 0)

    def test_progress_lines_are_json_and_end_with_the_counts(self):
        import json

        text = "".join(f"m v={i}i {i}\n" for i in range(2000))
        code, out, _ = self.run_it("write", self.store, "--progress-json", "--batch-bytes", "4096", "-", stdin=text.encode())
        self.assertEqual(code, 0)
        lines = [json.loads(line) for line in out.splitlines()]
        commits = [line["commit"] for line in lines[:-1]]
        self.assertEqual(commits, sorted(set(commits)))
        self.assertEqual(lines[-2]["rows_stored"], 2000)
        self.assertEqual(lines[-1]["rows_stored"], 2000)
        self.assertEqual(lines[-1]["lines_rejected"], 0)


class Rollup(CommandTest):
    def setUp(self):
        super().setUp()
        self.write(COSTS)

    def test_decimals_keep_all_their_digits(self):
        out = self.centime.must("rollup", self.store, "--from", "cost", "--sum", "cost_usd", "--json")
        self.assertRegex(out, r'"sum_cost_usd": ?3\.5500001\b')

    def test_groups_by_tags(self):
        self.assertEqual(
            self.total("--by", "provider"),
            [
                {"provider": "aws", "sum_cost_usd": Decimal("0.25"), "count": 3},
                {"provider": "gcp", "sum_cost_usd": Decimal("3.3000001"), "count": 2},
            ],
        )

    def test_groups_by_two_tags_in_the_order_asked(self):
        rows = self.total("--by", "service,provider")
        self.assertEqual([list(row)[:2] for row in rows], [["service", "provider"]] * 3)

    def test_filters(self):
        self.assertEqual(self.total("--where", "provider=aws", "--where", "service=ec2")[0]["count"], 2)
        self.assertEqual(self.total("--where", "provider=nobody")[0], {"sum_cost_usd": None, "count": 0})

    def test_filters_deny_and_match_patterns(self):
        self.assertEqual(self.total("--where", "provider!=aws")[0]["count"], 2)
        self.assertEqual(self.total("--where", "service=~^(ec2|s3)$")[0]["count"], 3)
        self.assertEqual(self.total("--where", "service!~^e", "--where", "provider=aws")[0]["count"], 1)
        self.assertEqual(self.total("--where", "provider=aws", "--where", "provider=gcp")[0]["count"], 5)
        self.assertEqual(self.run_it("rollup", self.store, "--from", "cost", "--count", "*", "--where", "a=~(")[0], 1)
        self.assertEqual(self.run_it("rollup", self.store, "--from", "cost", "--count", "*", "--where", "a")[0], 2)
        many = [option for i in range(65) for option in ("--where", f"provider={i}")]
        self.assertEqual(self.run_it("rollup", self.store, "--from", "cost", "--count", "*", *many)[0], 2)

    def test_functions_of_all_values(self):
        rows = self.centime.rollup(
            "--from", "cost", "--quantile", "cost_usd:0.5", "--spread", "cost_usd", "--distinct-tag", "service", "--mean", "cost_usd", "--scale", "2"
        )
        self.assertEqual(
            rows,
            [{"quantile_cost_usd": Decimal("0.10"), "spread_cost_usd": Decimal("3.35"), "count_distinct_service": 3, "mean_cost_usd": Decimal("0.71")}],
        )
        for wrong in ("cost_usd", "cost_usd:2", "cost_usd:", "cost_usd:-0.5"):
            self.assertEqual(self.run_it("rollup", self.store, "--from", "cost", "--quantile", wrong)[0], 2, wrong)

    def test_rates_are_integrated(self):
        self.write(f"node,host=a dollars=2 {START_NS}\nnode,host=a dollars=4 {START_NS + HOUR_NS}\n")
        end = ("--start", START_NS, "--end", START_NS + 3 * HOUR_NS)
        self.assertEqual(self.centime.rollup("--from", "node", "--integral", "dollars", *end), [{"integral_dollars": 10}])
        self.assertEqual(self.centime.rollup("--from", "node", "--integral", "dollars:30m", "--gap", "1h", *end), [{"integral_dollars": 12}])
        self.assertEqual(self.run_it("rollup", self.store, "--from", "node", "--integral", "dollars:soon")[0], 2)

    def test_calendar_buckets_in_a_zone_are_filled(self):
        if not Path("/usr/share/zoneinfo/Etc").exists():
            self.skipTest("no time zones here")
        rows = self.total("--every", "1d", "--tz", "Etc/GMT+2", "--start", "2026-05-30", "--end", "2026-06-03", "--fill", "0")
        self.assertEqual([row["sum_cost_usd"] for row in rows].count(0), len(rows) - 2)
        self.assertEqual(sum(row["sum_cost_usd"] for row in rows), Decimal("3.5500001"))
        self.assertEqual(self.run_it("rollup", self.store, "--from", "cost", "--count", "*", "--every", "1 fortnight")[0], 2)

    def test_the_first_rows_of_each_stretch(self):
        rows = self.total("--by", "service", "--every", "1mo", "--each", "2")
        self.assertEqual([row["service"] for row in rows], ["gke", "s3"])

    def test_amounts_are_converted(self):
        self.write(f"cost,currency=EUR cost_usd=10 {START_NS}\n")
        self.assertEqual(self.run_it("rollup", self.store, "--from", "cost", "--sum", "cost_usd")[0], 1)
        self.centime.must("rates", self.store, "set", "EUR", "USD", "1.1", "--from", "2026-01-01")
        rows = self.centime.rollup("--from", "cost", "--sum", "cost_usd", "--convert", "USD", "--scale", "2", "--start", "2026-02-01")
        self.assertEqual(rows, [{"sum_cost_usd": Decimal("14.55")}])

    def test_the_range_is_half_open(self):
        start, end = "2026-06-01T01:00:00Z", "2026-06-01T03:00:00Z"
        self.assertEqual(self.total("--start", start, "--end", end)[0]["count"], 2)
        self.assertEqual(self.total("--start", START_NS + HOUR_NS, "--end", START_NS + 3 * HOUR_NS)[0]["count"], 2)

    def test_buckets_are_named_by_their_start(self):
        rows = self.total("--bucket", "2h")
        self.assertEqual([row["time"][11:16] for row in rows], ["00:00", "02:00", "04:00"])
        self.assertEqual([row["count"] for row in rows], [2, 2, 1])

    def test_a_missing_tag_is_empty_text(self):
        self.write("cost,provider=azure cost_usd=9 1\n")
        rows = self.total("--by", "service")
        self.assertEqual(rows[0], {"service": "", "sum_cost_usd": 9, "count": 1})

    def test_top_is_ordered_descending(self):
        rows = self.total("--by", "service", "--order", "sum_cost_usd", "--top", "2")
        self.assertEqual([row["service"] for row in rows], ["gke", "s3"])

    def test_aggregates(self):
        row = self.centime.rollup("--from", "cost", "--min", "cost_usd", "--max", "cost_usd", "--mean", "usage_quantity",
                                  "--first", "cost_usd", "--last", "cost_usd", "--count", "cost_usd")[0]  # fmt: skip
        self.assertEqual(row["min_cost_usd"], Decimal("-0.05"))
        self.assertEqual(row["max_cost_usd"], Decimal("3.3"))
        self.assertEqual(row["mean_usage_quantity"], 2)
        self.assertEqual(row["first_cost_usd"], Decimal("0.1"))
        self.assertEqual(row["last_cost_usd"], Decimal("1e-7"))
        self.assertEqual(row["count_cost_usd"], 5)

    def test_csv_has_a_header_and_quotes_what_needs_it(self):
        self.write('cost,provider=a\\,b"c cost_usd=1 1\n')
        out = self.centime.must("rollup", self.store, "--from", "cost", "--sum", "cost_usd", "--by", "provider", "--csv")
        rows = list(csv.DictReader(io.StringIO(out)))
        self.assertEqual([row["provider"] for row in rows], ['a,b"c', "aws", "gcp"])
        self.assertEqual(Decimal(rows[2]["sum_cost_usd"]), Decimal("3.3000001"))

    def test_formats_for_programs_have_the_same_values(self):
        question = ("rollup", self.store, "--from", "cost", "--sum", "cost_usd", "--by", "provider", "--format")
        rows = json.loads(self.centime.must(*question, "json"), parse_float=str)["rows"]
        columns = json.loads(self.centime.must(*question, "columns"), parse_float=str)
        self.assertEqual([c["name"] for c in columns["columns"]], list(rows[0]))
        self.assertEqual([c["type"] for c in columns["columns"]], ["text", "decimal"])
        self.assertEqual(columns["rows"], [list(row.values()) for row in rows])
        lines = self.centime.must(*question, "ndjson").splitlines()
        self.assertEqual([json.loads(line, parse_float=str) for line in lines], rows)
        quoted = json.loads(self.centime.must(*question, "json", "--quoted"))["rows"]
        self.assertEqual(quoted, rows)

    def test_json_escapes_hostile_text(self):
        self.write('cost,provider=q"\\\\xé cost_usd=1 1\n')
        rows = self.total("--by", "provider")
        self.assertIn('q"\\\\xé', [row["provider"] for row in rows])

    def test_the_table_for_people_has_the_names_and_numbers(self):
        out = self.centime.must("rollup", self.store, "--from", "cost", "--sum", "cost_usd", "--by", "provider")
        self.assertRegex(out, r"provider +sum_cost_usd")
        self.assertRegex(out, r"aws +0\.25")

    def test_an_unknown_table_and_field_fail_and_are_named(self):
        code, _, err = self.run_it("rollup", self.store, "--from", "costs", "--sum", "cost_usd")
        self.assertEqual(code, 1)
        self.assertIn("costs", err)
        code, _, err = self.run_it("rollup", self.store, "--from", "cost", "--sum", "cost_eur")
        self.assertEqual(code, 1)
        self.assertIn("cost_eur", err)

    def test_several_currencies_are_refused_unless_kept_apart(self):
        self.write("cost,provider=aws,currency=EUR cost_usd=1 1\n")
        code, _, err = self.run_it("rollup", self.store, "--from", "cost", "--sum", "cost_usd")
        self.assertEqual(code, 1)
        self.assertIn("EUR", err)
        self.assertEqual([row["currency"] for row in self.total("--by", "currency")], ["EUR", "USD"])

    def test_no_store_is_a_failure_and_makes_none(self):
        nowhere = self.store + "-not-there"
        for arguments in (["rollup", nowhere, "--from", "cost", "--sum", "x"], ["inspect", nowhere], ["verify", nowhere],
                          ["compact", nowhere], ["summary", nowhere, "cost"]):  # fmt: skip
            self.assertEqual(self.run_it(*arguments)[0], 1, arguments)
            self.assertFalse(os.path.exists(nowhere))


class Others(CommandTest):
    def setUp(self):
        super().setUp()
        self.write(COSTS)

    def test_the_cost_summary_adds_up(self):
        summary = self.centime.json("summary", "cost", "--hours", "24", "--end", "2026-06-01T12:00:00Z")
        self.assertEqual(summary["total_cost"], Decimal("3.5500001"))
        self.assertEqual(summary["by_provider"], {"aws": Decimal("0.25"), "gcp": Decimal("3.3000001")})
        self.assertEqual(sum(summary["by_service"].values()), summary["total_cost"])
        self.assertEqual(summary["top_resources"][0]["resource_id"], "r2")

    def test_the_cost_summary_of_a_window_without_rows_is_zero(self):
        summary = self.centime.json("summary", "cost", "--hours", "1", "--end", "2020-01-01T00:00:00Z")
        self.assertEqual((summary["total_cost"], summary["by_provider"], summary["top_resources"]), (0, {}, []))

    def test_the_window_is_open_at_its_start_and_closed_at_its_end(self):
        summary = self.centime.json("summary", "cost", "--hours", "2", "--end", "2026-06-01T02:00:00Z")
        self.assertEqual(summary["total_cost"], Decimal("3.5"))

    def test_a_rollup_is_answered_as_of_a_commit_or_a_time(self):
        self.write("m,a=x v=1i 1780272000000000000\n")
        self.write("m,a=x v=5i 1780272000000000000\n")
        question = ("--from", "m", "--sum", "v", "--as-of")
        for _ in range(2):
            self.assertEqual(self.centime.rollup(*question, "commit:2"), [{"sum_v": 1}])
            self.assertEqual(self.centime.rollup(*question, "commit:3"), [{"sum_v": 5}])
            self.assertEqual(self.centime.rollup(*question, "2001-01-01"), [{"sum_v": None}])
            self.assertEqual(self.centime.rollup(*question, "2200-01-01"), [{"sum_v": 5}])
            self.centime.must("compact", self.store)
        code, _, err = self.run_it("rollup", self.store, *question, "commit:4")
        self.assertEqual(code, 1)
        self.assertIn("the last one is 3", err)
        for wrong in ("commit:0", "commit:-1", "commit:1x", "yesterday"):
            self.assertEqual(self.run_it("rollup", self.store, *question, wrong)[0], 2)

    def test_diff_tells_what_has_changed_to_the_last_digit(self):
        self.write("bill,provider=aws cost_usd=1.1 1780272000000000000\nbill,provider=gcp cost_usd=2 1780272000000000000\n")
        self.write("bill,provider=aws cost_usd=1.100000000000000000001 1780272000000000000\n")
        out = self.centime.must("diff", self.store, "--table", "bill", "--from", "commit:2", "--by", "provider", "--csv")
        self.assertEqual(out.split(), ["provider,before,after,change,status",
                                       "aws,1.10,1.100000000000000000001,0.000000000000000000001,changed"])
        self.assertEqual(self.run_it("diff", self.store, "--by", "provider")[0], 2)

    def test_inspect_tells_tables_rows_and_bytes(self):
        self.centime.must("compact", self.store)
        told = self.centime.json("inspect")
        table = next(table for table in told["tables"] if table["table"] == "cost")
        self.assertEqual((table["rows"], table["series"]), (5, 5))
        code, out, _ = self.run_it("inspect", self.store, "cost")
        self.assertEqual(code, 0)
        self.assertIn("cost_usd", out)

    def test_verify_finds_a_flipped_bit(self):
        self.centime.must("compact", self.store)
        self.centime.must("verify", self.store, "--deep")
        largest = max(Path(self.store).rglob("*.seg"), key=lambda path: path.stat().st_size)
        content = bytearray(largest.read_bytes())
        content[len(content) // 2] ^= 4
        largest.write_bytes(content)
        code, _, err = self.run_it("verify", self.store)
        self.assertEqual(code, 1)
        self.assertIn(largest.name, err)

    def test_compact_changes_no_answer(self):
        before = self.total("--by", "provider,service", "--bucket", "1h")
        self.centime.must("compact", self.store)
        self.assertEqual(self.total("--by", "provider,service", "--bucket", "1h"), before)

    def test_an_interrupted_load_keeps_what_was_acknowledged(self):
        process = subprocess.Popen([self.centime.command, "write", self.store, "--progress-json", "-"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
        process.stdin.write(b"m v=1i 1\n" * 10)
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        process.stdin.close()
        process.wait()
        process.stdout.close()
        self.centime.must("verify", self.store, "--deep")


class Rates(CommandTest):
    def test_rates_are_set_listed_and_removed(self):
        self.write(COSTS)
        for base, day, rate in (("EUR", "2026-07-01", "1.15"), ("EUR", "2026-06-01", "1.10"), ("JPY", "2026-06-01", "0.0067")):
            self.centime.must("rates", self.store, "set", base, "USD", rate, "--from", day)
        self.centime.must("rates", self.store, "set", "EUR", "USD", "9", "--from", "2026-06-01", "--table", "closing")
        rows = json.loads(self.centime.must("rates", self.store, "list", "--json", "--table", "default"), parse_float=str)["rows"]
        self.assertEqual([(r["base"], r["from"], r["rate"]) for r in rows], [
            ("EUR", "2026-06-01T00:00:00Z", "1.1"), ("EUR", "2026-07-01T00:00:00Z", "1.15"), ("JPY", "2026-06-01T00:00:00Z", "0.0067")])  # fmt: skip
        self.centime.must("rates", self.store, "remove", "EUR", "USD", "--from", "2026-07-01")
        self.assertEqual(len(self.centime.must("rates", self.store, "list", "--csv").splitlines()), 4)

    def test_what_is_no_rate_is_refused(self):
        self.write(COSTS)
        for operands in (["set", "EUR", "USD", "1.1"], ["set", "EUR", "USD"], ["list", "EUR"], ["change"],
                         ["set", "EUR", "USD", "1.1", "--from", "soon"]):  # fmt: skip
            self.assertEqual(self.run_it("rates", self.store, *operands)[0], 2, operands)
        for operands in (["EUR", "USD", "0"], ["EUR", "EUR", "1"], ["EUR", "USD", "much"], ["E R", "USD", "1"]):
            code, _, err = self.run_it("rates", self.store, "set", *operands, "--from", "2026-06-01")
            self.assertEqual(code, 1, operands)
            self.assertTrue(err)
        self.assertEqual(self.run_it("rates", self.store, "set", "EUR", "USD", "1", "--from", "2026-06-01T01:00:00Z")[0], 1)


if __name__ == "__main__":
    unittest.main()
