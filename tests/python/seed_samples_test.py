#!/usr/bin/env python3
"""The Python samples of OpenFinOps' documented interface, as written, in order, in one namespace, against one store: what each
prints and leaves behind.

Against a folder, or where CENTIME_TEST_STORE is "server" against a running server. The document (reference/seed-api.md of the
data that is not part of the project) says what the samples are; what they should print is written down here. The AWS agent, whose
module is not part of the document either, is a stand-in with made-up instances in place of calls to the cloud: it posts what such
an agent posts, two cycles of it."""

import contextlib
import io
import json
import os
import re
import sys
import time
import types
import unittest
import urllib.request
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from unittest import mock

from store_case import IS_SERVER, StoreTest, server, stay_in_one_month
import centime
from centime.compat import openfinops

SKIPPED = 77
SAMPLES = 19
CYCLE_S = 300

HEALTH = """gpu-cluster-1:
  Status: healthy
  Total Nodes: 3
  Healthy Nodes: 1
  Avg CPU: 75.5%
  Avg GPU: 92.3%
"""
TRAINING = """Model: gpt-custom-7b
Total Steps: 1
Current Loss: 0.2450
Best Loss: 0.2450
GPU Utilization: 0.0%
"""
RAG = "Total Queries: 1\nAvg Retrieval Time: 45.20ms\nAvg Relevance: 0.95\n"
COSTS = """Total Cost: $3.50
By Provider:
  aws: $3.50
By Service:
  ec2: $3.50
Top Resources:
  i-1234567890abcdef0: $3.50
"""
BUDGETS = """AI/ML Monthly Budget:
  Budget: $50000.00
  Spent: $3.50
  Remaining: $49996.50
  Percentage: 0.0%
  Status: ok
"""


DOCUMENT = Path(os.environ.get("CENTIME_SHARED_DATA", ""), "reference", "seed-api.md")


def samples():
    """Text of each ```python block of the document."""
    return re.findall(r"^```python\n(.*?)^```", DOCUMENT.read_text(), flags=re.S | re.M)


class StopAgent(BaseException):
    """Ends the agent's endless loop."""


class Agent:
    """What AWSTelemetryAgent does with its server: registers, then reports each interval. `port` takes the place of 8080; the
    second report says that it is an interval later than the first."""

    port = None
    reports = 0
    INSTANCES = [("i-0a", "p4d.24xlarge", 12.0), ("i-0b", "g5.48xlarge", 6.0)]  # dollars an hour

    def __init__(self, openfinops_endpoint, aws_region="us-west-2"):
        self.endpoint = openfinops_endpoint.rstrip("/")
        self.region = aws_region
        self.agent_id = "aws-agent-test-00000000"
        self.started = time.time() - CYCLE_S - 60

    def post(self, path, body):
        """True for an answer of 200, as the agents take it."""
        endpoint = self.endpoint.replace("localhost:8080", f"127.0.0.1:{Agent.port}")
        request = urllib.request.Request(endpoint + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status == 200
        except OSError:
            return False

    def about(self):
        return {"agent_id": self.agent_id, "hostname": "test", "cloud_provider": "aws", "region": self.region}

    def register_agent(self):
        services = {"services": ["ec2", "eks", "lambda", "rds", "s3"], "collection_interval": CYCLE_S, "cost_tracking": True}
        return self.post(
            "/api/v1/agents/register", {**self.about(), "agent_type": "aws_telemetry", "agent_version": "1.0.0", "config": services}
        )

    def report(self, at):
        instances = [
            {
                "instance_id": name,
                "instance_type": kind,
                "state": "running",
                "availability_zone": f"{self.region}a",
                "cpu_usage": 75.5,
                "hourly_cost": hourly,
                "tags": {"team": "ml-research"},
                "launch_time": "2025-09-01T08:30:00+00:00",
                "private_ip": "10.0.1.19",
                "public_ip": None,
            }
            for name, kind, hourly in self.INSTANCES
        ]
        hourly = sum(instance["hourly_cost"] for instance in instances)
        collected = datetime.fromtimestamp(at, timezone.utc).replace(tzinfo=None).isoformat()
        services = {"ec2": {"service": "ec2", "instances": instances, "total_instances": 2, "total_hourly_cost": hourly}}
        services["ec2"]["collection_time"] = collected
        services |= {name: {"service": name, "error": "Unable to locate credentials"} for name in ("eks", "lambda", "rds", "s3")}
        summary = {"total_hourly_cost": hourly, "daily_cost_estimate": hourly * 24, "monthly_cost_estimate": hourly * 720}
        return {**self.about(), "timestamp": at, "uptime_seconds": at - self.started, "services": services, "summary": summary}

    def run_continuous(self, interval_seconds):
        assert self.register_agent()
        for cycle in range(2):
            assert self.post("/api/v1/telemetry/ingest", self.report(self.started + cycle * interval_seconds))
            Agent.reports += 1
        raise StopAgent


class SeedSamples:
    """The run, whatever the store is."""

    def run_samples(self, expected):
        """Runs all; expected: what each prints, by its number from 1, "" where nothing is said."""
        stay_in_one_month()
        blocks = samples()
        self.assertEqual(len(blocks), SAMPLES)
        agents = types.ModuleType("agents")
        module = types.ModuleType("agents.aws_telemetry_agent")
        module.AWSTelemetryAgent = Agent
        namespace = {"time": time, "__name__": "seed"}  # five samples use time and do not import it
        modules = {"agents": agents, "agents.aws_telemetry_agent": module}
        with mock.patch.dict(sys.modules, modules):
            for number, block in enumerate(blocks, 1):
                printed = io.StringIO()
                with self.subTest(sample=number), contextlib.redirect_stdout(printed):
                    with contextlib.suppress(StopAgent):
                        exec(compile(block, f"sample {number}", "exec"), namespace)
                wanted = expected(number) if callable(expected) else expected.get(number, "")
                self.assertEqual(printed.getvalue(), wanted, f"sample {number}")
        return namespace

    def check_rows(self, ask):
        """What the samples left behind, by plain questions."""
        service = "request_count success_rate avg_response_time status".split()
        self.assertEqual(ask("service", fields=service), [[1000, 99.5, 45.2, "running"]])
        losses = "training_loss validation_loss learning_rate epoch step".split()
        self.assertEqual(ask("llm_training", fields=losses), [[0.245, 0.289, 0.0001, 5, 1000]])
        loads = "gpu_memory_mb batch_size throughput_samples_per_sec".split()
        self.assertEqual(ask("llm_training", fields=loads), [[42000.0, 32, 128.5]])
        times = "retrieval_time_ms generation_time_ms total_time_ms relevance_score".split()
        self.assertEqual(ask("rag", fields=times), [[45.2, 120.5, 165.7, 0.95]])
        self.assertEqual(ask("rag", fields="num_retrieved_docs embedding_tokens generation_tokens".split()), [[5, 50, 150]])
        manual = ask("system", fields=["cpu_usage", "gpu_usage"], where={"cluster": "on-prem-cluster", "node": "server-001"})
        self.assertEqual(manual, [[75.5, 92.3]])
        tags = {"resource_id": "i-1234567890abcdef0", "tag.team": "ml-research", "region": "us-west-2"}
        charge = ask("cost", fields=["cost_usd"], where=tags)
        self.assertEqual(charge, [[Decimal("3.50")]])


def values(result):
    return [list(row.values())[1:] for row in result]


@unittest.skipIf(IS_SERVER, "of a folder")
class EmbeddedSeedTest(StoreTest, SeedSamples):
    def test_samples_print_what_they_should(self):
        openfinops.install(store=self.store)
        self.addCleanup(openfinops.uninstall)
        Agent.port = 1  # no server: the sample says so
        namespace = self.run_samples(
            {
                6: HEALTH,
                10: TRAINING,
                11: RAG,
                15: COSTS,
                16: BUDGETS,
                17: "\u2717 Agent registration failed\n",
                18: "gpu-cluster-1: healthy\nTotal 24h cost: $3.50\n",
            }
        )
        self.check_rows(lambda table, **question: values(self.store.query(table, **question)))
        self.assertEqual(self.store.clusters()[0]["nodes"], ["node-1", "node-2", "node-3"])
        self.assertEqual(self.store.services()[0]["dependencies"], ["database", "cache"])
        self.assertEqual(namespace["status"]["monthly-ai-budget"]["spent"], Decimal("3.50"))
        self.assertEqual(set(self.store.cluster_health()), {"gpu-cluster-1", "on-prem-cluster"})


@unittest.skipUnless(IS_SERVER, "of a server")
class ServerSeedTest(unittest.TestCase, SeedSamples):
    def test_samples_print_what_they_should(self):
        """The agent's second report is 300 s after its first: 12 $/h and 6 $/h are 1.00 and 0.50, beside the sample's 3.50."""
        store = centime.connect(server().url)
        self.addCleanup(store.close)
        openfinops.install(store=server().url)
        self.addCleanup(openfinops.uninstall)
        Agent.port, Agent.reports = server().port, 0
        self.run_samples(
            {
                6: HEALTH,
                10: TRAINING,
                11: RAG,
                15: COSTS,
                16: BUDGETS,
                17: "\u2713 Agent registered\n",
                18: "gpu-cluster-1: healthy\nTotal 24h cost: $5.00\n",
            }
        )
        self.assertEqual(Agent.reports, 2)
        self.check_rows(lambda table, **question: values(store.query(table, **question)))
        costs = {one["resource_id"]: one["cost"] for one in store.cost_summary()["top_resources"]}
        self.assertEqual(set(costs), {"i-1234567890abcdef0", "i-0a", "i-0b"})
        for name, cost in (("i-1234567890abcdef0", "3.50"), ("i-0a", "1.00"), ("i-0b", "0.50")):
            self.assertLessEqual(abs(costs[name] - Decimal(cost)), Decimal("1e-11"), name)
        self.assertEqual(store.budget_status("monthly-ai-budget")["monthly-ai-budget"]["status"], "ok")


if __name__ == "__main__":
    if not DOCUMENT.exists():
        print(f"skipped: no {DOCUMENT}")
        sys.exit(SKIPPED)
    unittest.main()
