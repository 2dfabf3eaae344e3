"""Runs `centime serve` for tests: on a free port, over a store in a folder of its own, until the test is over.

    with Server() as server:
        status, headers, body = server.get("/ping")

Leaving the `with` sends SIGTERM; an exit code other than 0 fails the test, as does what a sanitizer says. The command is
$CENTIME_COMMAND, as ctest sets it.
"""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from decimal import Decimal

SKIPPED = 77  # what ctest takes for "skipped"
SANITIZED = "san" in os.path.basename(os.environ.get("CENTIME_BUILD", ""))  # slower, and memory is held back
START_S = 60
STOP_S = 120


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


class Failed(AssertionError):
    pass


class Impossible(Exception):
    """What a test needs is not there: it is left out, which is told."""


class Server:
    """options: further arguments of `centime serve`; environment: further variables; folder: of a store that is kept."""

    def __init__(self, *options, folder=None, environment=None):
        self.command = os.environ["CENTIME_COMMAND"]
        self.options = [str(option) for option in options]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CENTIME_")}
        self.environment = {**inherited, **(environment or {})}
        self.temporary = tempfile.TemporaryDirectory(prefix="centime-")
        self.folder = folder or os.path.join(self.temporary.name, "store")
        self.log_path = os.path.join(self.temporary.name, "log")
        self.process = None
        self.host = self.port = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        try:
            if self.process:
                self.stop(must_be_clean=kind is None)
        finally:
            self.temporary.cleanup()

    @property
    def url(self):
        return f"http://{self.host}:{self.port}"

    def start(self):
        """Returns when the server answers; the address is the one that it prints."""
        arguments = [self.command, "serve", self.folder, "--listen", "127.0.0.1:0", *self.options]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=log, env=self.environment)
        line = self.process.stdout.readline().decode()
        match = re.search(r"http://(\S+):(\d+)", line)
        if not match:
            raise Failed(f"the server did not start: exit code {self.process.wait()}\n{line}{self.log()}")
        self.host, self.port = match.group(1).strip("[]"), int(match.group(2))
        self.wait_until_ready()

    def wait_until_ready(self):
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            if self.get("/ready")[0] in (200, 404):
                return
            time.sleep(0.02)
        raise Failed("the server does not get ready")

    def stop(self, must_be_clean=True, with_signal=signal.SIGTERM):
        """Ends the server; its exit code. It may be started again."""
        process, self.process = self.process, None
        process.send_signal(with_signal)
        try:
            code = process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Failed(f"the server did not stop\n{self.log()}") from None
        finally:
            process.stdout.close()
        if must_be_clean and code != 0:
            raise Failed(f"the server ended with exit code {code}\n{self.log()}")
        return code

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def open_descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    # -- Asking --------------------------------------------------------------------------------------------------------

    def connection(self, timeout_s=60):
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout_s)

    def request(self, method, path, body=None, headers=None, parameters=None):
        """(status, headers, body) on a connection of its own. Names of headers are in small letters."""
        if parameters:
            path += "?" + urllib.parse.urlencode(parameters)
        connection = self.connection()
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, body=b"", **more):
        return self.request("POST", path, body, **more)

    def json(self, method, path, body=None, status=200, **more):
        """The answer as JSON, decimals as Decimal; fails where its status is another."""
        data = None if body is None else json.dumps(body, default=str).encode()
        headers = {"Content-Type": "application/json", **more.pop("headers", {})}
        got, _, answer = self.request(method, path, data, headers, **more)
        if got != status:
            raise Failed(f"{method} {path}: {got}, not {status}: {answer!r}")
        return json.loads(answer, parse_float=Decimal)

    def write(self, lines, **parameters):
        """Line protocol by /write; fails where it is not taken."""
        status, _, answer = self.post("/write", lines.encode() if isinstance(lines, str) else lines, parameters=parameters)
        if status != 204:
            raise Failed(f"POST /write: {status}: {answer!r}")

    def raw(self, data, timeout_s=20, ends=False):
        """What comes back for these bytes until the server closes or is silent; ends: no more will be sent."""
        with socket.create_connection((self.host, self.port), timeout=timeout_s) as connection:
            try:
                connection.sendall(data)
                if ends:
                    connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # it has refused already; the refusal is read all the same
            return read_all(connection)


def read_all(connection):
    """Bytes up to the end of the stream, a reset or the socket's time-out."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except OSError:
        pass
    return b"".join(parts)


def equal(found, expected, what=""):
    if found != expected:
        raise Failed(f"{what}: found {found!r}, expected {expected!r}")


def run_tests(*tests):
    """Runs each; tells all that failed; the exit code is for the caller's sys.exit."""
    failed = 0
    for test in tests:
        start = time.monotonic()
        try:
            test()
            print(f"ok   {test.__name__} ({time.monotonic() - start:.1f} s)")
        except Impossible as why:
            print(f"skip {test.__name__}: {why}")
        except Exception as failure:  # every fault is told, and the next test runs
            failed += 1
            print(f"FAIL {test.__name__}: {type(failure).__name__}: {failure}")
    return 1 if failed else 0
