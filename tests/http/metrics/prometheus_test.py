#!/usr/bin/env python3
"""Prometheus, writing what it measures of itself to centime by remote write, in pieces and across a restart of ours: its own
samples and ours are the same, to the bit. Skipped without prometheus."""

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

from telemetry import answer

from centime_server import Failed, Server, equal, run_tests, skip

MS = 10**6
RUN_S = 12
WAIT_S = 30
DATABASE = "prom"

CONFIG = """
global: {{scrape_interval: 1s, external_labels: {{cluster: test}}}}
scrape_configs:
  - {{job_name: self, static_configs: [{{targets: ["{target}"]}}]}}
  - {{job_name: centime, static_configs: [{{targets: ["{host}:{port}"]}}]}}
remote_write:
  - url: http://{host}:{port}/api/v1/write?db={database}
    queue_config: {{batch_send_deadline: 500ms}}
    metadata_config: {{send_interval: 2s}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Prometheus:
    """A Prometheus of its own that scrapes itself and centime, and writes to centime."""

    def __init__(self, server):
        self.address = f"127.0.0.1:{free_port()}"
        self.temporary = tempfile.TemporaryDirectory(prefix="prometheus-")
        folder = Path(self.temporary.name)
        config = CONFIG.format(target=self.address, host=server.host, port=server.port, database=DATABASE)
        (folder / "config.yml").write_text(config)
        self.log_path = folder / "log"
        command = [shutil.which("prometheus"), f"--config.file={folder / 'config.yml'}", f"--storage.tsdb.path={folder / 'data'}"]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([*command, f"--web.listen-address={self.address}"], stdout=log, stderr=log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.terminate()
            self.process.wait(60)
        self.temporary.cleanup()

    def query(self, text):
        url = f"http://{self.address}/api/v1/query?{urllib.parse.urlencode({'query': text})}"
        with urllib.request.urlopen(url, timeout=20) as response:
            return json.load(response)["data"]["result"]

    def wait_until_up(self):
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            try:
                if self.query("up"):
                    return
            except OSError:
                pass
            time.sleep(0.2)
        raise Failed(f"prometheus does not come up:\n{self.log_path.read_text()[-2000:]}")

    def finish(self):
        """Ends it: it sends what it has left before it goes."""
        self.process.terminate()
        equal(self.process.wait(60), 0, "prometheus' exit code")
        self.process = None
        failures = [line for line in self.log_path.read_text().splitlines() if "non-recoverable" in line]
        equal(failures, [], "batches that Prometheus gave up")


def written(labels):
    """Name of the table and tags of a series, with the label that Prometheus adds on its way out."""
    tags = {name: value for name, value in labels.items() if name != "__name__"}
    return labels["__name__"], {**tags, "cluster": "test"}


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def read_series(server, name, tags):
    """(time in ms, value) of one series."""
    where = " AND ".join(f'"{tag}" = {quoted(value)}' for tag, value in tags.items())
    rows = answer(server, DATABASE, f'SELECT "value" FROM "{name}" WHERE {where}')
    for time_ns, _ in rows:
        equal(time_ns % MS, 0, "a time in whole milliseconds")
    return [(time_ns // MS, float(value)) for time_ns, value in rows]


def compare(server, measured):
    """Every sample that Prometheus has of the series, but for those that are no numbers, is there; and none besides."""
    samples = 0
    for series in measured:
        name, tags = written(series["metric"])
        expected = [(round(at * 1000), float(value)) for at, value in series["values"]]
        expected = [(at, value) for at, value in expected if value - value == 0]
        last = expected[-1][0] if expected else 0
        found = read_series(server, name, tags) if expected else []
        equal([sample for sample in found if sample[0] <= last], expected, f"{name} {tags}")
        samples += len(expected)
    return samples


def spread(series, count):
    """Some of many, the same each time."""
    return sorted(series, key=lambda s: json.dumps(s["metric"], sort_keys=True))[:: max(1, len(series) // count)]


def samples_are_prometheus_own():
    with Server() as server, Prometheus(server) as prometheus:
        prometheus.wait_until_up()
        time.sleep(RUN_S / 2)
        server.stop()
        address = f"{server.host}:{server.port}"
        time.sleep(1)
        server.options = ["--listen", address]  # Prometheus goes on where it was
        server.start()
        time.sleep(RUN_S / 2)
        measured = prometheus.query('{job=~"self|centime"}[2m]')
        prometheus.finish()
        some = spread(measured, 150)
        samples = compare(server, some)
        print(f"     {len(measured)} series; of {len(some)} all {samples} samples are the same")
        if len(measured) < 300 or samples < 1000:
            raise Failed("prometheus measured less than it should have")


def main():
    if not shutil.which("prometheus"):
        skip("no prometheus")
    return run_tests(samples_are_prometheus_own)


if __name__ == "__main__":
    sys.exit(main())
