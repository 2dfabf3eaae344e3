#!/usr/bin/env python3
"""The description at /api/v1/openapi.json says what the server does: every path, method and status that it names is asked
for here, and what comes back has the type and the shape that it says. Statuses of `default` (no token, too large,
overload) have tests of their own."""

import json
import sys
from decimal import Decimal

from centime_server import Failed, Server, equal, run_tests
from json_schema import Schemas

DAY = "2026-06-01T00:00:00Z"
LINE = "cost,source=cur,provider=aws cost_usd=3.50 1780272000000000000"
COST = {"timestamp": DAY, "provider": "aws", "service": "ec2", "resource_id": "i-1", "cost_usd": 3.5, "tags": {"team": "ml"}}
STEP = {"run_id": "run", "model_name": "m", "epoch": 1, "step": 1, "training_loss": 0.5, "timestamp": DAY}
QUERY = {"table": "cost", "aggregates": ["sum(cost_usd)"], "group_by": ["provider"]}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
AGENT = {"agent_id": "a-1", "hostname": "h", "cloud_provider": "aws"}
ROW = "application/x-protobuf"


def asked(path, status, method="GET", body=None, url=None, headers=None):
    """path as the description has it; url: what is asked in fact. A body that is no text is sent as JSON."""
    if body is not None and not isinstance(body, (str, bytes)):
        body, headers = json.dumps(body), {"Content-Type": "application/json", **(headers or {})}
    return path, status, method, body, url or path, headers or {}


def post(path, status, body, url=None, headers=None):
    return asked(path, status, "POST", body, url, headers)


REPORTS = [
    post("/api/v1/costs", 200, [COST, {**COST, "tags": None}]),
    post("/api/v1/costs", 200, COST, headers={"Idempotency-Key": "k"}),
    post("/api/v1/costs", 422, {"cost_usd": 1}, headers={"Idempotency-Key": "k"}),
    post("/api/v1/costs", 400, [COST, {"cost_usd": "x"}]),
    post("/api/v1/costs", 400, "{"),
    post("/api/v1/costs", 200, {**COST, "currency": "EUR"}, "/api/v1/costs?database=mixed"),
    post("/api/v1/costs", 200, COST, "/api/v1/costs?database=mixed"),
    post("/api/v1/metrics/system", 200, {"cpu_usage": 1, "cluster_id": "c", "node_id": "n", "fan_speed": 1, "timestamp": DAY}),
    post("/api/v1/metrics/system", 400, {"cpu": 1}),
    post("/api/v1/metrics/system", 200, {"cpu_usage": 1}, headers={"Idempotency-Key": "s"}),
    post("/api/v1/metrics/system", 422, {"cpu_usage": 2}, headers={"Idempotency-Key": "s"}),
    post("/api/v1/metrics/service", 200, {"service_name": "s", "request_count": 5}, headers={"Idempotency-Key": "v"}),
    post("/api/v1/metrics/service", 422, {"service_name": "s", "request_count": 6}, headers={"Idempotency-Key": "v"}),
    post("/api/v1/metrics/service", 400, {"request_count": 5}),
    post("/api/v1/metrics/llm-training", 200, [STEP, {**STEP, "run_id": "a/b"}], headers={"Idempotency-Key": "t"}),
    post("/api/v1/metrics/llm-training", 422, STEP, headers={"Idempotency-Key": "t"}),
    post("/api/v1/metrics/llm-training", 400, {"run_id": "r"}),
    post("/api/v1/metrics/rag", 200, {"pipeline_id": "p", "total_time_ms": 5}, headers={"Idempotency-Key": "r"}),
    post("/api/v1/metrics/rag", 422, {"pipeline_id": "p", "total_time_ms": 6}, headers={"Idempotency-Key": "r"}),
    post("/api/v1/metrics/rag", 400, {"pipeline_id": "p", "total_time_ms": "x"}),
]
RECORDS = [
    post("/api/v1/clusters", 200, {"cluster_id": "c", "nodes": ["n"]}),
    post("/api/v1/clusters", 200, [{"cluster_id": "d"}]),
    post("/api/v1/clusters", 400, [{"cluster_id": "e"}, {}]),
    asked("/api/v1/clusters", 200),
    post("/api/v1/services", 200, {"service_name": "s", "cluster_id": "c", "dependencies": ["db"]}),
    post("/api/v1/services", 400, {"service_name": "s"}),
    asked("/api/v1/services", 200),
    post("/api/v1/budgets", 200, {"budget_id": "b", "amount_usd": 100, "scope": {"tags": {"team": "ml"}}}),
    post("/api/v1/budgets", 400, [{"budget_id": "b"}]),
    asked("/api/v1/budgets", 200, url=f"/api/v1/budgets?end={DAY}"),
    asked("/api/v1/budgets", 200, url="/api/v1/budgets?view=settings"),
    asked("/api/v1/budgets", 400, url="/api/v1/budgets?end=soon"),
    asked("/api/v1/budgets/{budget_id}", 200, url="/api/v1/budgets/b?money=string"),
    asked("/api/v1/budgets/{budget_id}", 400, url="/api/v1/budgets/b?money=x"),
    asked("/api/v1/budgets/{budget_id}", 404, url="/api/v1/budgets/none"),
    asked("/api/v1/budgets/{budget_id}", 204, "DELETE", url="/api/v1/budgets/b"),
    asked("/api/v1/budgets/{budget_id}", 404, "DELETE", url="/api/v1/budgets/b"),
]
SUMMARIES = [
    asked("/api/v1/clusters/health", 200, url=f"/api/v1/clusters/health?end={DAY}"),
    asked("/api/v1/clusters/health", 400, url="/api/v1/clusters/health?end=x"),
    asked("/api/v1/training/{run_id}", 200, url="/api/v1/training/run"),
    asked("/api/v1/training/{run_id}", 400, url="/api/v1/training/run?money=x"),
    asked("/api/v1/training/{run_id}", 404, url="/api/v1/training/none"),
    asked("/api/v1/training", 200, url="/api/v1/training?run_id=a%2Fb"),
    asked("/api/v1/training", 400),
    asked("/api/v1/training", 404, url="/api/v1/training?run_id=none"),
    asked("/api/v1/rag/{pipeline_id}", 200, url="/api/v1/rag/p"),
    asked("/api/v1/rag/{pipeline_id}", 400, url="/api/v1/rag/p?end=x"),
    asked("/api/v1/rag/{pipeline_id}", 404, url="/api/v1/rag/none"),
    asked("/api/v1/rag", 200, url="/api/v1/rag?pipeline_id=p"),
    asked("/api/v1/rag", 400),
    asked("/api/v1/rag", 404, url="/api/v1/rag?pipeline_id=none"),
    asked("/api/v1/costs/summary", 200, url=f"/api/v1/costs/summary?end={DAY}&time_range_hours=0.5&top=1"),
    asked("/api/v1/costs/summary", 200, url=f"/api/v1/costs/summary?end={DAY}&money=string"),
    asked("/api/v1/costs/summary", 400, url="/api/v1/costs/summary?time_range_hours=0"),
    asked("/api/v1/costs/summary", 422, url=f"/api/v1/costs/summary?end={DAY}&database=mixed"),
]
QUESTIONS = [
    post("/api/v1/query", 200, QUERY),
    post("/api/v1/query", 200, {**QUERY, "format": "columns", "money": "string"}),
    post("/api/v1/query", 200, QUERY, headers={"Accept": "text/csv"}),
    post("/api/v1/query", 200, QUERY, "/api/v1/query?format=ndjson"),
    post("/api/v1/query", 200, QUERY, "/api/v1/query?format=arrow"),
    post("/api/v1/query", 200, {**QUERY, "explain": True}),
    post("/api/v1/query", 400, {**QUERY, "tabel": 1}),
    post("/api/v1/query", 404, {**QUERY, "table": "none"}),
    post("/api/v1/query", 422, {"table": "cost", "fields": ["cost_usd"], "rows_max": 1}),
    post("/api/v1/query", 422, QUERY, "/api/v1/query?database=mixed"),
    asked("/api/v1/query", 200, url="/api/v1/query?q=%7B%22table%22:%22cost%22,%22aggregates%22:%22count%22%7D"),
    asked("/api/v1/query", 400),
    asked("/api/v1/query", 404, url="/api/v1/query?q=%7B%22table%22:%22none%22,%22aggregates%22:%22count%22%7D"),
    post("/api/v1/difference", 200, {"table": "cost", "field": "cost_usd", "from_commit": 1}),
    post("/api/v1/difference", 400, {"table": "cost"}),
    post("/api/v1/difference", 404, {"table": "none", "field": "x", "from_commit": 1}),
    asked("/api/v1/tables", 200),
    asked("/api/v1/tables/{table}", 200, url="/api/v1/tables/cost"),
    asked("/api/v1/tables/{table}", 404, url="/api/v1/tables/none"),
    asked("/query", 200, url="/query?q=SHOW%20DATABASES"),
    asked("/query", 400),
    post("/query", 200, "q=SHOW+DATABASES", headers=FORM),
    post("/query", 400, "q=SELEC", headers=FORM),
    post("/api/v2/query", 400, 'from(bucket: "b")', headers={"Content-Type": "application/vnd.flux"}),
]
WRITES = [
    post("/write", 204, LINE),
    post("/write", 200, LINE, "/write?verbose=true"),
    post("/write", 400, "cost"),
    post("/api/v2/write", 204, LINE, "/api/v2/write?bucket=b"),
    post("/api/v2/write", 400, "cost", "/api/v2/write?bucket=b"),
    post("/api/v2/write", 422, "cost cost_usd=t", "/api/v2/write?bucket=b"),
    post("/api/v3/write_lp", 204, LINE, "/api/v3/write_lp?db=b"),
    post("/api/v3/write_lp", 400, "cost", "/api/v3/write_lp?db=b"),
    asked("/settings", 200),
    post("/v1/metrics", 200, {"resourceMetrics": []}),
    post("/v1/metrics", 400, "{", headers={"Content-Type": "application/json"}),
    post("/api/v1/otlp/v1/metrics", 200, {"resourceMetrics": []}),
    post("/api/v1/otlp/v1/metrics", 400, "{", headers={"Content-Type": "application/json"}),
]
for write in ("/api/v1/prom/write", "/api/v1/write"):
    WRITES += [
        post(write, 204, b"\0", headers={"Content-Type": ROW, "Content-Encoding": "snappy"}),
        post(write, 400, b"\1\0\1", headers={"Content-Type": ROW, "Content-Encoding": "snappy"}),
        post(write, 415, b"\0", headers={"Content-Type": ROW + ";proto=io.prometheus.write.v2.Request"}),
    ]
UPKEEP = [
    post("/api/v1/restate", 200, LINE, "/api/v1/restate?scope=source=cur&sequence=5"),
    post("/api/v1/restate", 200, LINE, "/api/v1/restate?scope=source=cur&money=string"),
    post("/api/v1/restate", 400, "cost", "/api/v1/restate?scope=source=cur"),
    post("/api/v1/restate", 409, LINE, "/api/v1/restate?scope=source=cur&sequence=4"),
    post("/api/v1/rollups", 204, {"table": "cost", "tags": ["provider", "cluster"]}),
    post("/api/v1/rollups", 400, {"table": "cost", "grains": ["week"]}),
    asked("/api/v1/rollups", 200, url="/api/v1/rollups?table=cost"),
    asked("/api/v1/rollups", 400),
    asked("/api/v1/rollups", 404, url="/api/v1/rollups?table=none"),
    asked("/api/v1/rollups", 204, "DELETE", url="/api/v1/rollups?table=cost&tag=provider&tag=cluster"),
    asked("/api/v1/rollups", 400, "DELETE"),
    post("/api/v1/rates", 204, {"base": "EUR", "quote": "USD", "from": "2026-06-01", "rate": 1.08}),
    post("/api/v1/rates", 400, {"base": "EUR"}),
    asked("/api/v1/rates", 200),
    post("/api/v1/agents/register", 200, AGENT),
    post("/api/v1/agents/register", 400, {}),
    post("/api/v1/telemetry/ingest", 200, AGENT),
    post("/api/v1/telemetry/ingest", 400, {}),
    asked("/api/v1/agents", 200),
    asked("/api/v1/agents", 400, url="/api/v1/agents?end=x"),
    asked("/api/v1/telemetry/recent", 200),
    asked("/api/v1/telemetry/recent", 400, url="/api/v1/telemetry/recent?limit=0"),
    asked("/api/v1/metrics/summary", 200),
    asked("/api/v1/metrics/summary", 400, url="/api/v1/metrics/summary?end=x"),
]
LIFE = [
    asked("/ping", 204),
    asked("/ping", 200, url="/ping?verbose=true"),
    asked("/status", 204),
    asked("/health", 200),
    asked("/ready", 200),
    asked("/metrics", 200),
    asked("/api/v1/openapi.json", 200),
]
# Need a store that does not write, and a server that stops.
NOT_ASKED = {("GET", "/health", 503), ("GET", "/ready", 503)}
ALL = [*REPORTS, *RECORDS, *SUMMARIES, *QUESTIONS, *WRITES, *UPKEEP, *LIFE]


def description(server):
    return json.loads(server.get("/api/v1/openapi.json")[2])


def documented(document):
    return {
        (method.upper(), path, int(status))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        for status in operation["responses"]
        if status != "default"
    }


def check_answer(schemas, answer, asked_for, headers, body):
    """Against what the description has for this status."""
    content = schemas.resolve(answer).get("content")
    if not content:
        equal(body, b"", f"{asked_for}: body")
        return
    media_type = headers["content-type"].split(";")[0]
    if media_type not in content:
        raise Failed(f"{asked_for}: {media_type} is not described")
    if media_type == "application/json":
        problems = schemas.problems(json.loads(body, parse_float=Decimal), content[media_type]["schema"])
        if problems:
            raise Failed(f"{asked_for}: {problems} in {body[:600]!r}")


def every_documented_status_is_answered_as_described():
    with Server() as server:
        document = description(server)
        schemas = Schemas(document)
        for path, status, method, body, url, headers in ALL:
            got, answer_headers, answer = server.request(method, url, body, headers)
            asked_for = f"{method} {url}"
            if got != status:
                raise Failed(f"{asked_for}: {got}, not {status}: {answer[:600]!r}")
            described = document["paths"][path][method.lower()]["responses"]
            if str(status) not in described:
                raise Failed(f"{asked_for}: {status} is not described")
            check_answer(schemas, described[str(status)], asked_for, answer_headers, answer)
        covered = {(method, path, status) for path, status, method, *_ in ALL}
        equal(documented(document) - covered, NOT_ASKED, "described and not asked")


def what_is_sent_is_described():
    """The bodies above that are taken fit the schemas of requests; those that are not are no test of them."""
    with Server() as server:
        document = description(server)
        schemas = Schemas(document)
        for path, status, method, body, url, headers in ALL:
            content = document["paths"][path][method.lower()].get("requestBody", {}).get("content", {})
            if status >= 400 or "application/json" not in headers.get("Content-Type", "") or "/telemetry" in path:
                continue
            problems = schemas.problems(json.loads(body), content["application/json"]["schema"], "request")
            if problems:
                raise Failed(f"{method} {url}: {problems}")


def an_answer_of_another_shape_is_told():
    """The reader of schemas finds what is wrong."""
    schemas = Schemas({"components": {"schemas": {"A": {"type": "object", "properties": {"n": {"type": "integer"}}}}}})
    a = {"$ref": "#/components/schemas/A"}
    wrong = [
        ({"n": "x"}, a),
        ({"n": True}, a),
        ([], a),
        ({}, {"type": "object", "required": ["n"]}),
        ({"m": 1}, {"type": "object", "properties": {}, "additionalProperties": False}),
        ({"m": 1}, {"type": "object", "additionalProperties": {"type": "string"}}),
        ([1, "x"], {"type": "array", "items": {"type": "integer"}}),
        ("x", {"type": "string", "enum": ["y"]}),
        (1, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        (1, {"maximum": 0}),
    ]
    for value, schema in wrong:
        if not schemas.problems(value, schema):
            raise Failed(f"{value!r} passes {schema!r}")
    equal(schemas.problems({"n": 1, "m": None}, a), [], "a value that fits")


if __name__ == "__main__":
    sys.exit(
        run_tests(
            every_documented_status_is_answered_as_described,
            what_is_sent_is_described,
            an_answer_of_another_shape_is_told,
        )
    )
