#!/usr/bin/env python3
"""soak_test.py [--seconds N] [--connections N] [--kills N]: many connections write and read at once while clients are killed.

Each connection is one of a process's threads. It writes its own charges, batch after batch, in turn as line protocol, as JSON with an
Idempotency-Key and as gzipped lines, and asks for their sum in between: what was acknowledged must be in it, to the last digit.
Processes are killed (SIGKILL) at random moments in the middle of requests and replaced; a replacement sends the batch again that was
not acknowledged. At the end the sum of every connection must be what its batches add up to, no more and no less; no request may have
been answered by anything but success; and the server's memory must not have grown once the load was steady.

The default is a short run, for ctest. The full one: --seconds 600.
"""

import argparse
import gzip
import http.client
import json
import mmap
import multiprocessing
import os
import random
import struct
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path

from centime_server import SANITIZED, Server

THREADS = 8  # of a process
ROWS = 50  # of a batch
START_S = 1_780_272_000
TEAMS = ("search", "ads", "core")
MEMORY_GROWTH_MAX = 1.10  # last quarter against second
MEMORY_SLACK_MB = 16
SLOT = struct.Struct("<qq")  # batches acknowledged, requests that failed


def amount(connection, batch, row):
    """In ten-thousandths: every row has another, so that no two batches add up alike."""
    return 1 + (connection * 7919 + batch * 104_729 + row * 31) % 99_991


def batch_sum(connection, batch):
    return sum(amount(connection, batch, row) for row in range(ROWS))


def rows_of(connection, batch):
    """(seconds, team, cost as text) of each row: different times, so that a line sent again falls on itself."""
    for row in range(ROWS):
        cost = Decimal(amount(connection, batch, row)).scaleb(-4)
        yield START_S + batch * ROWS + row, TEAMS[row % len(TEAMS)], f"{cost:.4f}"


def lines_of(connection, batch):
    return "".join(
        f"cost,provider=aws,service=c{connection},tag.team={team} cost_usd={cost} {seconds}\n"
        for seconds, team, cost in rows_of(connection, batch)
    ).encode()


def entries_of(connection, batch):
    parts = [
        f'{{"timestamp":{seconds},"provider":"aws","service":"c{connection}","cost_usd":{cost},"tags":{{"team":"{team}"}}}}'
        for seconds, team, cost in rows_of(connection, batch)
    ]
    return f"[{','.join(parts)}]".encode()


class Connection:
    def __init__(self, address, number, slots):
        host, port = address.rsplit(":", 1)
        self.http = http.client.HTTPConnection(host, int(port), timeout=120)
        self.number, self.slots = number, slots
        self.done, self.failed = SLOT.unpack_from(slots, number * SLOT.size)
        self.expected = sum(batch_sum(number, batch) for batch in range(self.done))

    def request(self, method, path, body=None, headers=None):
        self.http.request(method, path, body, headers or {})
        answer = self.http.getresponse()
        text = answer.read()
        if answer.status // 100 != 2:
            self.failed += 1
            print(f"soak: {method} {path}: {answer.status} {text[:300]!r}", file=sys.stderr, flush=True)
        return answer.status, text

    def write(self):
        batch = self.done
        kind = batch % 3
        if kind == 0:
            status, _ = self.request("POST", "/write?precision=s", lines_of(self.number, batch))
        elif kind == 1:
            headers = {"Content-Type": "application/json", "Idempotency-Key": f"{self.number}-{batch}"}
            status, _ = self.request("POST", "/api/v1/costs", entries_of(self.number, batch), headers)
        else:
            packed = gzip.compress(lines_of(self.number, batch), 1)
            status, _ = self.request("POST", "/api/v2/write?bucket=default&precision=s", packed, {"Content-Encoding": "gzip"})
        if status // 100 == 2:
            self.done += 1
            self.expected += batch_sum(self.number, batch)
        SLOT.pack_into(self.slots, self.number * SLOT.size, self.done, self.failed)

    def read(self):
        query = {
            "table": "cost",
            "aggregates": [{"function": "sum", "field": "cost_usd", "name": "sum"}],
            "filter": {"service": f"c{self.number}"},
        }
        status, text = self.request("POST", "/api/v1/query", json.dumps(query), {"Content-Type": "application/json"})
        if status != 200:
            return
        rows = json.loads(text, parse_float=Decimal)["rows"]
        found = Decimal(rows[0]["sum"] or 0) if rows else Decimal(0)
        if found != Decimal(self.expected).scaleb(-4):
            self.failed += 1
            print(f"soak: connection {self.number}: {found} after {self.done} batches, not {Decimal(self.expected).scaleb(-4)}", file=sys.stderr, flush=True)

    def summary(self):
        self.request("GET", random.choice((
            "/api/v1/costs/summary?time_range_hours=24",
            "/query?db=default&q=SHOW+MEASUREMENTS",
            "/query?db=default&q=SELECT+sum(cost_usd)+FROM+cost+GROUP+BY+service",
            "/metrics",
            "/health",
        )))  # fmt: skip

    def run(self, stop):
        self.write()  # always: a batch that was under way when the process before was killed is settled by it
        while not stop.is_set():
            choice = random.random()
            if choice < 0.2:
                self.read()
            elif choice < 0.3:
                self.summary()
            self.write()
        self.read()
        SLOT.pack_into(self.slots, self.number * SLOT.size, self.done, self.failed)
        self.http.close()


def run_process(address, first, count, slots, stop):
    """`count` connections, each in its thread. A batch that was under way when the last process was killed is the first one sent."""
    random.seed(first + time.monotonic_ns())
    threads = [threading.Thread(target=Connection(address, first + i, slots).run, args=(stop,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Memory(threading.Thread):
    """The server's own memory (not pages of files that are mapped, which the system takes back as it likes), once a second."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.path, self.samples, self.stop = Path(f"/proc/{pid}/status"), [], threading.Event()

    def run(self):
        while not self.stop.wait(1):
            self.samples.append(int(self.path.read_text().split("RssAnon:")[1].split()[0]) / 1024)

    def quarters(self):
        """The least of the second and of the last quarter, in MB: what is held between merges, whose memory comes and goes."""
        quarter = len(self.samples) // 4
        return min(self.samples[quarter : 2 * quarter]), min(self.samples[3 * quarter :])


def soak(address, options, slots):
    context = multiprocessing.get_context("fork")
    stop = context.Event()
    counts = [(first, min(THREADS, options.connections - first)) for first in range(0, options.connections, THREADS)]

    def start(place):
        process = context.Process(target=run_process, args=(address, *counts[place], slots, stop))
        process.start()
        return process

    processes = [start(place) for place in range(len(counts))]
    began, kills = time.monotonic(), 0
    while time.monotonic() < began + options.seconds:
        time.sleep(options.seconds / (options.kills + 1))
        if kills < options.kills:
            place = random.randrange(len(processes))
            processes[place].kill()
            processes[place].join()
            processes[place] = start(place)
            kills += 1
    stop.set()
    for process in processes:
        process.join(timeout=300)
        if process.exitcode != 0:
            raise SystemExit(f"soak: a client ended with {process.exitcode}")
    return kills


def sums_by_service(server):
    """{service: (sum, rows)}"""
    query = {
        "table": "cost",
        "aggregates": [{"function": "sum", "field": "cost_usd", "name": "sum"}, {"function": "count", "name": "rows"}],
        "tags": ["service"],
    }
    _, _, body = server.request("POST", "/api/v1/query", json.dumps(query).encode(), {"Content-Type": "application/json"})
    rows = json.loads(body, parse_float=Decimal)["rows"]
    return {row["service"]: (Decimal(row["sum"]), int(row["rows"])) for row in rows}


def check(server, options, slots, kills, memory):
    slots_read = [SLOT.unpack_from(slots, number * SLOT.size) for number in range(options.connections)]
    expected = {
        f"c{number}": (Decimal(sum(batch_sum(number, batch) for batch in range(done))).scaleb(-4), done * ROWS)
        for number, (done, _) in enumerate(slots_read)
        if done
    }
    found = sums_by_service(server)
    failed = sum(failures for _, failures in slots_read)
    requests = sum(done for done, _ in slots_read)
    second, last = memory.quarters()
    print(f"soak: {options.connections} connections, {kills} kills, {requests} batches, {requests * ROWS} rows in {options.seconds} s; "
          f"memory at least {second:.0f} MB in the second quarter, {last:.0f} MB in the last, at most {max(memory.samples):.0f}; {failed} failures")  # fmt: skip
    if found != expected:
        different = [name for name in expected.keys() | found.keys() if found.get(name) != expected.get(name)]
        raise SystemExit(f"soak: sums differ: {[(name, found.get(name), expected.get(name)) for name in different[:5]]}")
    if failed:
        raise SystemExit(f"soak: {failed} requests failed")
    if options.seconds >= 120 and last > second * MEMORY_GROWTH_MAX + MEMORY_SLACK_MB:
        raise SystemExit("soak: memory grows")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=12)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else int.from_bytes(os.urandom(4), "little")
    print(f"soak: seed {seed}", flush=True)
    random.seed(seed)
    slots = mmap.mmap(-1, options.connections * SLOT.size)
    # Under sanitizers on a slow machine a crowd may wait longer than the 5 s after which the server says that it is overloaded.
    patience = ("--query-wait", "100s") if SANITIZED else ()
    with Server("--memory", "32MiB", *patience) as server:
        memory = Memory(server.process.pid)
        memory.start()
        kills = soak(f"{server.host}:{server.port}", options, slots)
        memory.stop.set()
        memory.join()
        check(server, options, slots, kills, memory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
