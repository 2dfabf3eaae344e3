#!/usr/bin/env python3
"""compare_http.py --centime PATH --load PATH [--days N] [--hours N] [--out FILE]: loads the cost and the system set over HTTP into centime
and into VictoriaMetrics, asks both the same questions over HTTP, and prints one table.

Both servers run on loopback, one after the other, each with an empty folder. Loading: two connections, 10,000 lines a request, keep-alive;
centime with fdatasync before each answer. Questions: one connection, one after another; the median of --repeat, from the first byte sent
to the last byte of the answer. VictoriaMetrics is asked with nocache=1. Answers are compared (its numbers are doubles: within 1e-9 of
each other) before they are timed: a fast wrong answer ends the run.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

COST_START_S = 1_780_272_000
SYSTEM_START_S = 1_782_842_400
HOUR_S, DAY_S = 3_600, 86_400
NS = 1_000_000_000
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Question:
    """One question in both languages. Answers are {(seconds or None, tag values...): number}."""

    def __init__(self, name, native, metricsql, tags, step_s=None, start_s=None, end_s=None):
        self.name, self.native, self.metricsql, self.tags = name, native, metricsql, tags
        self.step_s, self.start_s, self.end_s = step_s, start_s, end_s


def native(table, function, field, start_s, end_s, tags=(), **more):
    aggregate = {"function": function, "field": field, "name": "value"}
    return {"table": table, "aggregates": [aggregate], "tags": list(tags), "start": start_s * NS, "end": end_s * NS, **more}


def cost_questions(days):
    start, end = COST_START_S, COST_START_S + days * DAY_S
    cost = ("cost", "sum", "cost_usd")

    def total(by, span, where=""):
        return f"sum(sum_over_time(cost_cost_usd{where}[{span}])) by ({by})"

    team = {"filter": {"team": "team-00"}}
    where = '{team="team-00"}'
    yield Question("Q1 last 24 h by provider", native(*cost, end - DAY_S, end, ["provider"]), total("provider", "24h"), ["provider"], end_s=end)
    yield Question("Q2 by service", native(*cost, start, end, ["service"]), total("service", f"{days}d"), ["service"], end_s=end)
    yield Question(
        "Q3 daily by team, service",
        native(*cost, start, end, ["team", "service"], bucket="1d"), total("team, service", "1d"), ["team", "service"], DAY_S, start, end)  # fmt: skip
    yield Question(
        "Q4 top 10 resources",
        native(*cost, start, end, ["resource_id"], order_by="value", descending=True, limit=10),
        f"topk(10, {total('resource_id', f'{days}d')})", ["resource_id"], end_s=end)  # fmt: skip
    yield Question(
        "Q5 hourly, one team", native(*cost, start, end, bucket="1h", **team),
        f"sum(sum_over_time(cost_cost_usd{where}[1h]))", [], HOUR_S, start, end)  # fmt: skip
    yield Question(
        "Q6 month to date, provider of one team",
        native(*cost, start, end, ["provider"], **team), total("provider", f"{days}d", where), ["provider"], end_s=end)  # fmt: skip


def system_questions(hours):
    start, end = SYSTEM_START_S, SYSTEM_START_S + hours * HOUR_S
    yield Question(
        "Q7a latest per node", native("system", "last", "cpu_usage", start, end, ["node"]),
        f"sum(last_over_time(system_cpu_usage[{hours}h])) by (node)", ["node"], end_s=end)  # fmt: skip
    yield Question(
        "Q7b mean per cluster", native("system", "mean", "cpu_usage", start, end, ["cluster"]),
        f"sum(sum_over_time(system_cpu_usage[{hours}h])) by (cluster) / sum(count_over_time(system_cpu_usage[{hours}h])) by (cluster)",
        ["cluster"], end_s=end)  # fmt: skip
    yield Question(
        "Q8 1-minute mean by cluster", native("system", "mean", "cpu_usage", start, end, ["cluster"], bucket="1m"),
        "sum(sum_over_time(system_cpu_usage[1m])) by (cluster) / sum(count_over_time(system_cpu_usage[1m])) by (cluster)",
        ["cluster"], 60, start, end)  # fmt: skip


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def folder_bytes(folder):
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())


class Server:
    """A server of its own process, on loopback; ended by its process id."""

    def __init__(self, options, folder, command, ready_path):
        self.options, self.folder = options, folder
        self.log = open(f"{folder}.log", "wb")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 30
        while not self.answers(ready_path):
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise SystemExit(f"compare_http: {self.name} does not start: see {folder}.log")
            time.sleep(0.02)

    def answers(self, path):
        try:
            return urllib.request.urlopen(f"http://{self.address}{path}", timeout=5).status == 200
        except OSError:
            return False

    def cpu_s(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_S

    def peak_mb(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def write(self, path, rows):
        began_cpu = self.cpu_s()
        done = subprocess.run(
            [self.options.load, "write", self.address, self.write_path, path, "--connections", "2", "--lines", "10000"],
            capture_output=True, check=True, text=True)  # fmt: skip
        figures = json.loads(done.stdout)
        return {
            "rows_per_s": rows / figures["seconds"],
            "rows_per_cpu_s": rows / (self.cpu_s() - began_cpu),
            "request_median_ms": figures["median_ms"],
            "request_p99_ms": figures["p99_ms"],
            "peak_mb": self.peak_mb(),
        }

    def ask(self, question):
        request, body = Path(f"{self.folder}.request"), Path(f"{self.folder}.body")
        request.write_bytes(self.request_of(question))
        done = subprocess.run(
            [self.options.load, "ask", self.address, request, "--repeat", str(self.options.repeat), "--body", body],
            capture_output=True, text=True)  # fmt: skip
        if done.returncode != 0:
            raise SystemExit(f"compare_http: {self.name}, {question.name}: {done.stdout}{done.stderr}{body.read_text()[:500]}")
        return json.loads(done.stdout)["median_ms"], self.read_answer(question, json.loads(body.read_text()))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(timeout=60) != 0:
            raise SystemExit(f"compare_http: {self.name} ended with {self.process.returncode}: see {self.folder}.log")
        self.log.close()


class Centime(Server):
    name, write_path = "centime", "/write?precision=ns"

    def __init__(self, options, folder):
        self.address = f"127.0.0.1:{free_port()}"
        super().__init__(options, folder, [options.centime, "serve", folder, "--listen", self.address], "/ready")

    def settle(self):
        """What is loaded is there at once; but as the peer is told to flush, wait until rows that are left alone are in files."""
        deadline = time.monotonic() + 30
        while self.live_rows() >= 32_768 and time.monotonic() < deadline:
            time.sleep(0.1)

    def live_rows(self):
        text = urllib.request.urlopen(f"http://{self.address}/metrics").read().decode()
        return float(text.split("\ncentime_live_rows ")[1].split()[0])

    def request_of(self, question):
        body = json.dumps({**question.native, "format": "columns"}).encode()
        head = f"POST /api/v1/query HTTP/1.1\r\nHost: {self.address}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + body

    def read_answer(self, question, answer):
        names = [column["name"] for column in answer["columns"]]
        places = [names.index(tag) for tag in question.tags]
        found = {}
        for row in answer["rows"]:
            moment = None
            if question.step_s:
                moment = int(time.mktime(time.strptime(row[names.index("time")], "%Y-%m-%dT%H:%M:%SZ"))) - time.timezone
            found[(moment, *(row[place] for place in places))] = float(row[names.index("value")])
        return found


class VictoriaMetrics(Server):
    name, write_path = "victoria-metrics", "/write"

    def __init__(self, options, folder):
        self.address = f"127.0.0.1:{free_port()}"
        command = ["victoria-metrics", f"-httpListenAddr={self.address}", f"-storageDataPath={folder}", "-retentionPeriod=100y",
                   "-search.maxUniqueTimeseries=10000000", "-search.maxPointsPerTimeseries=1000000", "-loggerLevel=ERROR"]  # fmt: skip
        super().__init__(options, folder, command, "/health")

    def settle(self):
        urllib.request.urlopen(f"http://{self.address}/internal/force_flush").read()

    def request_of(self, question):
        parameters = {"query": question.metricsql, "nocache": "1"}
        if question.step_s:
            path = "/api/v1/query_range"
            parameters |= {"start": question.start_s + question.step_s - 1, "end": question.end_s - 1, "step": f"{question.step_s}s"}
        else:
            path = "/api/v1/query"
            parameters["time"] = question.end_s - 1
        return f"GET {path}?{urllib.parse.urlencode(parameters)} HTTP/1.1\r\nHost: {self.address}\r\n\r\n".encode()

    def read_answer(self, question, answer):
        found = {}
        for series in answer["data"]["result"]:
            tags = [series["metric"].get(tag, "") for tag in question.tags]
            if question.step_s:
                for moment, value in series["values"]:
                    found[(int(moment) + 1 - question.step_s, *tags)] = float(value)
            else:
                found[(None, *tags)] = float(series["value"][1])
        return found


def same(left, right):
    return left.keys() == right.keys() and all(abs(left[key] - right[key]) <= 1e-9 * max(1, abs(left[key])) for key in left)


def run_server(kind, options, folder, sets, answers):
    server = kind(options, folder)
    figures = {"load": {}, "queries_ms": {}}
    for name, (path, rows, questions) in sets.items():
        figures["load"][name] = server.write(path, rows)
        server.settle()
        for question in questions:
            milliseconds, found = server.ask(question)
            if not found or not same(answers.setdefault(question.name, found), found):
                raise SystemExit(f"compare_http: {server.name} answers {question.name} otherwise: {list(found.items())[:3]}, "
                                 f"{len(found)} values, not {list(answers[question.name].items())[:3]}, {len(answers[question.name])} values")  # fmt: skip
            figures["queries_ms"][question.name] = milliseconds
    if kind is Centime:
        figures["queries_ms"].update(summaries(server, options))
    server.stop()
    figures["bytes"] = folder_bytes(folder)
    print(f"compare_http: {server.name} done", flush=True)
    return figures


def summaries(server, options):
    """The seed's own summaries, which the peer does not have."""
    end = COST_START_S + options.days * DAY_S
    paths = {
        "cost summary, 24 h": f"/api/v1/costs/summary?time_range_hours=24&end={end}",
        "cost summary, all": f"/api/v1/costs/summary?time_range_hours={options.days * 24}&end={end}",
        "cluster health": f"/api/v1/clusters/health?end={SYSTEM_START_S + options.hours * HOUR_S}",
    }
    figures = {}
    for name, path in paths.items():
        request = Path(f"{server.folder}.request")
        request.write_text(f"GET {path} HTTP/1.1\r\nHost: {server.address}\r\n\r\n")
        done = subprocess.run([options.load, "ask", server.address, request, "--repeat", str(options.repeat)],
                              capture_output=True, check=True, text=True)  # fmt: skip
        figures[name] = json.loads(done.stdout)["median_ms"]
    return figures


def make_set(options, folder, name, amount):
    generator, path = Path(folder) / "gen", Path(folder) / f"{name}.lp"
    if not generator.exists():
        subprocess.run(["cc", "-O2", "-w", "-o", generator, Path(options.shared) / "bench" / "gen.c", "-lm"], check=True)
    with path.open("wb") as file:
        subprocess.run([generator, name, "lp", str(amount)], stdout=file, check=True)
    return path, int(subprocess.run(["wc", "-l", path], capture_output=True, check=True).stdout.split()[0])


def print_table(results):
    names = list(results)
    print(f"\n{'':44}" + "".join(f"{name:>18}" for name in names) + f"{'ratio':>10}")

    def line(label, cells, better_high):
        ratio = ""
        if len(cells) == 2 and all(cells):
            ratio = f"{cells[0] / cells[1] if better_high else cells[1] / cells[0]:,.1f}x"
        print(f"{label:44}" + "".join(f"{'' if cell is None else f'{cell:,.3f}':>18}" for cell in cells) + f"{ratio:>10}")

    for set_name, load in results[names[0]]["load"].items():
        for key in load:
            line(f"{set_name}: {key}", [results[name]["load"][set_name][key] for name in names], key.startswith("rows"))
    line("bytes on disk after stop, MB", [results[name]["bytes"] / 1e6 for name in names], False)
    for question in results[names[0]]["queries_ms"]:
        line(f"{question}, ms", [results[name]["queries_ms"].get(question) for name in names], False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--centime", required=True)
    parser.add_argument("--load", required=True, help="the program http_load")
    parser.add_argument("--shared", default=os.environ.get("CENTIME_SHARED_DATA", ""), help="folder with bench/gen.c")
    parser.add_argument("--days", type=int, default=3, help="of the cost set; the full set is 30")
    parser.add_argument("--hours", type=int, default=6, help="of the system set")
    parser.add_argument("--repeat", type=int, default=101)
    parser.add_argument("--folder", help="where to put data and stores; default a temporary folder")
    parser.add_argument("--out", default="compare_http.json")
    options = parser.parse_args()
    if not (Path(options.shared) / "bench" / "gen.c").exists():
        raise SystemExit("compare_http: the data sets' generator, bench/gen.c, is not there: say where with --shared")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        sets = {
            "cost": (*make_set(options, folder, "cost", options.days), list(cost_questions(options.days))),
            "system": (*make_set(options, folder, "system", options.hours), list(system_questions(options.hours))),
        }
        kinds = [Centime] + ([VictoriaMetrics] if shutil.which("victoria-metrics") else [])
        answers, results = {}, {}
        for kind in kinds:
            results[kind.name] = run_server(kind, options, str(Path(folder) / kind.name), sets, answers)
    print_table(results)
    Path(options.out).write_text(json.dumps({"days": options.days, "hours": options.hours, "results": results}, indent=2) + "\n")
    print(f"\ncompare_http: all answers equal; figures are in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
