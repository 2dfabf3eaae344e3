#!/usr/bin/env python3
"""openfinops.observability over a store: what the seed's document says of each call, the other package's names where they map,
and that nothing is replaced unasked."""

import importlib
import os
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from decimal import Decimal
from enum import Enum
from pathlib import Path

from store_case import IS_SERVER, ROOT, StoreTest, server, stay_in_one_month
import centime
from centime.compat import openfinops
from centime.compat.openfinops import (
    Budget,
    CostEntry,
    CostObservatory,
    LLMObservabilityHub,
    LLMTrainingMetrics,
    ObservabilityHub,
    RAGPipelineMetrics,
    ServiceMetrics,
    SystemMetrics,
)


class HubTest(StoreTest):
    def setUp(self):
        super().setUp()
        openfinops.install(store=self.store)
        self.addCleanup(openfinops.uninstall)


class ClusterTest(HubTest):
    def test_registration_answers_a_dict(self):  # C1
        hub = ObservabilityHub()
        answer = hub.register_cluster(cluster_id="c", nodes=["a", "b"])
        self.assertEqual((answer["status"], answer["region"]), ("registered", "us-east-1"))
        self.assertEqual(hub.register_service("api", "c")["dependencies"], [])
        self.assertEqual(hub.register_service("api", "c", ["db"])["dependencies"], ["db"])

    def test_health_is_flat_with_the_documents_keys(self):  # C2, C3, C4, C5, C6
        hub = ObservabilityHub()
        self.assertEqual(hub.get_cluster_health_summary(), {})
        hub.register_cluster("silent", ["a"])
        for _ in range(3):
            hub.collect_system_metrics(SystemMetrics(time.time(), 75.5, 68.2, 45.0, 92.3, "unregistered", "n1"))
        health = hub.get_cluster_health_summary()
        self.assertEqual(set(health), {"silent", "unregistered"})
        self.assertEqual(health["silent"]["health_status"], "unknown")
        self.assertEqual(f"{health['silent']['avg_cpu_usage']:.1f}", "0.0")
        seen = health["unregistered"]
        self.assertEqual((seen["total_nodes"], seen["healthy_nodes"], seen["health_status"]), (1, 1, "healthy"))
        self.assertEqual(
            [f"{seen[f'avg_{name}_usage']:.1f}" for name in ("cpu", "memory", "disk", "gpu")], ["75.5", "68.2", "45.0", "92.3"]
        )

    def test_an_ill_node_counts_as_such(self):
        hub = ObservabilityHub()
        hub.register_cluster("c", ["a", "b"])
        hub.collect_system_metrics(SystemMetrics(time.time(), 95.0, 92.0, 1.0, cluster_id="c", node_id="a", error_rate=7.0))
        self.assertEqual(hub.get_cluster_health_summary()["c"]["health_status"], "down")
        self.assertEqual(hub.get_cluster_health_summary()["c"]["healthy_nodes"], 0)

    def test_service_metrics_have_the_documents_fields(self):  # C7
        hub = ObservabilityHub()
        hub.collect_service_metrics(ServiceMetrics("api", time.time(), 1000, 99.5, 45.2, "running"))
        fields = ["request_count", "success_rate", "avg_response_time", "status"]
        row = self.store.query("service", fields=fields, tags=["service"])[0]
        del row["time"]
        wanted = {"service": "api", "request_count": 1000, "success_rate": 99.5, "avg_response_time": 45.2, "status": "running"}
        self.assertEqual(row, wanted)

    def test_names_of_the_other_package(self):
        hub = ObservabilityHub()
        hub.register_service("api", "c")
        at = time.time()
        hub.collect_system_metrics(
            SystemMetrics(at, 1.0, 2.0, 3.0, power_consumption=250.0, latency_p95=12.5, error_count=2, estimated_daily_cost=60.0)
        )
        row = self.store.query("system", fields=["cpu_usage", "power", "latency_p95", "error_count", "estimated_daily_cost"])[0]
        del row["time"]
        wanted = {"cpu_usage": 1.0, "power": 250.0, "latency_p95": 12.5, "error_count": 2, "estimated_daily_cost": Decimal("60.0")}
        self.assertEqual(row, wanted)
        hub.collect_service_metrics(ServiceMetrics("api", at, response_time=7.5, uptime=3600))
        rows = self.store.query("service", fields=["avg_response_time", "uptime"], tags=["cluster"]).rows
        self.assertEqual([(row["cluster"], row["avg_response_time"], row["uptime"]) for row in rows], [("c", 7.5, 3600.0)])

    def test_unknown_names_are_refused_clearly(self):
        with self.assertRaisesRegex(TypeError, "SystemMetrics has no field 'cpu': known are timestamp, cpu_usage"):
            SystemMetrics(timestamp=1, cpu=2)
        with self.assertRaisesRegex(TypeError, "ServiceMetrics has no field 'dependency_health': dependencies are said by"):
            ServiceMetrics("api", 1, dependency_health={})
        with self.assertRaisesRegex(TypeError, "cost_usd is given twice"):
            CostEntry(1, cost_usd=1, amount=1)
        with self.assertRaisesRegex(TypeError, "timestamp is given twice"):
            SystemMetrics(1, timestamp=1)
        with self.assertRaises(TypeError):
            SystemMetrics()
        with self.assertRaisesRegex(TypeError, "a record of openfinops.observability is wanted, not {}"):
            ObservabilityHub().collect_system_metrics({})


class LlmTest(HubTest):
    def test_training_summary(self):  # C8, C9, C10
        hub = LLMObservabilityHub()
        for step, (loss, gpu) in enumerate([(1.0, 85.0), (0.245, 86.0), (0.5, 87.0)], 1):
            hub.collect_llm_training_metrics(
                LLMTrainingMetrics("r", "m", 5, step, loss, 0.289, 0.0001, 42000, 32, 128.5, time.time() + step, gpu_usage=gpu)
            )
        summary = hub.get_training_summary("r")
        wanted = {"model_name": "m", "total_steps": 3, "max_step": 3, "current_epoch": 5, "current_loss": 0.5, "best_loss": 0.245}
        self.assertEqual({key: summary[key] for key in wanted}, wanted)
        self.assertEqual(f"{summary['avg_gpu_usage']:.1f}", "86.0")

    def test_unknown_run_and_pipeline_are_told(self):  # C11
        hub = LLMObservabilityHub()
        with self.assertRaisesRegex(centime.NotFound, "nowhere"):
            hub.get_training_summary("nowhere")
        with self.assertRaisesRegex(centime.NotFound, "nowhere"):
            hub.get_rag_pipeline_summary("nowhere")

    def test_rag_summary_is_of_all_queries(self):  # C12
        hub = LLMObservabilityHub()
        for number in range(1, 101):
            hub.collect_rag_pipeline_metrics(
                RAGPipelineMetrics("p", "q", float(number), 120.5, 165.7, 0.95, 5, 50, 150, time.time() + number)
            )
        summary = hub.get_rag_pipeline_summary("p")
        self.assertEqual((summary["total_queries"], summary["avg_retrieval_time_ms"]), (100, 50.5))
        self.assertEqual((summary["total_embedding_tokens"], summary["total_generation_tokens"]), (5000, 15000))

    def test_names_of_the_other_package(self):
        class Stage(Enum):
            PRE_TRAINING = "pre_training"

        hub = LLMObservabilityHub()
        hub.collect_llm_training_metrics(
            LLMTrainingMetrics("r", "m", train_loss=0.5, gpu_utilization=80.0, stage=Stage.PRE_TRAINING, gradient_norm=1.5, step=1)
        )
        row = self.store.query("llm_training", fields=["training_loss", "gpu_usage", "stage", "gradient_norm"]).rows
        self.assertEqual([list(one.values())[1:] for one in row], [[0.5, 80.0, "pre_training", 1.5]])


class CostTest(HubTest):
    def entry(self, cost, **more):
        members = {"timestamp": time.time() - 60, "provider": "aws", "service": "ec2", "resource_id": "i-1", "region": "us-west-2"}
        return CostEntry(**{**members, "cost_usd": cost, "tags": {"team": "ml"}, **more})

    def test_entries_are_amounts_and_count_each(self):  # C13, C14, C15
        costs = CostObservatory()
        for _ in range(3):
            costs.add_cost_entry(self.entry(0.1))
        costs.add_cost_entry(self.entry(-0.05, provider="gcp"))
        for _ in range(2):
            costs.add_cost_entry(self.entry(7, entry_id="e", timestamp=1780272000.0))
        summary = costs.get_cost_summary()
        self.assertEqual(summary["total_cost"], Decimal("0.25"))
        self.assertEqual(summary["by_provider"], {"aws": Decimal("0.3"), "gcp": Decimal("-0.05")})
        self.assertEqual(sum(summary["by_service"].values()), summary["total_cost"])
        self.assertEqual(summary["top_resources"], [{"resource_id": "i-1", "cost": Decimal("0.25")}])
        ever = costs.get_cost_summary(time_range_hours=24 * 365 * 100)
        self.assertEqual(ever["total_cost"], Decimal("7.25"))

    def test_an_empty_summary_has_all_keys(self):  # C16
        summary = CostObservatory().get_cost_summary()
        self.assertEqual(f"{summary['total_cost']:.2f}", "0.00")
        self.assertEqual((summary["by_provider"], summary["by_service"], summary["top_resources"][:5]), ({}, {}, []))

    def test_positional_order_is_the_documents(self):
        entry = CostEntry(1.5, "aws", "ec2", "i-1", 3.50, "us-west-2", {"team": "ml"})
        self.assertEqual((entry.provider, entry.service, entry.resource_id, entry.cost_usd), ("aws", "ec2", "i-1", 3.5))
        self.assertEqual((entry.region, entry.tags), ("us-west-2", {"team": "ml"}))
        budget = Budget("b", "name", 50000.0, "monthly", {"provider": "aws"}, 0.8)
        self.assertEqual((budget.amount_usd, budget.period, budget.alert_threshold), (50000.0, "monthly", 0.8))

    def test_names_of_the_other_package(self):
        costs = CostObservatory()
        costs.add_cost_entry(CostEntry(entry_id="1", timestamp=time.time(), resource_id="i", category="compute", amount=2.5))
        self.assertEqual(costs.get_cost_summary()["by_tag"], {"category": {"compute": Decimal("2.5")}})
        costs.create_budget(Budget("b", "n", total_amount=10))
        self.assertEqual(costs.get_budget_status()["b"]["amount"], 10)
        with self.assertRaisesRegex(TypeError, "say alert_threshold, one"):
            Budget("b", "n", 10, alert_thresholds=[0.5])
        with self.assertRaisesRegex(TypeError, "cost_usd is required"):
            costs.add_cost_entry(CostEntry(time.time()))

    def test_budgets(self):  # C17 to C22
        stay_in_one_month()
        costs = CostObservatory()
        costs.add_cost_entry(self.entry(30.0, timestamp=time.time()))
        costs.add_cost_entry(self.entry(5.0, timestamp=time.time(), tags={}))  # without the tag: not in the scope
        costs.add_cost_entry(self.entry(5.0, timestamp=time.time(), provider="gcp"))
        for budget_id, amount in (("ok", 100), ("exactly", 30), ("warning", 37.5), ("exceeded", 29.99)):
            scope = {"provider": "aws", "tags": {"team": "ml"}}
            costs.create_budget(Budget(budget_id=budget_id, name=budget_id, amount_usd=amount, scope=scope))
        status = costs.get_budget_status()
        words = {budget_id: info["status"] for budget_id, info in status.items()}
        self.assertEqual(words, {"ok": "ok", "exactly": "warning", "warning": "warning", "exceeded": "exceeded"})
        self.assertEqual((status["ok"]["spent"], status["ok"]["remaining"], status["ok"]["percentage_used"]), (30, 70, 30))
        for amount in (0, -1):
            with self.assertRaises(ValueError):
                costs.create_budget(Budget("b", "b", amount))
        with self.assertRaisesRegex(TypeError, "amount_usd is required"):
            costs.create_budget(Budget("b"))


class SharedStoreTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="centime-openfinops-")
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        (self.folder / "program.py").write_text(
            "import sys, time\n"
            "from openfinops.observability import ObservabilityHub\n"
            "from openfinops.observability.cost_observatory import CostEntry, CostObservatory\n"
            "import openfinops.observability.llm_observability\n"
            "ObservabilityHub()\n"
            "CostObservatory().add_cost_entry(CostEntry(time.time(), 'aws', cost_usd=0.1))\n"
            "print(sys.argv, CostObservatory().get_cost_summary()['total_cost'], __name__)\n"
        )

    def run_module(self, *arguments, **variables):
        environment = {name: value for name, value in os.environ.items() if name not in ("CENTIME_STORE", "CENTIME_URL")}
        environment |= {"PYTHONPATH": str(ROOT / "api" / "python"), **variables}
        command = [sys.executable, "-m", "centime.compat.openfinops", *arguments]
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)

    def test_a_program_runs_as_it_is_and_costs_outlive_it(self):
        first = self.run_module("--store", "store", "program.py", "--an-option", "x")
        self.assertEqual((first.stderr, first.stdout), ("", "['program.py', '--an-option', 'x'] 0.10 __main__\n"))
        second = self.run_module("program.py", CENTIME_STORE="store")
        self.assertEqual((second.stderr, second.stdout), ("", "['program.py'] 0.20 __main__\n"))

    @unittest.skipUnless(IS_SERVER, "of a server")
    def test_a_program_runs_over_a_server(self):
        told = self.run_module("program.py", CENTIME_URL=server().url)
        self.assertEqual((told.stderr, told.stdout), ("", "['program.py'] 0.10 __main__\n"))

    def test_no_store_and_two_stores_are_told(self):
        self.assertIn("set CENTIME_STORE to a folder or CENTIME_URL to a server", self.run_module("program.py").stderr)
        both = self.run_module("program.py", CENTIME_STORE="store", CENTIME_URL="http://127.0.0.1:1")
        self.assertIn("CENTIME_URL and CENTIME_STORE are both set", both.stderr)

    def test_an_installed_openfinops_is_not_shadowed_unasked(self):
        package = self.folder / "openfinops"
        package.mkdir()
        (package / "__init__.py").write_text("")
        path = os.pathsep.join([str(ROOT / "api" / "python"), str(self.folder)])
        refused = self.run_module("--store", "store", "program.py", PYTHONPATH=path)
        self.assertIn("an openfinops is installed; centime does not take its place unasked", refused.stderr)
        allowed = self.run_module("--shadow", "--store", "store", "program.py", PYTHONPATH=path)
        self.assertEqual(allowed.stdout, "['program.py'] 0.10 __main__\n")

    def test_hubs_of_many_threads_share_one_store(self):
        openfinops.install(store=self.folder / "threads")
        self.addCleanup(openfinops.uninstall)
        seen = []
        threads = [threading.Thread(target=lambda: seen.append(CostObservatory().store)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(seen), 8)
        self.assertEqual(len(set(map(id, seen))), 1)
        seen[0].close()

    def test_uninstall_takes_it_away(self):
        openfinops.install(store=self.folder / "gone")
        hub = importlib.import_module("openfinops.observability")
        self.assertIs(hub.ObservabilityHub, ObservabilityHub)
        openfinops.uninstall()
        with self.assertRaises(ImportError):
            importlib.import_module("openfinops.observability")


if __name__ == "__main__":
    unittest.main()
