#!/usr/bin/env python3
"""Agents of OpenFinOps over real connections: bodies that unmodified agents sent (CENTIME_SHARED_DATA/data/agents) and bodies of
our own making for the kinds that were not captured (agents/*.json); every row that they become; and random histories, in
any order and with repeats, against a model in exact arithmetic."""

import json
import os
import random
import sys
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from centime_server import SANITIZED, Server, equal, run_tests

OURS = Path(__file__).parent / "agents"
CAPTURED = Path(os.environ.get("CENTIME_SHARED_DATA", "/nonexistent")) / "data" / "agents"
SUCCESS = {"message": "Telemetry data received", "status": "success"}


def send(server, body, path="/api/v1/telemetry/ingest"):
    """As `requests` sends it: a connection of its own, JSON with a length."""
    headers = {"Content-Type": "application/json", "User-Agent": "python-requests/2.28.1", "Accept": "*/*"}
    status, _, answer = server.post(path, body, headers=headers)
    equal(status, 200, f"status: {answer[:200]!r}")
    return json.loads(answer)


def rows(server, table, leaves_out=()):
    """Rows as dicts, without what they do not have; numbers that are money or may be long are Decimal."""
    question = urllib.parse.urlencode({"db": "default", "q": f'SELECT * FROM "{table}"'})
    answer = server.json("GET", "/query?" + question)
    for series in answer["results"][0].get("series", []):
        for values in series["values"]:
            row = dict(zip(series["columns"], values))
            yield {name: value for name, value in row.items() if value not in (None, "") and name not in leaves_out}


def find(server, table, leaves_out=()):
    return sorted(rows(server, table, leaves_out), key=lambda row: json.dumps(row, sort_keys=True, default=str))


def agrees(server, table, expected, leaves_out=()):
    found = find(server, table, leaves_out)
    expected = sorted(expected, key=lambda row: json.dumps(row, sort_keys=True, default=str))
    for one, other in zip(found, expected):
        equal(one, other, table)
    equal(len(found), len(expected), f"rows of {table}")


def resource(time, provider, service, kind, name, **more):
    return {"time": time, "provider": provider, "service": service, "kind": kind, "resource_id": name, **more}


# -- Captured bodies -----------------------------------------------------------------------------------------------------

AWS_TIME = "2026-11-23T09:56:12.301225Z"
LAUNCHED = 1756715400000000000


def aws(service, kind, name, **more):
    return resource(AWS_TIME, "aws", service, kind, name, region="us-west-2", interval_s=300, **more)


def machine(name, cost, cpu, **tags):
    named = {f"tag.{key}": value for key, value in tags.items()}
    return aws("ec2", "instance", name, hourly_cost=Decimal(cost), is_charged=True, start_ns=LAUNCHED, state="running",
               cpu_usage=cpu, **named)  # fmt: skip


def group(name, cost):
    return aws("eks", "nodegroup", f"gpu-cluster-1/{name}", cluster="gpu-cluster-1", hourly_cost=Decimal(cost), is_charged=True,
               state="ACTIVE", node_count=3, node_count_max=6, node_count_min=1)  # fmt: skip


AWS_ROWS = [
    machine("i-1234567890abcdef0", "0.384", Decimal("75.5"), team="ml-research", project="llm-training", Name="trainer-1"),
    machine("i-0fedcba9876543210", "0.17", Decimal("12.25"), team="platform", env="prod"),
    machine("i-0aaaabbbbccccdddd", "0.1", 91),
    aws("eks", "cluster", "gpu-cluster-1", cluster="gpu-cluster-1", state="ACTIVE"),
    group("cpu-pool", "0.5760000000000001"),
    group("gpu-pool", "0.30000000000000004"),
    aws("lambda", "function", "ingest-embeddings", hourly_cost=Decimal("0.40572992812500003"), is_charged=True,
        invocations_last_hour=125000, avg_duration_ms=Decimal("182.75"), memory_mb=1024, code_size_bytes=1048576),
    aws("rds", "database", "prod-pg", hourly_cost=Decimal("0.192"), is_charged=True, state="available",
        cpu_usage=Decimal("33.1"), connections=47, storage_gb=500),
    aws("s3", "bucket", "training-data", monthly_cost=Decimal("117.81"), is_charged=True, size_bytes=5500000000000,
        object_count=120345),
]  # fmt: skip


def databricks(time, service, kind, name, **more):
    return resource(time, "databricks", service, kind, name, account="my-workspace", interval_s=300, is_charged=True, **more)


DATABRICKS_TIME = "2026-11-23T09:56:14.98869Z"
DATABRICKS_ROWS = [
    databricks(DATABRICKS_TIME, "databricks_clusters", "cluster", "0923-164208-meows279", cluster="shared-autoscaling",
               cumulative_cost=Decimal("6.0"), uptime_hours=2, state="RUNNING", node_count=4),
    databricks("2026-11-23T09:26:14.943735Z", "databricks_jobs", "job", "11223344", run_cost=Decimal("5.4"), state="TERMINATED",
               start_ns=1795422374943735000, runtime_seconds=3600),
    databricks(DATABRICKS_TIME, "databricks_sql", "warehouse", "7f2629a529869126", hourly_cost=Decimal("1.1"), state="RUNNING",
               node_count_min=1, node_count_max=2),
]  # fmt: skip


def report(agent, time, provider, kind_of_more=None, **more):
    return {"time": time, "agent_id": agent, "provider": provider, "events": 0, "warnings": 0, "sections_failed": 0,
            **(kind_of_more or {}), **more}  # fmt: skip


VOLATILE = ("body", "body_bytes", "uptime_s")
CAPTURES = {
    "aws": {
        "resource": AWS_ROWS,
        "agent_report": [report("aws-agent-vm-d12816af", AWS_TIME, "aws", hostname="vm", region="us-west-2", interval_s=300,
                                sections=5, resources=9)],
    },
    "aws_nocreds": {
        "agent_report": [report("aws-agent-vm-9bbe1ac6", "2026-11-23T10:01:50.737253Z", "aws", hostname="vm",
                                region="us-west-2", interval_s=300, sections=5, sections_failed=5, resources=0)],
    },
    "databricks": {
        "resource": DATABRICKS_ROWS,
        "cost": [{"time": "2026-11-23T09:26:14.943735Z", "provider": "databricks", "service": "databricks_jobs",
                  "account": "my-workspace", "resource_id": "11223344", "source": "agent", "cost_usd": Decimal("5.4"),
                  "charge_start": 1795422374943735000, "charge_end": 1795425974943735000, "entry_id": "455644833"}],
        "agent_report": [report("databricks-my-workspace-1795427774", DATABRICKS_TIME, "databricks", account="my-workspace",
                                interval_s=300, sections=3, resources=3)],
    },
    "generic": {
        "system": [{"time": "2026-11-23T09:56:13.4644825Z", "cluster": "on-premise", "node": "vm", "cpu_usage": Decimal("0.5"),
                    "memory_usage": Decimal("1.9"), "disk_usage": Decimal("12.349993802705859")}],
        "agent_report": [report("generic-telemetry-vm-1795427772", "2026-11-23T09:56:13.4644825Z", "generic", hostname="vm",
                                account="on-premise", interval_s=60, sections=1, resources=0)],
    },
    "generic_full": {
        "system": [{"time": "2026-11-23T11:04:50.3109128Z", "cluster": "on-premise", "node": "server-001",
                    "cpu_usage": Decimal("0.5"), "memory_usage": Decimal("1.7"), "disk_usage": Decimal("12.426888090402405"),
                    "gpu_usage": Decimal("92.3")}],
        "agent_report": [report("generic-telemetry-vm-1795431889", "2026-11-23T11:04:50.3109128Z", "generic",
                                hostname="server-001", account="on-premise", interval_s=60, sections=4, events=1, resources=0)],
    },
}  # fmt: skip


def check(server, tables):
    for table in ("resource", "cost", "system", "agent_report"):
        agrees(server, table, tables.get(table, []), VOLATILE)


def captured_bodies_become_their_rows():
    """Registered as the agent does it, reported twice; then as agents whose registration was lost."""
    for name, tables in CAPTURES.items():
        with Server() as server:
            registration = CAPTURED / f"{name}-register.json"
            if registration.exists():
                answer = send(server, registration.read_bytes(), "/api/v1/agents/register")
                equal(answer, {"message": "Agent registered", "status": "success"}, name)
            body = (CAPTURED / f"{name}-ingest.json").read_bytes()
            for _ in range(2):
                equal(send(server, body), SUCCESS, name)
                check(server, tables)
            listed = server.json("GET", "/api/v1/agents?end=" + tables["agent_report"][0]["time"])["agents"]
            equal([agent["agent_id"] for agent in listed], [tables["agent_report"][0]["agent_id"]], "agents")
            equal({"hostname", "cloud_provider", "region", "last_heartbeat", "status", "config", "registered_at"} - set(listed[0]),
                  set(), "keys that the reference server has")  # fmt: skip


def the_seeds_agent_registers_twice():
    with Server() as server:
        for part in ("register", "register-2", "ingest"):
            path = "/api/v1/telemetry/ingest" if part == "ingest" else "/api/v1/agents/register"
            equal(send(server, (CAPTURED / f"aws_seed-{part}.json").read_bytes(), path)["status"], "success", part)
        (agent,) = server.json("GET", "/api/v1/agents")["agents"]
        equal(agent["config"], {"services": ["ec2", "eks", "lambda", "rds", "s3"], "collection_interval": 300,
                                "cost_tracking": True}, "config")  # fmt: skip
        equal(sum(1 for _ in rows(server, "resource")), 9, "resources")


# -- Bodies of our own making --------------------------------------------------------------------------------------------


def azure(service, kind, name, **more):
    return resource("2026-11-23T09:56:14.75Z", "azure", service, kind, name, account="sub-1", interval_s=60, **more)


def gcp(service, kind, name, **more):
    row = resource("2026-11-23T09:56:14.25Z", "gcp", service, kind, name, account="my-project", interval_s=60, **more)
    return {"region": "us-central1", **row}


def snowflake(service, kind, name, **more):
    return resource("2026-11-23T09:56:14.5Z", "snowflake", service, kind, name, account="xy12345.us-east-1", interval_s=300,
                    is_charged=True, **more)  # fmt: skip


def saas(service, kind, name, **more):
    return resource("2026-11-23T09:56:14.125Z", "saas", service, kind, name, interval_s=3600, is_charged=True, **more)


MADE = {
    "azure": {
        "resource": [
            azure("virtual_machines", "instance",
                  "/subscriptions/sub-1/resourceGroups/ml/providers/Microsoft.Compute/virtualMachines/gpu-1",
                  region="westeurope", state="running", storage_gb=128, **{"tag.team": "ml", "tag.cost-center": "42"}),
            azure("aks", "cluster", "aks-1", region="westeurope", cluster="aks-1", state="Running", node_count=3),
            azure("sql_databases", "database", "sql-1/orders", region="northeurope", state="Online",
                  size_bytes_max=268435456000),
            azure("storage", "storage_account", "mldata", region="westeurope", state="Succeeded"),
        ],
        "agent_report": [report("azure-telemetry-sub-1-1795427774", "2026-11-23T09:56:14.75Z", "azure", account="sub-1",
                                interval_s=60, sections=5, sections_failed=1, resources=4)],
    },
    "gcp": {
        "resource": [
            gcp("compute_engine", "instance", "18446744073709551615", state="RUNNING", cpu_usage=Decimal("37.5"),
                **{"tag.network_tags": "http-server,gpu"}),
            gcp("gke", "cluster", "gke-1", cluster="gke-1", state="RUNNING", node_count=4),
            gcp("cloud_functions", "function", "ingest", state="ACTIVE", invocations_last_hour=1250, memory_mb=256),
            gcp("cloud_storage", "bucket", "models", region="US", size_bytes=9007199254740992, object_count=12),
        ],
        "agent_report": [report("gcp-telemetry-my-project-1795427774", "2026-11-23T09:56:14.25Z", "gcp", account="my-project",
                                region="us-central1", interval_s=60, sections=5, sections_failed=1, resources=4, events=1)],
    },
    "snowflake": {
        "resource": [
            snowflake("snowflake_compute", "warehouse", "COMPUTE_WH", rolling_24h_cost=Decimal("37.04"),
                      credits_24h=Decimal("12.3456"), compute_credits_24h=12, cloud_service_credits_24h=Decimal("0.3456"),
                      active_hours_24h=7),
            snowflake("snowflake_storage", "database", "PROD", monthly_cost=Decimal("60.0"), storage_tb=Decimal("1.5"),
                      failsafe_tb=Decimal("0.25")),
        ],
        "agent_report": [report("snowflake-xy12345.us-east-1-1795427774", "2026-11-23T09:56:14.5Z", "snowflake",
                                account="xy12345.us-east-1", interval_s=300, sections=2, resources=2)],
    },
    "saas": {
        "resource": [
            saas("mongodb_atlas", "cluster", "prod", region="EU_WEST_1", cluster="prod", state="IDLE",
                 hourly_cost=Decimal("1.62"), shard_count=1, replica_count=3),
            saas("redis_cloud", "subscription", "1234567", region="eu-west-1", state="active", monthly_cost=Decimal("88.0"),
                 database_count=2),
            saas("github_actions", "subscription", "github_actions", monthly_cost=Decimal("16.0"), minutes_used=5000,
                 minutes_included=3000, minutes_billable=2000),
        ],
        "agent_report": [report("saas-services-1795427774", "2026-11-23T09:56:14.125Z", "saas", interval_s=3600, sections=4,
                                sections_failed=1, resources=3)],
    },
}  # fmt: skip


def other_kinds_become_their_rows():
    for name, tables in MADE.items():
        with Server() as server:
            body = (OURS / f"{name}-ingest.json").read_bytes()
            for _ in range(2):
                equal(send(server, body), SUCCESS, name)
                check(server, tables)


def shifted(body, seconds):
    """The same report, later."""
    text = json.loads(body, parse_float=Decimal)
    text["timestamp"] += Decimal(seconds)
    return json.dumps(text, default=float).encode()


def an_hour_of_every_kind_costs_what_an_hour_costs():
    """Every amount of the bodies is a number of hours' worth of 12 digits or less, or cut there."""
    hourly = {
        "snowflake": Fraction("37.04") / 24 + Fraction(60) / 720,
        "saas": Fraction("1.62") + Fraction(88 + 16) / 720,
        "azure": 0,
        "gcp": 0,
    }
    with Server() as server:
        for name in hourly:
            body = (OURS / f"{name}-ingest.json").read_bytes()
            step = 3600 if name == "saas" else 300
            for at in range(0, 3601, step):
                equal(send(server, shifted(body, at)), SUCCESS, name)
        charges = list(rows(server, "cost"))
        for name, expected in hourly.items():
            total = sum(Fraction(charge["cost_usd"]) for charge in charges if charge["provider"] == name)
            equal(abs(total - expected) < Fraction(1, 10**11), True, f"{name}: {float(total)}, expected {float(expected)}")


# -- Any history ---------------------------------------------------------------------------------------------------------

CAP = 600  # two intervals of 300 s


def cut(rate, seconds):
    """What a rate per hour came to since 1970, cut after 12 digits."""
    return int(Fraction(rate) * seconds / 3600 * 10**12)


def model(reports):
    """Charges in units of 10^-12, by (resource, time): of reports {time: {resource: (form, amount, is_running, uptime)}}."""
    total = 0
    before = {}
    for time in sorted(reports):
        for name, (form, amount, runs, uptime) in reports[time].items():
            last = before.get(name)
            before[name] = (time, amount, uptime)
            if form == "counter":
                if last is None:
                    total += int(amount * 10**12) if uptime * 3600 <= CAP else 0
                elif uptime < last[2] or time - uptime * 3600 > last[0] + 60:
                    total += int(amount * 10**12)
                else:
                    total += max(0, int((amount - last[1]) * 10**12))
            elif last is not None and runs:
                rate = amount / 720 if form == "month" else amount
                total += cut(rate, time) - cut(rate, max(last[0], time - CAP))
    return total


def random_history(seed):
    generator = random.Random(seed)
    time, uptime, spent = 1795427700, Fraction(5), Fraction(10)
    reports = {}
    for _ in range(30):
        step = generator.choice((300, 300, 300, 301, 900, 4000, 90000))
        time += step
        uptime, spent = uptime + Fraction(step, 3600), spent + Fraction(generator.randrange(1000), 1000)
        if generator.random() < 0.15:
            uptime, spent = Fraction(generator.randrange(1, 60), 1200), Fraction(generator.randrange(100), 100)
        uptime = Fraction(round(uptime * 100), 100)
        reports[time] = {
            "i-1": ("hour", Fraction(generator.randrange(1, 9999), 10000), generator.random() < 0.8, None),
            "b": ("month", Fraction(generator.randrange(1, 90000), 100), True, None),
            "c": ("counter", spent, True, uptime),
        }
    return reports


def number(fraction):
    return f"{float(fraction):.10f}".rstrip("0").rstrip(".")


def bodies_of(time, resources):
    amount, runs = resources["i-1"][1], resources["i-1"][2]
    yield (
        f'{{"agent_id":"a","timestamp":{time}.0,"region":"r","services":{{"ec2":{{"instances":[{{"instance_id":"i-1",'
        f'"state":"{"running" if runs else "stopped"}","hourly_cost":{number(amount)},"tags":{{"at":"{time % 7}"}}}}]}},'
        f'"s3":{{"buckets":[{{"bucket_name":"b","monthly_cost":{number(resources["b"][1])}}}]}}}}}}'
    ).encode()
    yield (
        f'{{"agent_id":"d","timestamp":{time},"metrics":{{"workspace_name":"w","metrics":{{"clusters":{{"clusters":[{{'
        f'"cluster_id":"c","uptime_hours":{number(resources["c"][3])},"estimated_cost_usd":{number(resources["c"][1])}}}]}}}}}}}}'
    ).encode()


def any_order_and_repeats_cost_the_same():
    for seed in range(3 if SANITIZED else 10):
        reports = random_history(seed)
        bodies = [body for time in reports for body in bodies_of(time, reports[time])]
        generator = random.Random(seed)
        generator.shuffle(bodies)
        bodies += generator.sample(bodies, 10)
        with Server("--durability", "none") as server:
            for part in (bodies[: len(bodies) // 2], bodies[len(bodies) // 2 :]):
                with ThreadPoolExecutor(4) as senders:  # at once, and so in no order at all
                    for answer in senders.map(lambda body: send(server, body), part):
                        equal(answer, SUCCESS, "answer")
                server.stop()  # nothing of it is in memory only
                server.start()
            found = sum(Fraction(row["cost_usd"]) for row in rows(server, "cost"))
            equal(found, Fraction(model(reports), 10**12), f"seed {seed}")


ODD = [
    None, True, 0, -1, 1.5e300, Decimal("0.1234567890123456789012345678901234567890"), 2**64, "", "x" * 70000, "a\\", "\x01",
    "\u20ac,=  ", [], {}, [[]], {"error": "x"}, [{"a": 1}] * 3, {"": ""}, 1e-320, "NaN", "1.5", "2026-13-01",
]  # fmt: skip


def places(value, path=()):
    """Paths to all that is in a value."""
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*path, key))


def replaced(body, path, odd):
    value = json.loads(json.dumps(body))
    at = value
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = odd
    return json.dumps(value, default=float).encode()


def whatever_stands_anywhere_is_answered():
    """Each value of each body replaced by something odd: taken with a warning or refused, and the next good report is taken."""
    generator = random.Random(1)
    with Server("--durability", "none") as server:
        for name in MADE:
            body = json.loads((OURS / f"{name}-ingest.json").read_bytes())
            everywhere = [path for path in places(body) if path]
            for path in generator.sample(everywhere, min(len(everywhere), 20 if SANITIZED else 80)):
                odd = generator.choice(ODD)
                status, _, answer = server.post("/api/v1/telemetry/ingest", replaced(body, path, odd))
                wanted = (400, 422) if path == ("agent_id",) and not (isinstance(odd, str) and 0 < len(odd) <= 1024) else (200,)
                equal(status in wanted, True, f"{name} {path} {str(odd)[:40]}: {status} {answer[:300]!r}")
                equal(send(server, json.dumps(body).encode()), SUCCESS, f"after {path}")


def many_resources_are_taken_in_time():
    """10,000 machines in one report: 3 MB."""
    machines = [
        {"instance_id": f"i-{number:017x}", "instance_type": "m5.2xlarge", "state": "running", "availability_zone": "us-west-2a",
         "cpu_usage": number % 100, "hourly_cost": 0.384, "tags": {"team": f"team-{number % 40}", "Name": f"node-{number}"},
         "launch_time": "2025-09-01T08:30:00+00:00", "private_ip": "10.0.1.19", "public_ip": None}
        for number in range(1000 if SANITIZED else 10000)
    ]  # fmt: skip
    with Server() as server:
        for at in (0, 300, 600):
            body = {"agent_id": "a", "timestamp": 1795427700 + at, "region": "us-west-2", "services": {"ec2": {"instances": machines}}}
            equal(send(server, json.dumps(body).encode()), SUCCESS, "answer")
        total = server.json("GET", "/query?" + urllib.parse.urlencode({"db": "default", "q": "SELECT sum(cost_usd) FROM cost"}))
        equal(total["results"][0]["series"][0]["values"][0][1], Decimal("0.064") * len(machines), "total")


def main():
    tests = [
        other_kinds_become_their_rows,
        an_hour_of_every_kind_costs_what_an_hour_costs,
        any_order_and_repeats_cost_the_same,
        whatever_stands_anywhere_is_answered,
        many_resources_are_taken_in_time,
    ]
    if CAPTURED.is_dir():
        tests += [captured_bodies_become_their_rows, the_seeds_agent_registers_twice]
    else:
        print(f"skipped: bodies that agents sent, as {CAPTURED} is not there")
    return run_tests(*tests)


if __name__ == "__main__":
    sys.exit(main())
