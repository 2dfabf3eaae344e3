#!/usr/bin/env python3
"""A store that cannot write: a full file system, and files that may not grow. Writes are answered 503 with Retry-After on every
interface, in words at which no client gives its batch up; questions are answered as before; and what was acknowledged is there,
also after a restart."""

import os
import random
import stat
import subprocess
import sys

from centime_server import Failed, Server, equal, run_tests

TARGETS = ("/write?db=a", "/api/v2/write?bucket=a", "/api/v3/write_lp?db=a")
LINES = 4000
BATCHES_MAX = 400
GIVING_UP = (b"partial write", b"unable to parse", b"points beyond retention policy")

# As a command of the name that the server has: the store's folder is a file system of its own, in a namespace of its own.
FULL = """#!/bin/sh
mkdir -p "$2"
exec unshare -rm sh -c 'mount -t tmpfs -o size={size} none "$2" && exec "{command}" "$@"' sh "$@"
"""
# No file may grow past a size; the signal that says so is ignored, so that writing fails.
SHORT = """#!{python}
import os, resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))
os.execv("{command}", ["{command}", *sys.argv[1:]])
"""


class Confined(Server):
    """A server that is started through a script."""

    def __init__(self, script, **values):
        super().__init__()
        path = os.path.join(self.temporary.name, "confined")
        with open(path, "w", encoding="utf-8") as file:
            file.write(script.format(command=self.command, **values))
        os.chmod(path, stat.S_IRWXU)
        self.plain, self.command = self.command, path


def lines_of(batch):
    """Lines whose strings do not pack."""
    source = random.Random(batch)
    times = range(batch * LINES + 1, batch * LINES + LINES + 1)
    return "".join(f'm,host=h{time % 50} v={time}i,s="{source.randbytes(100).hex()}" {time}\n' for time in times).encode()


def fill(server):
    """Writes until the server cannot, and returns how many rows it has acknowledged."""
    for batch in range(BATCHES_MAX):
        status, _, body = server.post(TARGETS[0], lines_of(batch))
        if status != 204:
            equal(status, 503, f"a batch that does not fit: {body!r}")
            return batch * LINES
    raise Failed("the store does not get full")


def count(server):
    answer = server.json("GET", "/query", parameters={"db": "a", "q": "SELECT count(v) FROM m"})
    return answer["results"][0]["series"][0]["values"][0][1]


def expect_refusals(server, acknowledged):
    for target in TARGETS:
        status, headers, body = server.post(target, lines_of(BATCHES_MAX))
        equal(status, 503, target)
        if int(headers["retry-after"]) < 1:
            raise Failed(f"{target}: Retry-After: {headers['retry-after']}")
        for words in GIVING_UP:
            equal(words in body, False, f"{target}: {words!r} in {body!r}")
    # A bad line beside good ones does not make a 4xx of it.
    status, _, body = server.post(TARGETS[0], lines_of(BATCHES_MAX) + b"m v=\n")
    equal((status, b"unable to parse" in body), (503, False), "a bad line besides")
    equal(count(server), acknowledged, "rows")


def a_full_disk_is_no_fault_of_the_client():
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode:
        print("     no namespaces here: a full disk is not tried")
        return
    with Confined(FULL, size="16m") as server:
        acknowledged = fill(server)
        expect_refusals(server, acknowledged)


def files_that_cannot_grow_stop_writing_only():
    with Confined(SHORT, size=4 << 20, python=sys.executable) as server:
        acknowledged = fill(server)
        expect_refusals(server, acknowledged)
        server.stop(must_be_clean=False)
        server.command = server.plain
        server.start()
        equal(count(server), acknowledged, "rows after a restart")
        server.write(lines_of(BATCHES_MAX), db="a")
        equal(count(server), acknowledged + LINES, "rows when there is room again")


def main():
    return run_tests(a_full_disk_is_no_fault_of_the_client, files_that_cannot_grow_stop_writing_only)


if __name__ == "__main__":
    sys.exit(main())
