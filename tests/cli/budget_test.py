#!/usr/bin/env python3
"""`centime budget` and `centime summary` of training runs, pipelines and clusters, from outside."""

import sys
import unittest
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from centime_command import Centime

HOUR_NS = 3_600_000_000_000
JUNE_NS = 1_780_272_000_000_000_000  # 2026-06-01T00:00:00Z
JUNE_10 = "2026-06-10T00:00:00Z"

COSTS = f"""\
cost,provider=aws,tag.team=ml cost_usd=30.00 {JUNE_NS}
cost,provider=aws,tag.team=ml cost_usd=10.00 {JUNE_NS + HOUR_NS}
cost,provider=aws cost_usd=5.00 {JUNE_NS}
cost,provider=gcp,tag.team=web cost_usd=1.50 {JUNE_NS}
cost,provider=aws,tag.team=ml cost_usd=99.00 {JUNE_NS - HOUR_NS}
"""


class BudgetTest(unittest.TestCase):
    def setUp(self):
        self.centime = Centime()
        self.addCleanup(self.centime.__exit__)
        self.centime.write_lines(COSTS)

    def run_it(self, *arguments):
        return self.centime.run("budget", self.centime.store, *arguments)

    def set(self, identity, *options):
        self.assertEqual(self.run_it("set", identity, *options), (0, "", ""))

    def status(self, *options):
        return self.centime.json("budget", "status", "--at", JUNE_10, *options)

    def test_a_budget_is_set_and_its_status_shown(self):
        self.set("ml", "--amount", "50", "--scope", "provider=aws", "--scope", "tag.team=ml", "--name", "ML")
        status = self.status()["ml"]
        self.assertEqual(
            {key: status[key] for key in ("name", "amount", "spent", "remaining", "percentage_used", "status")},
            {"name": "ML", "amount": 50, "spent": 40, "remaining": 10, "percentage_used": 80, "status": "warning"},
        )
        code, out, err = self.run_it("status", "--at", JUNE_10)
        self.assertEqual((code, err), (0, ""))
        self.assertRegex(out, r"(?m)^ml +ML +warning +50\.00 +40\.00 +10\.00 +80")
        code, out, err = self.run_it("status", "ml", "--at", JUNE_10, "--csv")
        self.assertEqual((code, err), (0, ""))
        self.assertIn("ml,ML,warning,50.00,40.00,10.00,80,USD,monthly,", out)

    def test_scopes_have_alternatives_negation_and_missing_tags(self):
        for scope, spent in [
            ([], "46.5"),
            (["tag.team=ml", "tag.team=web"], "41.5"),
            (["tag.team!=ml"], "6.5"),
            (["tag.team="], "5"),
            (["tag.team!="], "41.5"),
            (["provider=a*", "tag.team!=web"], "45"),
        ]:
            self.set("b", "--amount", "100", *(part for one in scope for part in ("--scope", one)))
            self.assertEqual(self.status("b")["b"]["spent"], Decimal(spent), scope)

    def test_check_exits_with_3_when_a_budget_is_exceeded(self):
        self.set("small", "--amount", "46.50")
        self.set("large", "--amount", "1000")
        self.assertEqual(self.run_it("check", "--at", JUNE_10)[0], 0)
        self.assertEqual(self.run_it("check", "--at", JUNE_10, "--add", "0.01")[0], 3)
        self.assertEqual(self.run_it("check", "large", "--at", JUNE_10, "--add", "0.01")[0], 0)
        self.set("small", "--amount", "46.49")
        code, out, err = self.run_it("check", "--at", JUNE_10)
        self.assertEqual((code, err), (3, ""))
        self.assertIn("exceeded", out)
        self.assertEqual(self.run_it("check", "--at", "2026-07-10")[0], 0)

    def test_periods_and_time_zones(self):
        self.set("d", "--amount", "100", "--period", "daily")
        self.assertEqual(self.centime.json("budget", "status", "d", "--at", "2026-06-01T12:00:00Z")["d"]["spent"], Decimal("46.5"))
        self.set("y", "--amount", "100", "--period", "yearly")
        self.assertEqual(self.status("y")["y"]["spent"], Decimal("145.5"))

    def test_a_removed_budget_is_gone(self):
        self.set("b", "--amount", "1")
        self.assertEqual(self.run_it("remove", "b"), (0, "", ""))
        self.assertEqual(self.status(), {})
        code, _, err = self.run_it("remove", "b")
        self.assertEqual(code, 1)
        self.assertIn('no budget "b"', err)
        self.assertEqual(self.run_it("check", "b")[0], 1)

    def test_wrong_use_is_told(self):
        for arguments in (
            ["set", "b"],
            ["set", "--amount", "1"],
            ["set", "b", "--amount", "1", "--period", "fortnightly"],
            ["set", "b", "--amount", "1", "--scope", "provider"],
            ["set", "b", "--amount", "1", "--scope", "=aws"],
            ["raise", "b"],
            ["status", "--at", "yesterday"],
        ):
            code, out, err = self.run_it(*arguments)
            self.assertEqual((code, out), (2, ""), arguments)
            self.assertIn("budget", err)
        for amount in ("0", "-1", "ten"):
            self.assertEqual(self.run_it("set", "b", "--amount", amount)[0], 1)


class SummaryTest(unittest.TestCase):
    def setUp(self):
        self.centime = Centime()
        self.addCleanup(self.centime.__exit__)
        self.centime.write_lines(
            f"llm_training,run_id=r1,model_name=m epoch=1i,step=1i,training_loss=0.5 {JUNE_NS}\n"
            f"llm_training,run_id=r1,model_name=m epoch=1i,step=2i,training_loss=0.25 {JUNE_NS + HOUR_NS}\n"
            f"rag,pipeline_id=p1 total_time_ms=10,relevance_score=0.5,embedding_tokens=7i {JUNE_NS}\n"
            f"cost,run_id=r1 cost_usd=0.05 {JUNE_NS}\n"
        )

    def test_a_training_run(self):
        summary = self.centime.json("summary", "training", "r1")
        self.assertEqual(
            (summary["model_name"], summary["total_steps"], summary["current_loss"], summary["best_loss"]),
            ("m", 2, Decimal("0.25"), Decimal("0.25")),
        )
        self.assertEqual((summary["total_cost"], summary["cost_per_step"]), (Decimal("0.05"), Decimal("0.025")))
        self.assertIn("total_steps", self.centime.must("summary", self.centime.store, "training", "r1"))

    def test_a_pipeline(self):
        summary = self.centime.json("summary", "rag", "p1")
        self.assertEqual((summary["total_queries"], summary["p99_total_time_ms"], summary["total_embedding_tokens"]), (1, 10, 7))

    def test_what_is_not_there_is_told(self):
        for subject in ("training", "rag"):
            code, _, err = self.centime.run("summary", self.centime.store, subject, "none")
            self.assertEqual(code, 1)
            self.assertIn("none", err)
        self.assertEqual(self.centime.run("summary", self.centime.store, "training")[0], 2)
        self.assertEqual(self.centime.run("summary", self.centime.store, "cost", "r1")[0], 2)


if __name__ == "__main__":
    unittest.main()
