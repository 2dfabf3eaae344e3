"""A real InfluxDB 1.x on the loopback, in a temporary folder, for as long as a test lasts."""

import http.client
import json
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

START_S = 20
ANSWER_S = 5

CONFIG = """reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{http}"
  log-enabled = false
[continuous_queries]
  enabled = false
[logging]
  level = "error"
"""


def is_installed():
    return shutil.which("influxd") is not None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class InfluxServer:
    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="influxd")
        self.port = free_port()
        config = f"{self.folder.name}/influxdb.conf"
        with open(config, "w") as file:
            file.write(CONFIG.format(folder=self.folder.name, http=self.port, rpc=free_port()))
        self.process = subprocess.Popen(
            ["influxd", "-config", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            self.wait_until_up()
            self.ask("CREATE DATABASE t", None)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *failure):
        self.stop()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()

    def wait_until_up(self):
        end = time.monotonic() + START_S
        while True:
            try:
                self.request("GET", "/ping")
                return
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise
                time.sleep(0.1)

    def request(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_S)
        try:
            connection.request(method, path, body)
            return connection.getresponse().read()
        finally:
            connection.close()

    def write(self, lines):
        answer = self.request("POST", "/write?db=t", lines.encode())
        if answer:
            raise RuntimeError(f"influxd refuses lines: {answer.decode()}")

    def ask(self, statement, database="t"):
        """The answer as JSON, numbers as they are written; None where there is none in time."""
        parameters = {"q": statement, "epoch": ""}
        if database:
            parameters["db"] = database
        try:
            return json.loads(self.request("POST", "/query?" + urllib.parse.urlencode(parameters)))
        except TimeoutError:
            return None
