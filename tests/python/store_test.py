#!/usr/bin/env python3
"""A store in a folder: what is written is what is read, exactly; what goes wrong is told by class, place and text."""

import contextlib
import unittest
from array import array
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from unittest import mock

from store_case import DAY, IS_SERVER, NS, StoreTest, only_folder
import centime


def utc(*parts):
    return datetime(*parts, tzinfo=timezone.utc)


class WritingTest(StoreTest):
    def test_costs_are_kept_to_the_last_digit(self):
        amounts = ["0.1", Decimal("0.20"), 3, 0.3, "7.8125e-08", "-1234567890123456789012345678.0123456789"]
        self.store.add_costs([{"provider": "aws", "cost_usd": amount, "timestamp": DAY} for amount in amounts])
        exact = Decimal("0.1") + Decimal("0.2") + 3 + Decimal("0.3") + Decimal("7.8125e-08")
        with_big = sum_exactly([exact, Decimal("-1234567890123456789012345678.0123456789")])
        self.assertEqual(self.store.query("cost", aggregates=["sum(cost_usd)"]).one(), with_big)

    def test_equal_charges_count_each_and_named_ones_once(self):
        entry = {"provider": "aws", "cost_usd": "1.25", "timestamp": DAY}
        self.store.add_costs([entry] * 10)
        self.store.add_costs([{**entry, "entry_id": "a"}] * 2)
        self.assertEqual(self.store.query("cost", aggregates=["sum(cost_usd)"]).one(), Decimal("13.75"))

    def test_a_key_makes_a_request_count_once(self):
        entry = {"provider": "aws", "cost_usd": "1.25", "timestamp": DAY}
        first = self.store.add_costs([entry], key="k1")
        again = self.store.add_costs([entry], key="k1")
        self.assertFalse(first.is_repeat)
        self.assertTrue(again.is_repeat)
        self.assertEqual(self.store.query("cost", aggregates=["count"]).one(), 1)
        with self.assertRaises(centime.Invalid):
            self.store.add_costs([{**entry, "cost_usd": "9"}], key="k1")

    def test_bad_lines_are_told_and_good_ones_written(self):
        with self.assertRaises(centime.ParseError) as caught:
            self.store.write("cpu v=1 1\nno fields\ncpu v=2 2")
        self.assertEqual(caught.exception.line, 2)
        self.assertEqual(caught.exception.result.rows, 2)
        self.assertEqual([reject.line for reject in caught.exception.result.rejects], [2])
        self.assertIsInstance(caught.exception, ValueError)
        with self.assertRaises(centime.ParseError):
            self.store.write("cpu v=3 3\nno fields", all_or_nothing=True)
        self.assertEqual(self.store.query("cpu", aggregates=["count(v)"]).one(), 2)

    def test_precision_and_default_time(self):
        self.store.write("cpu v=1 1780272000", precision="s")
        if IS_SERVER:
            with self.assertRaisesRegex(ValueError, "no default time"):
                self.store.write("cpu v=2", time=DAY + 1)
        self.store.write(f"cpu v=2 {DAY + 1}", precision="s") if IS_SERVER else self.store.write("cpu v=2", time=DAY + 1)
        self.assertEqual(self.store.query("cpu", fields=["v"]).nanoseconds(), [DAY * NS, (DAY + 1) * NS])
        with self.assertRaisesRegex(ValueError, "precision 'sec' is none of ns, us"):
            self.store.write("cpu v=1 1", precision="sec")

    def test_rows_of_every_type_come_back(self):
        hostile = 'a,b =c\\"d'
        fields = {"f": 1.5, "i": -3, "u": 2**64 - 1, "b": True, "s": f"{hostile}\nnext", "x_cost": Decimal("0.10"), "none": None}
        self.store.write_row("t", fields, {"k=1": hostile, "empty": None}, utc(2026, 6, 1))
        row = self.store.query("t", fields=["f", "i", "u", "b", "s", "x_cost"], tags=["k=1"])[0]
        self.assertEqual(row.pop("time"), utc(2026, 6, 1))
        self.assertEqual(row.pop("k=1"), hostile)
        del fields["none"]
        self.assertEqual(row, fields)
        self.assertEqual([type(row[name]) for name in fields], [type(value) for value in fields.values()])

    def test_columns_of_arrays_and_lists(self):
        times = array("q", [(DAY + i) * NS for i in range(4)])
        result = self.store.writer().columns(
            "t",
            times,
            tags={"host": ["a", "b", None, "a"], "zone": "z"},
            fields={
                "f": array("d", [0.5, 1.5, 2.5, 3.5]),
                "i": [1, None, 3, 4],
                "b": [True, False, None, True],
                "s": ["x", "", None, "\u00fc"],
                "x_cost": [Decimal("0.1"), 2, None, Decimal("3.30")],
                "nothing": [None] * 4,
            },
        )
        self.assertEqual(result.rows, 4)
        rows = self.store.query("t", fields=["f", "i", "b", "s", "x_cost"], tags=["host", "zone"]).columns
        self.assertEqual(rows["host"], ["a", "b", "", "a"])
        self.assertEqual(rows["i"], [1, None, 3, 4])
        self.assertEqual(rows["b"], [True, False, None, True])
        self.assertEqual(rows["s"], ["x", "", None, "\u00fc"])
        self.assertEqual(rows["x_cost"], [Decimal("0.1"), Decimal(2), None, Decimal("3.30")])

    def test_columns_are_checked_before_the_library_sees_them(self):
        writer = self.store.writer()
        with self.assertRaisesRegex(ValueError, "'v' has 1 values for 2 rows"):
            writer.columns("t", [1, 2], fields={"v": [1.0]})
        with self.assertRaisesRegex(TypeError, "mixes int, str"):
            writer.columns("t", [1, 2], fields={"v": [1, "x"]})
        with self.assertRaisesRegex(TypeError, "'v' has a value of object"):
            writer.columns("t", [1], fields={"v": [object()]})
        if IS_SERVER:  # there a double is its shortest text
            return
        with self.assertRaises(centime.TypeConflict):
            writer.columns("t", [1], fields={"x_cost": [0.1]})

    def test_measurements_of_every_kind(self):
        self.store.add_system([{"cluster_id": "c", "node_id": "n", "cpu_usage": 75.5, "cost_per_hour": "2.50", "timestamp": DAY}])
        self.store.add_service([{"service_name": "api", "request_count": 1000, "status": "running", "timestamp": DAY}])
        self.store.add_training([{"run_id": "r", "epoch": 0, "step": 7, "training_loss": 0.245, "timestamp": DAY}])
        self.store.add_rag([{"pipeline_id": "p", "query": "secret", "relevance_score": 0.95, "timestamp": DAY}], text="drop")
        self.assertEqual(self.store.query("system", fields=["cost_per_hour"])[0]["cost_per_hour"], Decimal("2.50"))
        self.assertEqual(self.store.query("system", fields=["cpu_usage"])[0]["cpu_usage"], 75.5)
        self.assertEqual(self.store.query("service", fields=["request_count"])[0]["request_count"], 1000)
        self.assertEqual(self.store.training_summary("r")["best_loss"], 0.245)
        self.assertEqual(self.store.rag_summary("p")["avg_relevance_score"], 0.95)
        with self.assertRaisesRegex(centime.NotFound, "query"):
            self.store.query("rag", fields=["query"])

    def test_wrong_items_name_what_is_wrong(self):
        with self.assertRaisesRegex(TypeError, "item 2: costs: no member 'cost'; known are timestamp, provider"):
            self.store.add_costs([{"cost_usd": 1}, {"cost": 1}])
        with self.assertRaisesRegex(TypeError, "cost_usd is required"):
            self.store.add_costs([{"provider": "aws"}])
        with self.assertRaisesRegex(TypeError, "an amount is a Decimal, int, str or float, not bool"):
            self.store.add_costs([{"cost_usd": True}])
        for bad in (float("nan"), float("inf"), Decimal("NaN")):
            with self.assertRaisesRegex(ValueError, "is no amount"):
                self.store.add_costs([{"cost_usd": bad}])
        with self.assertRaisesRegex(ValueError, "three"):
            self.store.add_costs([{"cost_usd": "three"}])
        with self.assertRaisesRegex(ValueError, "zero bytes"):
            self.store.add_costs([{"cost_usd": 1, "provider": "a\0b"}])
        self.assertEqual(self.store.cost_summary()["total_cost"], 0)

    def test_numbers_that_do_not_fit_are_refused_and_not_cut_off(self):
        self.store.write("t v=1 1")
        with self.assertRaises(ValueError):
            self.store.query("t", aggregates=["count"], week_start=300)
        with self.assertRaises(ValueError):
            self.store.query("t", aggregates=["count"], limit=-1)
        with self.assertRaises(ValueError):
            self.store.cost_summary(top=-1)
        with self.assertRaises(ValueError):
            self.store.writer().columns("t", [1], fields={"v": [2**64]})
        with self.assertRaisesRegex(TypeError, "nodes: a list of texts, None is none"):
            self.store.register_cluster("c", [None])

    @only_folder
    def test_numbers_of_history_that_do_not_fit_are_refused(self):
        for days in (-1, 2**32 + 5, 1.5, True):
            with self.assertRaisesRegex(ValueError, "days: a whole number from 0 to 36500"):
                self.store.keep_history(days)
        with self.assertRaisesRegex(ValueError, "commit: a whole number"):
            self.store.commit_time(2**64 + 1)
        with self.assertRaisesRegex(ValueError, "expected_count: -1 is out of range"):
            self.store.restate("t", {"a": "b"}, "t,a=b v=1 1", expected_count=-1)
        self.assertEqual(self.store.state()["history_days"], 400)


def sum_exactly(values):
    from decimal import Context

    total = Decimal(0)
    for value in values:
        total = Context(prec=100).add(total, value)
    return total


class BatchTest(StoreTest):
    def test_rows_are_written_when_there_are_enough_and_at_the_end(self):
        with self.store.batch(rows=10, seconds=3600) as batch:
            for i in range(25):
                batch.add("t", {"v": i}, {"host": "a"}, DAY + i)
            self.assertEqual((batch.rows_written, len(batch)), (20, 5))
            self.assertEqual(self.store.query("t", aggregates=["count"]).one(), 20)
        self.assertEqual(self.store.query("t", aggregates=["sum(v)"]).one(), sum(range(25)))

    def test_rows_are_written_when_they_are_old(self):
        with self.store.batch(rows=1000, seconds=0) as batch:
            batch.line(f"t v=1 {DAY * NS}")
            self.assertEqual(self.store.query("t", aggregates=["count"]).one(), 1)

    def test_charges_count_each(self):
        with self.store.batch() as batch:
            for _ in range(3):
                batch.cost(0.1, provider="aws", timestamp=DAY)
        self.assertEqual(self.store.query("cost", aggregates=["sum(cost_usd)"]).one(), Decimal("0.3"))

    def test_an_exception_in_the_block_costs_no_row(self):
        with self.assertRaises(ZeroDivisionError), self.store.batch() as batch:
            batch.add("t", {"v": 1})
            1 / 0
        self.assertEqual(self.store.query("t", aggregates=["count"]).one(), 1)

    def test_a_rejected_line_costs_no_other(self):
        batch = self.store.batch()
        batch.add("t", {"v": 1.0}, time=DAY)
        batch.add("t", {"v": "text"}, time=DAY + 1)
        with self.assertRaises(centime.Error):
            batch.flush()
        batch.flush()
        self.assertEqual((batch.rows_written, self.store.query("t", aggregates=["count"]).one()), (1, 1))

    def test_a_charge_that_does_not_fit_costs_no_other(self):
        batch = self.store.batch()
        for amount in ("1.25", "three", "2.50"):
            batch.cost(amount, timestamp=DAY)
        with self.assertRaisesRegex(centime.ParseError, "three") as caught:
            batch.flush()
        self.assertEqual((caught.exception.result.rows, caught.exception.result.rejects[0].line), (2, 2))
        self.assertEqual((batch.rows_written, self.store.query("cost", aggregates=["sum(cost_usd)"]).one()), (2, Decimal("3.75")))

    def test_rows_that_cannot_be_written_do_not_pile_up_for_ever(self):
        batch = self.store.batch(rows=2)
        with mock.patch.object(batch._writer, "timed_lines", side_effect=centime.DiskFull("full")):
            for _ in range(60):
                with contextlib.suppress(centime.DiskFull):
                    try:
                        batch.add("t", {"v": 1})
                    except centime.LimitExceeded:
                        break
            self.assertEqual(len(batch), 20)
        batch.flush()
        self.assertEqual(batch.rows_written, 22)

    def test_what_could_not_be_written_is_written_by_the_next_flush(self):
        batch = self.store.batch()
        batch.add("t", {"v": 1}, time=DAY)
        with mock.patch.object(batch._writer, "timed_lines", side_effect=centime.DiskFull("full")):
            with self.assertRaises(centime.DiskFull):
                batch.flush()
        batch.add("t", {"v": 2}, time=DAY + 1)
        batch.flush()
        self.assertEqual(self.store.query("t", aggregates=["sum(v)"]).one(), 3)


class AskingTest(StoreTest):
    def setUp(self):
        super().setUp()
        for day in range(3):
            at = utc(2026, 6, 1) + timedelta(days=day)
            self.store.add_costs(
                [
                    {"provider": "aws", "service": "ec2", "cost_usd": "10.00", "timestamp": at, "tags": {"team": "a"}},
                    {"provider": "gcp", "service": "gke", "cost_usd": f"{day}.5", "timestamp": at},
                ]
            )

    def test_groups_buckets_and_names(self):
        result = self.store.query("cost", aggregates=["sum(cost_usd) as spent", "count"], tags=["provider"], bucket="1d")
        self.assertEqual(result.types, {"time": "time", "provider": "text", "spent": "decimal", "count": "uint64"})
        self.assertEqual(
            result.rows[:2],
            [
                {"time": utc(2026, 6, 1), "provider": "aws", "spent": Decimal("10"), "count": 1},
                {"time": utc(2026, 6, 1), "provider": "gcp", "spent": Decimal("0.5"), "count": 1},
            ],
        )
        self.assertEqual(len(result), 6)
        month = self.store.query("cost", aggregates=["sum(cost_usd)"], bucket="1mo", time_zone="Europe/Berlin")
        self.assertEqual(month.rows, [{"time": utc(2026, 5, 31, 22), "sum_cost_usd": Decimal("34.5")}])

    def test_filters(self):
        def total(where, **more):
            return self.store.query("cost", aggregates=["sum(cost_usd)"], where=where, **more).one()

        self.assertEqual(total({"provider": "aws"}), 30)
        self.assertEqual(total({"provider": ["aws", "gcp"]}), Decimal("34.5"))
        self.assertEqual(total({"tag.team": None}), Decimal("4.5"))
        self.assertEqual(total({"not": {"provider": "aws"}}), Decimal("4.5"))
        self.assertEqual(total({"provider": {"not_in": ["aws"]}}), Decimal("4.5"))
        self.assertEqual(total({"or": [{"service": "gke"}, {"service": {"match": "^ec"}}]}), Decimal("34.5"))
        self.assertEqual(total({"tag.team": {"present": True}, "provider": "aws"}), 30)
        self.assertEqual(total({"cost_usd": {"gt": "0.5", "lt": 10}}), Decimal("4.0"))
        self.assertEqual(total({}, start="2026-06-02", end=utc(2026, 6, 3)), Decimal("11.5"))
        self.assertEqual(total({}, start=DAY + 2 * 86400), Decimal("12.5"))
        self.assertEqual(total({"cost_usd": {"ge": "1.5", "le": "2.5"}}), Decimal("4.0"))
        self.assertEqual(total({"cost_usd": 10}), 30)
        self.assertEqual(total({"field:cost_usd": "1.5"}), Decimal("1.5"))
        self.assertEqual(total({"tag:provider": "gcp", "cost_usd": {"field_present": True, "ne": Decimal("0.5")}}), 4)
        self.assertEqual(total({"provider": {"not_match": "^a"}}), Decimal("4.5"))
        self.assertEqual(total({}, start=0), Decimal("34.5"))
        self.assertEqual(total({}, start=datetime(1970, 1, 1, tzinfo=timezone.utc), end=DAY + 1), Decimal("10.5"))
        self.assertIsNone(total({}, end=0))
        with self.assertRaisesRegex(ValueError, "from 2026-06-01T00:00:00Z to 2026-06-01T00:00:00Z is empty"):
            total({}, start=DAY, end=DAY)
        with self.assertRaisesRegex(TypeError, "tag 'provider' is a text or None, not 5"):
            total({"provider": ["aws", 5]})
        with self.assertRaisesRegex(ValueError, "unknown test 'like'"):
            total({"provider": {"like": "x"}})

    def test_aggregates(self):
        def ask(*aggregates, **more):
            return self.store.query("cost", aggregates=aggregates, where={"provider": "gcp"}, **more)[0]

        self.assertEqual(ask("min(cost_usd)", "max(cost_usd)"), {"min_cost_usd": Decimal("0.5"), "max_cost_usd": Decimal("2.5")})
        self.assertEqual(ask("p50(cost_usd)"), {"p50_cost_usd": Decimal("1.5")})
        mean = ask({"function": "mean", "field": "cost_usd", "scale": 2, "name": "average"})
        self.assertEqual(mean, {"average": Decimal("1.50")})
        distinct = ask({"function": "count_distinct", "tag": "provider", "name": "n"})
        self.assertEqual(distinct["n"], 1)
        half = {"name": "half", "operation": "divide", "left": "sum_cost_usd", "right": 2, "scale": 3}
        self.assertEqual(ask("sum(cost_usd)", computed=[half])["half"], Decimal("2.250"))
        with self.assertRaisesRegex(ValueError, "aggregate function 'total' is none of count, sum"):
            ask("total(cost_usd)")
        with self.assertRaisesRegex(TypeError, "unexpected keyword argument 'of'"):
            ask({"function": "sum", "of": "cost_usd"})
        with self.assertRaisesRegex(TypeError, "aggregates: a list"):
            self.store.query("cost", aggregates="count")
        with self.assertRaisesRegex(TypeError, "no argument 'group_by'"):
            self.store.query("cost", aggregates=["count"], group_by=["provider"])

    def test_rates_over_time(self):
        """Two dollars an hour, said at 0:00 and at 0:30: the second says nothing about what is further away than its gap."""
        self.store.write(f"r v=2 {DAY * NS}\nr v=2 {(DAY + 1800) * NS}")

        def spent(**more):
            aggregate = {"function": "integral", "field": "v", "name": "spent", **more}
            return self.store.query("r", aggregates=[aggregate], start=DAY, end=DAY + 7200)[0]["spent"]

        self.assertEqual(spent(), 4.0)
        self.assertEqual(spent(gap_max="30m"), 2.0)
        self.assertEqual(spent(unit="1m"), 240.0)

    def test_order_limit_and_fill(self):
        order = {"order_by": "sum_cost_usd", "descending": True, "limit": 1}
        top = self.store.query("cost", aggregates=["sum(cost_usd)"], tags=["provider"], **order)
        self.assertEqual(top.columns["provider"], ["aws"])
        filled = self.store.query(
            "cost",
            aggregates=["sum(cost_usd)"],
            start="2026-05-31",
            end="2026-06-02",
            bucket="1d",
            fill="0",
            where={"provider": "gcp"},
        )
        self.assertEqual(filled.columns["sum_cost_usd"], [Decimal(0), Decimal("0.5")])

    def test_csv_is_that_of_the_library(self):
        self.store.write_row("t", {"s": 'say "x", or\nnot', "b": False, "f": 1e300, "x_cost": Decimal("5")}, {"k": "a"}, 1.5)
        self.store.write_row("t", {"s": "", "f": -0.25}, time=2)
        question = {"fields": ["s", "b", "f", "x_cost"], "tags": ["k"]}
        result = self.store.query("t", **question)
        self.assertEqual(result.to_csv().encode(), self.store.query_bytes("t", **question, format="csv"))
        self.assertIn("1970-01-01T00:00:01.5", result.to_csv())

    @only_folder
    def test_arrow_capsule_is_a_stream_that_can_be_read_once(self):
        import ctypes

        capsule = self.store.query("cost", aggregates=["count"], tags=["provider"]).__arrow_c_stream__()
        self.assertIn("arrow_array_stream", repr(capsule))
        pointer = ctypes.pythonapi.PyCapsule_GetPointer
        pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
        stream = centime.library.structs.ArrowStream.from_address(pointer(capsule, b"arrow_array_stream"))
        array_of = (ctypes.c_int64 * 10)()  # struct ArrowArray begins with its length
        get_next = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(stream.get_next)
        self.assertEqual(get_next(ctypes.addressof(stream), ctypes.addressof(array_of)), 0)
        self.assertEqual(array_of[0], 2)
        release = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(array_of[8])
        release(ctypes.addressof(array_of))
        del capsule

    def test_influxql(self):
        statements = "SELECT sum(cost_usd) FROM cost WHERE provider = $p; SHOW MEASUREMENTS"
        results = self.store.influxql(statements, parameters={"p": "gcp"})
        self.assertEqual(results[0]["series"][0]["values"][0][1], Decimal("4.5"))
        self.assertEqual(results[1]["series"][0]["values"], [["cost"]])
        with self.assertRaisesRegex(centime.Invalid, "(?i)retention|database|unsupported|not"):
            self.store.influxql("SELECT sum(cost_usd) FROM nowhere.rp.cost")
        with self.assertRaises(centime.ParseError):
            self.store.influxql("SELEC")

    def test_stats_and_explain(self):
        self.assertEqual(self.store.query("cost", aggregates=["count"], ignores_rollups=True).stats["rows_scanned"], 6)
        self.assertIn("source", self.store.explain("cost", aggregates=["count"]).names)

    def test_errors_have_classes(self):
        with self.assertRaisesRegex(centime.NotFound, "nothing") as caught:
            self.store.query("nothing", aggregates=["count"])
        self.assertIsInstance(caught.exception, LookupError)
        self.store.add_costs([{"cost_usd": 1, "currency": "EUR", "timestamp": DAY}])
        with self.assertRaisesRegex(centime.CurrencyError, "EUR"):
            self.store.query("cost", aggregates=["sum(cost_usd)"])
        with self.assertRaises(centime.LimitExceeded):
            self.store.query("cost", fields=["cost_usd"], rows_max=2)


class SummaryTest(StoreTest):
    def test_cost_summary(self):
        self.store.add_costs(
            [
                {"provider": "aws", "service": "ec2", "resource_id": "i-1", "cost_usd": 3.50, "timestamp": DAY} | {"tags": {"team": "a"}},
                {"provider": "gcp", "service": "gke", "resource_id": "g-1", "cost_usd": "0.25", "timestamp": DAY - 86400},
            ]
        )
        summary = self.store.cost_summary(end=DAY)
        self.assertEqual(summary["total_cost"], Decimal("3.50"))
        self.assertEqual(summary["by_provider"], {"aws": Decimal("3.50")})
        self.assertEqual(summary["by_tag"], {"team": {"a": Decimal("3.50")}})
        self.assertEqual(summary["top_resources"], [{"resource_id": "i-1", "cost": Decimal("3.50")}])
        self.assertEqual(self.store.cost_summary(24.5, end=DAY)["total_cost"], Decimal("3.75"))
        self.assertEqual(self.store.cost_summary(end=0)["total_cost"], 0)
        empty = self.store.cost_summary()
        self.assertEqual((empty["total_cost"], empty["by_provider"], empty["top_resources"]), (0, {}, []))
        self.assertIsInstance(empty["total_cost"], Decimal)
        for hours in (0, -1, 1e9):
            with self.assertRaisesRegex(ValueError, "time_range_hours"):
                self.store.cost_summary(hours)

    def test_clusters_and_services(self):
        answer = self.store.register_cluster("c", ["n1", "n2"], region="eu")
        self.assertEqual((answer["status"], answer["nodes"], answer["region"]), ("registered", ["n1", "n2"], "eu"))
        self.assertEqual(self.store.cluster_health()["c"]["health_status"], "unknown")
        self.store.add_system([{"cluster_id": "c", "node_id": "n1", "cpu_usage": 10.0}])
        health = self.store.cluster_health()["c"]
        self.assertEqual((health["health_status"], health["total_nodes"], health["healthy_nodes"]), ("healthy", 2, 1))
        self.assertEqual(self.store.cluster_health(end=timedelta(hours=1))["c"]["health_status"], "down")
        self.store.register_service("api", "c", ["db"])
        self.assertEqual(self.store.services()[0]["dependencies"], ["db"])
        self.assertEqual(self.store.clusters()[0]["cluster_id"], "c")
        with self.assertRaisesRegex(TypeError, "nodes: a list of texts"):
            self.store.register_cluster("c", "n1")

    def test_unknown_runs_and_pipelines_are_not_found(self):
        for ask in (self.store.training_summary, self.store.rag_summary, self.store.budget_status, self.store.remove_budget):
            with self.assertRaises(centime.NotFound):
                ask("unknown")

    def test_run_with_costs(self):
        self.store.add_training(
            {"run_id": "r", "epoch": 0, "step": step, "training_loss": 1 / step, "timestamp": DAY + step} for step in (1, 2, 3)
        )
        self.store.add_costs([{"cost_usd": "10", "tags": {"run_id": "r"}, "timestamp": DAY}])
        summary = self.store.training_summary("r")
        self.assertEqual((summary["total_cost"], summary["cost_per_step"]), (Decimal("10.00"), Decimal("3.333333333333")))
        self.assertEqual(self.store.training_summary("r", end=DAY + 2)["total_steps"], 2)
        with self.assertRaises(centime.NotFound):
            self.store.training_summary("r", end=DAY)

    def test_budgets(self):
        self.store.create_budget("b", "100", scope={"provider": ["aws", "gcp"], "tags": {"team": "a"}}, alert_threshold=0.5)
        in_scope = {"provider": "aws", "cost_usd": "60", "tags": {"team": "a"}, "timestamp": DAY}
        self.store.add_costs([in_scope, {"cost_usd": 7, "timestamp": DAY}])
        status = self.store.budget_status("b", end=DAY + 1)["b"]
        self.assertEqual((status["spent"], status["remaining"], status["status"]), (Decimal("60"), Decimal("40"), "warning"))
        self.assertEqual(status["percentage_used"], 60)
        self.assertTrue(self.store.check_budget("b", 40, end=DAY + 1))
        self.assertFalse(self.store.check_budget("b", "40.01", end=DAY + 1))
        self.assertEqual(self.store.budgets()[0]["amount"], Decimal("100"))
        self.store.remove_budget("b")
        self.assertEqual(self.store.budget_status(), {})
        for wrong in ({"amount_usd": 0}, {"amount_usd": 1, "period": "hourly"}):
            with self.assertRaises(ValueError):
                self.store.create_budget("b", **wrong)


class HistoryTest(StoreTest):
    def test_restate_difference_and_as_of(self):
        bill = "cost,source=aws,provider=aws cost_usd={} 1780272000000000000\n"
        first = self.store.restate("cost", {"source": "aws"}, bill.format("10.00"), expected_total="10", expected_count=1)
        self.assertEqual((first["rows_before"], first["rows_after"], first["total_after"]), (0, 1, Decimal("10")))
        second = self.store.restate("cost", {"source": "aws"}, bill.format("12.50"))
        self.assertEqual(second["total_before"], Decimal("10"))
        self.assertTrue(self.store.restate("cost", {"source": "aws"}, bill.format("12.50"))["is_unchanged"])
        then = self.store.query("cost", aggregates=["sum(cost_usd)"], as_of_commit=first["commit"]).one()
        self.assertEqual(then, Decimal("10"))
        changed = self.store.difference("cost", "cost_usd", before_commit=first["commit"], tags=["provider"])
        self.assertEqual((changed[0]["provider"], changed[0]["change"]), ("aws", Decimal("2.50")))
        with self.assertRaises(centime.Invalid) as caught:
            self.store.restate("cost", {"source": "aws"}, bill.format("1"), expected_total="2")
        self.assertIn("2", caught.exception.text)
        with self.assertRaises(centime.Invalid) as caught:
            self.store.restate("cost", {"source": "aws"}, bill.format("1") + "cost,source=gcp cost_usd=1 1\n")
        self.assertEqual(caught.exception.line, 2)
        if IS_SERVER:
            return
        self.assertEqual(self.store.commit_at(timedelta(seconds=5)), second["commit"])
        self.assertLess(abs(self.store.commit_time(second["commit"]) - datetime.now(timezone.utc)), timedelta(minutes=5))

    def test_an_older_bill_is_refused_after_a_newer_one(self):
        bill = "cost,source=aws,provider=aws cost_usd={} 1780272000000000000\n"
        self.store.restate("cost", {"source": "aws"}, bill.format("2"), sequence=2)
        with self.assertRaises(centime.Stale):
            self.store.restate("cost", {"source": "aws"}, bill.format("1"), sequence=1)
        self.store.restate("cost", {"source": "aws"}, bill.format("1"), sequence=1, force=True)
        self.assertEqual(self.store.query("cost", aggregates=["sum(cost_usd)"]).one(), 1)

    @only_folder
    def test_delete(self):
        self.store.write("t,k=a v=1 1\nt,k=b v=2 2\nt,k=a v=3 3")
        self.assertGreater(self.store.delete("t", {"k": "a"}, end=centime.Nanoseconds(2)), 0)
        self.assertEqual(self.store.query("t", fields=["v"]).columns["v"], [2.0, 3.0])

    def test_rates_rollups_tables(self):
        in_euros = {"cost_usd": "10", "currency": "EUR", "account": "1", "timestamp": DAY}
        self.store.add_costs([in_euros, {"cost_usd": "1", "timestamp": DAY}])
        self.store.set_rate("EUR", "USD", "2026-06-01", "1.1")
        total = self.store.query("cost", aggregates=["sum(cost_usd)"], convert_to="USD").one()
        self.assertEqual(total, Decimal("12"))
        self.assertEqual(self.store.rates()[0]["rate"], Decimal("1.1"))
        self.store.declare_rollup("cost", ["account"], grains=["day"])
        self.assertIn("declared", self.store.rollups("cost").columns["origin"])
        self.store.drop_rollup("cost", ["account"])
        self.assertNotIn("declared", self.store.rollups("cost").columns["origin"])
        self.assertIn("account", self.store.table_columns("cost").columns["name"])
        if IS_SERVER:
            return
        self.store.declare_table("bills", kind="ledger", currency="EUR")
        self.assertEqual(set(self.store.tables().columns["table"]), {"bills", "cost"})


if __name__ == "__main__":
    unittest.main()
