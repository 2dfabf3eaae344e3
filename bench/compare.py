#!/usr/bin/env python3
"""compare.py --centime PATH --generate PATH [--days N] [--out FILE]: loads the cost set into centime and, where they are there,
into its peers, asks all of them the same questions, and prints one table.

The cost set is the shared generator's (bench/gen.c under --shared or $CENTIME_SHARED_DATA: 20,000 resources, a row an hour each) or,
where that is absent, our own generator's. Query times of centime are those it reports itself (--timing: planning to result, without
starting the process), of peers those inside their process; each is the median of --repeat runs. Answers are compared
before they are timed: a fast wrong answer ends the run.
"""

import argparse
import json
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

START_S = 1_780_272_000
DAY_S = 86_400


def queries(days, team, team_tag):
    """name: (centime options, SQL over cost(time_s, <tags>, cost_nano), result is compared)"""
    end = START_S + days * DAY_S
    ns = 1_000_000_000
    last_day = ["--start", str((end - DAY_S) * ns), "--end", str(end * ns)]
    total = ["--from", "cost", "--sum", "cost_usd"]
    return {
        "Q1 last 24 h by provider": (
            [*total, *last_day, "--by", "provider"],
            f"SELECT provider, sum(cost) FROM cost WHERE time_s >= {end - DAY_S} AND time_s < {end} GROUP BY 1 ORDER BY 1",
        ),
        "Q2 by service": ([*total, "--by", "service"], "SELECT service, sum(cost) FROM cost GROUP BY 1 ORDER BY 1"),
        "Q3 daily by team, service": (
            [*total, "--bucket", "1d", "--by", f"{team_tag},service"],
            f"SELECT time_s/{DAY_S}, team, service, sum(cost) FROM cost GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        ),
        "Q4 top 10 resources": (
            [*total, "--by", "resource_id", "--order", "sum_cost_usd", "--top", "10"],
            "SELECT resource_id, sum(cost) s FROM cost GROUP BY 1 ORDER BY s DESC, 1 LIMIT 10",
        ),
        "Q5 hourly, one team": (
            [*total, "--bucket", "1h", "--where", f"{team_tag}={team}"],
            f"SELECT time_s/3600, sum(cost) FROM cost WHERE team = '{team}' GROUP BY 1 ORDER BY 1",
        ),
        "Q6 provider and team": (
            [*total, "--by", "provider", "--where", f"{team_tag}={team}"],
            f"SELECT provider, sum(cost) FROM cost WHERE team = '{team}' GROUP BY 1 ORDER BY 1",
        ),
    }


class Data:
    """The cost set as line protocol, and what is known of it."""

    def __init__(self, options, folder):
        self.path = Path(folder) / "cost.lp"
        shared = Path(options.shared) / "bench" / "gen.c" if options.shared else None
        if shared and shared.exists():
            generator = Path(folder) / "gen"
            subprocess.run(["cc", "-O2", "-w", "-o", generator, shared, "-lm"], check=True)
            command = [generator, "cost", "lp", str(options.days)]
            self.name, self.team_tag, self.team = f"gen.c cost, {options.days} days", "team", "team-00"
        else:
            command = [options.generate, "--table", "cost", "--days", str(options.days), "--resources", "20000"]
            self.name, self.team_tag, self.team = f"generate, {options.days} days", "tag.team", "search"
        with self.path.open("wb") as file:
            subprocess.run(command, stdout=file, check=True)
        self.bytes = self.path.stat().st_size
        self.rows = int(subprocess.run(["wc", "-l", self.path], capture_output=True, check=True).stdout.split()[0])

    def parsed(self):
        """(time_s, provider, service, team, resource_id, cost in billionths) of each row."""
        pattern = re.compile(
            rf"cost,(?=.*?\bprovider=([^,]+))(?=.*?\bservice=([^,]+))(?=.*?\b{re.escape(self.team_tag)}=([^,]+))"
            r".*?resource_id=([^, ]+).* cost_usd=([^, ]+).* (\d+)000000000$"
        )
        with self.path.open() as file:
            for line in file:
                provider, service, team, resource, cost, time_s = pattern.match(line).groups()
                whole, _, fraction = cost.lstrip("-").partition(".")
                amount = int(whole) * 10**9 + int((fraction + "000000000")[:9])
                yield int(time_s), provider, service, team, resource, -amount if cost[0] == "-" else amount


def folder_bytes(folder):
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())


class Centime:
    name = "centime"

    def __init__(self, options, folder):
        self.command, self.store, self.repeat = options.centime, Path(folder) / "centime", options.repeat

    def run(self, *arguments):
        return subprocess.run([self.command, *map(str, arguments)], capture_output=True, check=True, text=True)

    def load(self, data):
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", PEAK_MEMORY, self.command, "write", self.store, "--durability", "sync", data.path],
            capture_output=True, check=True, text=True)  # fmt: skip
        seconds = time.monotonic() - began
        figures = {"rows_per_s": data.rows / seconds, "peak_mb": int(done.stderr.splitlines()[-1]) / 1024}
        figures["bytes_per_row_loaded"] = folder_bytes(self.store) / data.rows
        began = time.monotonic()
        self.run("compact", self.store)
        figures["compact_s"] = time.monotonic() - began
        figures["bytes_per_row"] = folder_bytes(self.store) / data.rows
        return figures

    def ask(self, options, _):
        times = []
        for _ in range(self.repeat):
            done = self.run("rollup", self.store, "--json", "--timing", *options)
            times.append(float(re.search(r"([\d.]+) ms", done.stderr)[1]))
        rows = json.loads(done.stdout, parse_float=Decimal)["rows"]
        return statistics.median(times), [Decimal(row["sum_cost_usd"]) * 10**9 for row in rows]


# Runs argv[1:] and prints the most memory it had, in KiB, as the last line of stderr.
PEAK_MEMORY = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


class Sqlite:
    name = "sqlite"

    def __init__(self, options, folder):
        self.path, self.repeat = Path(folder) / "cost.sqlite", options.repeat

    def load(self, data):
        rows = list(data.parsed())  # parsing in Python is not SQLite's fault: it is not timed
        self.database = sqlite3.connect(self.path)
        self.database.execute("PRAGMA journal_mode=WAL")
        self.database.execute("CREATE TABLE cost(time_s INT, provider TEXT, service TEXT, team TEXT, resource_id TEXT, cost INT)")
        began = time.monotonic()
        for first in range(0, len(rows), 10_000):
            with self.database:
                self.database.executemany("INSERT INTO cost VALUES (?,?,?,?,?,?)", rows[first : first + 10_000])
        seconds = time.monotonic() - began
        self.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return {"rows_per_s": len(rows) / seconds, "bytes_per_row": self.path.stat().st_size / len(rows)}

    def ask(self, _, sql):
        times = []
        for _ in range(max(1, self.repeat // 3)):
            began = time.monotonic()
            rows = self.database.execute(sql).fetchall()
            times.append((time.monotonic() - began) * 1000)
        return statistics.median(times), [Decimal(row[-1]) for row in rows]


class Duckdb:
    """DuckDB's command-line program, where it is installed; cost as DECIMAL(18,9)."""

    name = "duckdb"

    def __init__(self, options, folder):
        self.command, self.path, self.repeat = shutil.which("duckdb"), Path(folder) / "cost.duckdb", options.repeat

    def run(self, sql):
        done = subprocess.run([self.command, self.path, "-json", "-c", sql], capture_output=True, check=True, text=True)
        return done.stdout

    def load(self, data):
        csv = self.path.with_suffix(".csv")
        with csv.open("w") as file:
            for time_s, *tags, amount in data.parsed():
                file.write(f"{time_s},{','.join(tags)},{amount}\n")
        self.run("CREATE TABLE cost(time_s BIGINT, provider TEXT, service TEXT, team TEXT, resource_id TEXT, cost BIGINT)")
        began = time.monotonic()
        self.run(f"COPY cost FROM '{csv}' (HEADER false)")
        seconds = time.monotonic() - began
        csv.unlink()
        return {"rows_per_s": data.rows / seconds, "bytes_per_row": self.path.stat().st_size / data.rows}

    def ask(self, _, sql):
        times = []
        for _ in range(self.repeat):
            out = self.run(f"PRAGMA enable_profiling='json'; {sql}".replace("time_s/", "time_s//"))
            times.append(float(re.search(r'"latency": ([\d.]+)', out)[1]) * 1000)
        rows = json.loads(self.run(sql.replace("time_s/", "time_s//")))
        return statistics.median(times), [Decimal(list(row.values())[-1]) for row in rows]


def run_engine(engine, data, answers):
    """Figures of one engine; answers, by query, must be those of the engines before it."""
    figures = {"load": engine.load(data), "queries_ms": {}}
    for name, (options, sql) in queries(data.days, data.team, data.team_tag).items():
        milliseconds, values = engine.ask(options, sql)
        if answers.setdefault(name, values) != values:
            raise SystemExit(f"compare: {engine.name} answers {name} otherwise: {values[:5]} and {answers[name][:5]}")
        figures["queries_ms"][name] = milliseconds
    return figures


def print_table(results):
    names = list(results)
    print(f"\n{'':34}" + "".join(f"{name:>14}" for name in names))
    keys = dict.fromkeys(key for name in names for key in results[name]["load"])
    for key in keys:
        cells = [results[name]["load"].get(key) for name in names]
        print(f"{key:34}" + "".join(f"{'' if cell is None else f'{cell:,.2f}':>14}" for cell in cells))
    for query in results[names[0]]["queries_ms"]:
        cells = [results[name]["queries_ms"][query] for name in names]
        print(f"{query + ', ms':34}" + "".join(f"{cell:>14.3f}" for cell in cells))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--centime", required=True)
    parser.add_argument("--generate", required=True)
    parser.add_argument("--shared", default=os.environ.get("CENTIME_SHARED_DATA", ""))
    parser.add_argument("--days", type=int, default=5, help="of the cost set; the full set is 30")
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--without", action="append", default=[], help="leave a peer out: sqlite, duckdb")
    parser.add_argument("--folder", help="where to put data and stores; default a temporary folder")
    parser.add_argument("--out", default="compare.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        data = Data(options, folder)
        data.days = options.days
        print(f"compare: {data.name}: {data.rows:,} rows, {data.bytes / 1e6:,.0f} MB of line protocol")
        engines = [Centime]
        engines += [Sqlite] if "sqlite" not in options.without else []
        engines += [Duckdb] if "duckdb" not in options.without and shutil.which("duckdb") else []
        answers, results = {}, {}
        for engine in engines:
            results[engine.name] = run_engine(engine(options, folder), data, answers)
            print(f"compare: {engine.name} done", flush=True)
    print_table(results)
    Path(options.out).write_text(json.dumps({"data": data.name, "rows": data.rows, "results": results}, indent=2) + "\n")
    print(f"\ncompare: all answers equal; figures are in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
