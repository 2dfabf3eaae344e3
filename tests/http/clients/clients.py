"""What the tests of writing clients share: npm's packages, other people's programs, and reading back what was written.

What a client wrote is read back by /query and compared value by value.
"""

import fcntl
import json
import os
import pty
import shutil
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from centime_server import Failed, Impossible, skip  # noqa: E402

DEBIAN_PYTHON = "/usr/bin/python3"
NPM_S = 120
PATIENCE_S = 20


def require(program):
    """The path of a program; the test is skipped where it is not installed."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/bin")
    return path or skip(f"no {program}")


def npm_modules():
    """The folder of npm's packages of package-lock.json, installed once for all tests of a build; skips where they cannot
    be had."""
    require("node")
    npm = require("npm")
    folder = Path(os.environ.get("CENTIME_BUILD", "."), "npm-clients")
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = (HERE / "package-lock.json").read_bytes()
        marker = folder / "installed.json"
        if not marker.exists() or marker.read_bytes() != wanted:
            install(npm, folder)
            marker.write_bytes(wanted)
    return folder / "node_modules"


def install(npm, folder):
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--fetch-retries=0"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=NPM_S)
        failure = done.stderr if done.returncode else ""
    except subprocess.TimeoutExpired:
        failure = f"npm took more than {NPM_S} s"
    if failure:
        skip(f"npm cannot install the clients: {failure.splitlines()[0]}")


def run(*command, timeout_s=60):
    """What a program prints; fails where it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=timeout_s)
    if done.returncode:
        raise Failed(f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def at_prompt(command, *lines):
    """What a program shows on a terminal at which these lines are typed, each after its prompt, "> "."""
    try:
        process, terminal = pty.fork()
    except OSError as failure:  # a system without /dev/pts
        raise Impossible(f"no terminal: {failure}") from failure
    if process == 0:
        os.execv(command[0], [str(part) for part in command])
    shown = b""
    try:
        for line in lines:
            end = time.monotonic() + PATIENCE_S
            while not shown.endswith(b"> ") and time.monotonic() < end:
                shown += os.read(terminal, 65536)
            os.write(terminal, line.encode() + b"\n")
            shown += b"\n"
        while part := os.read(terminal, 65536):
            shown += part
    except OSError:  # the other side of the terminal was closed: the program has ended
        pass
    finally:
        os.close(terminal)
        os.waitpid(process, 0)
    return shown.decode(errors="replace")


def run_node(script, *arguments):
    """The JSON that a script beside this file prints, with npm's packages as its first argument."""
    return json.loads(run("node", HERE / script, npm_modules(), *arguments))


def read_back(server, database, table, *columns):
    """Rows of a table in the order of their times, each a tuple of (ns, column, ...); numbers are Decimals."""
    names = ", ".join(f'"{name}"' for name in columns)
    answer = server.json("GET", "/query", parameters={"db": database, "epoch": "ns", "q": f'SELECT {names} FROM "{table}"'})
    result = answer["results"][0]
    if "error" in result:
        raise Failed(f"{table}: {result['error']}")
    rows = result["series"][0]["values"] if "series" in result else []
    return [tuple(Decimal(value) if type(value) is int else value for value in row) for row in rows]
