#!/usr/bin/env python3
"""Clients that mean harm, or are broken: heads that could be read in two ways, half requests, resets, garbage. Each gets a
clear refusal or none at all; the server lives, forgets them, and goes on serving."""

import gzip
import os
import random
import socket
import struct
import sys
import time

from centime_server import SANITIZED, Failed, Server, equal, run_tests

SEED = int(os.environ.get("CENTIME_SEED", "4"))


def status_of(answer):
    """Of the first answer in these bytes; 0: none."""
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0


def request(*headers, method=b"GET", target=b"/ping", version=b"HTTP/1.1", body=b"", host=b"Host: a\r\n"):
    lines = b"".join(header + b"\r\n" for header in headers)
    return method + b" " + target + b" " + version + b"\r\n" + host + lines + b"\r\n" + body


# Each is refused, with the connection; what stands behind it is not taken for a request of its own. (The library says some of
# its own refusals twice.)
SMUGGLED = b"GET /ping HTTP/1.1\r\nHost: a\r\n\r\n"
AMBIGUOUS = {
    "length and chunked": request(b"Content-Length: 5", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n" + SMUGGLED),
    "chunked and length": request(b"Transfer-Encoding: chunked", b"Content-Length: 5", body=b"0\r\n\r\n" + SMUGGLED),
    "two lengths": request(b"Content-Length: 3", b"Content-Length: 0", body=SMUGGLED),
    "two equal lengths": request(b"Content-Length: 0", b"Content-Length: 0", body=SMUGGLED),
    "a list of lengths": request(b"Content-Length: 0, 0", body=SMUGGLED),
    "a signed length": request(b"Content-Length: +0", body=SMUGGLED),
    "a negative length": request(b"Content-Length: -1", body=SMUGGLED),
    "a length in hex": request(b"Content-Length: 0x0", body=SMUGGLED),
    "a length past 64 bits": request(b"Content-Length: 18446744073709551617", body=SMUGGLED),
    "an empty length": request(b"Content-Length:", body=SMUGGLED),
    "an unknown coding": request(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n" + SMUGGLED),
    "a coding with a tail": request(b"Transfer-Encoding: chunkedx", body=b"0\r\n\r\n" + SMUGGLED),
    "two codings": request(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", body=b"0\r\n\r\n" + SMUGGLED),
    "chunked in 1.0": request(b"Transfer-Encoding: chunked", version=b"HTTP/1.0", body=b"0\r\n\r\n" + SMUGGLED),
    "no host": request(host=b"", body=SMUGGLED),
    "two hosts": request(b"Host: b", body=SMUGGLED),
    "a blank before the colon": request(b"Content-Length : 0", body=SMUGGLED),
    "a name that is none": request(b"X(y): 1", body=SMUGGLED),
    "a zero byte in a value": request(b"X: a\0b", body=SMUGGLED),
    "a control byte in a value": request(b"X: a\x01b", body=SMUGGLED),
    "another version": request(version=b"HTTP/1.2", body=SMUGGLED),
    "a major version": request(version=b"HTTP/3.0", body=SMUGGLED),
    "a bare return in a value": request(b"X: a\rContent-Length: 33", body=SMUGGLED),
    "a folded header": request(b"X: a\r\n Content-Length: 33", body=SMUGGLED),
    "a bad chunk size": request(b"Transfer-Encoding: chunked", body=b"zz\r\nabc\r\n0\r\n\r\n" + SMUGGLED),
    "a signed chunk size": request(b"Transfer-Encoding: chunked", body=b"+1\r\na\r\n0\r\n\r\n" + SMUGGLED),
    "a chunk size past 64 bits": request(b"Transfer-Encoding: chunked", body=b"10000000000000001\r\na\r\n0\r\n\r\n" + SMUGGLED),
}


def what_reads_in_two_ways_is_refused_and_the_connection_ends():
    wrong = []
    with Server() as server:
        for what, data in AMBIGUOUS.items():
            start = time.monotonic()
            answer = server.raw(data)
            if not 400 <= status_of(answer) <= 505 or b" 204 " in answer or time.monotonic() - start > 8:
                wrong.append(f"{what}: {answer[:200]!r} after {time.monotonic() - start:.1f} s")
        equal(server.get("/ping")[0], 204, "afterwards")
    equal(wrong, [], "taken")


def goes_on(server):
    """The server still answers, on a connection of its own."""
    equal(server.get("/ping")[0], 204, "afterwards")


def wait_for(what, holds, seconds=20):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise Failed(f"{what}: not after {seconds} s")
        time.sleep(0.05)


def half_requests_are_forgotten():
    pieces = [
        b"",
        b"G",
        b"GET /ping HTTP/1.1",
        b"GET /ping HTTP/1.1\r\nHost: a\r\nX",
        request(b"Content-Length: 1000", method=b"POST", target=b"/write?db=a", body=b"m v=1 1\nm v="),
        request(b"Transfer-Encoding: chunked", method=b"POST", target=b"/write?db=a", body=b"400\r\nm v=1"),
        request(b"Content-Length: 1000", b"Content-Encoding: gzip", method=b"POST", target=b"/write", body=b"\x1f\x8b\x08"),
        request(b"Content-Length: 1000", b"Expect: 100-continue", method=b"POST", target=b"/write"),
    ]
    with Server() as server:
        before = server.open_descriptors()
        for ends_by_reset in (False, True):
            for piece in pieces:
                for _ in range(4):
                    connection = socket.create_connection((server.host, server.port))
                    connection.sendall(piece)
                    if ends_by_reset:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    connection.close()
        goes_on(server)
        wait_for("descriptors are closed", lambda: server.open_descriptors() <= before)
        equal(b"m v=" in server.raw(HALF_READ), False, "a row of half a request")


HALF_READ = request(b"Connection: close", target=b"/query?db=a&q=SELECT+*+FROM+m")


def resets_in_the_middle_of_answers_are_survived():
    with Server() as server:
        server.write("\n".join(f"m,host=h{i} v={i} {i}" for i in range(2000)), db="a")
        before = server.open_descriptors()
        for i in range(60):
            with socket.create_connection((server.host, server.port)) as connection:
                connection.sendall(request(target=b"/query?db=a&q=SELECT+*+FROM+m") * 20)
                if i % 2:
                    connection.recv(1 + i * 50)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        goes_on(server)
        wait_for("descriptors are closed", lambda: server.open_descriptors() <= before)


def garbage_is_refused_and_survived():
    chance = random.Random(SEED)
    print(f"seed {SEED}")
    heads = [request(method=b"POST", target=b"/write?db=a", body=b"m v=1 1"), request(), SMUGGLED * 3, *AMBIGUOUS.values()]
    with Server() as server:
        before = server.open_descriptors()
        for i in range(300):
            data = bytearray(chance.choice(heads))
            for _ in range(chance.randrange(1, 8)):
                at = chance.randrange(len(data))
                if chance.random() < 0.5:
                    data[at] = chance.randrange(256)
                else:
                    data[at:at] = chance.randbytes(chance.randrange(1, 40))
            if i % 10 == 0:
                data = bytearray(chance.randbytes(chance.randrange(1, 30000)))
            try:
                server.raw(bytes(data), ends=True)
            except ConnectionError:
                pass
        goes_on(server)
        wait_for("descriptors are closed", lambda: server.open_descriptors() <= before)


def names_never_become_paths():
    names = ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "/etc/passwd", "%2e%2e/x", "a%00b", "..", ".", "con%2fa", "%ff", "a" * 300]
    with Server() as server:
        server.write("m v=1 1", db="good")
        for name in names:
            status, _, answer = server.post(f"/write?db={name}", b"m v=1 1")
            if status not in (400, 404, 422):
                raise Failed(f"database {name}: {status} {answer!r}")
            for target in (f"/{name}", f"/api/v1/training/{name}", f"/query?db={name}&q=SHOW+TABLES", f"/{name}/../ping"):
                status, _, answer = server.get(target)
                if status >= 500 or b"root:" in answer:
                    raise Failed(f"{target}: {status} {answer!r}")
        equal(server.stop(), 0, "exit code")
        above = os.listdir(os.path.dirname(server.folder))
        equal(sorted(above), ["log", "store"], "files beside the store")
        server.start()
        server.write("m v=2 2", db="good")


def tables_and_tags_may_be_called_anything_and_stay_inside():
    name = f"centime-outside-{os.getpid()}"
    with Server() as server:
        server.write(f"../../{name},../a=../../b v=1 1\n/tmp/{name},t=.. v=2 2", db="good")
        equal(server.stop(), 0, "exit code")
        for folder in ("/tmp", os.path.dirname(server.folder), os.path.dirname(os.path.dirname(server.folder))):
            equal(os.path.exists(os.path.join(folder, name)), False, "a file outside of the store")
        server.start()


def bombs_do_not_grow_the_server():
    bomb = gzip.compress(bytes(200 << 20), 9)
    nested = gzip.compress(bomb, 9)
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(bomb[i : i + 4096]), bomb[i : i + 4096]) for i in range(0, len(bomb), 4096)) + b"0\r\n\r\n"
    with Server() as server:
        goes_on(server)
        before = server.resident_bytes()
        for _ in range(5):
            status, _, answer = server.post("/write?db=a", bomb, headers={"Content-Encoding": "gzip"})
            equal((status, b"ratio" in answer), (413, True), "a bomb")
            head = request(b"Content-Encoding: gzip", b"Transfer-Encoding: chunked", method=b"POST", target=b"/write?db=a")
            equal(status_of(server.raw(head + chunked)), 413, "a bomb in chunks")
            equal(server.post("/write?db=a", nested, headers={"Content-Encoding": "gzip, gzip"})[0], 415, "packed twice")
            equal(server.post("/write?db=a", nested, headers={"Content-Encoding": "gzip"})[0], 400, "packed twice, said once")
            snappy = b"\xff\xff\xff\xff\x0f" + b"x" * 100
            equal(server.post("/write?db=a", snappy, headers={"Content-Encoding": "snappy"})[0], 413, "4 GiB of snappy")
        grown = server.resident_bytes() - before
        if grown > (300 if SANITIZED else 24) << 20:
            raise Failed(f"{grown >> 20} MiB more")


def refusals_reach_clients_that_are_still_sending():
    body = b"m v=1 1\n" * (40 << 17)
    with Server() as server:
        for _ in range(3):
            status, _, answer = server.post("/write?db=a", body)
            equal((status, b"body_bytes_max" in answer), (413, True), "40 MiB")
        head = request(b"Transfer-Encoding: chunked", method=b"POST", target=b"/write?db=a")
        answer = server.raw(head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
        equal(status_of(answer), 413, "40 MiB in a chunk")
        goes_on(server)


def main():
    return run_tests(
        what_reads_in_two_ways_is_refused_and_the_connection_ends,
        half_requests_are_forgotten,
        resets_in_the_middle_of_answers_are_survived,
        garbage_is_refused_and_survived,
        names_never_become_paths,
        tables_and_tags_may_be_called_anything_and_stay_inside,
        bombs_do_not_grow_the_server,
        refusals_reach_clients_that_are_still_sending,
    )


if __name__ == "__main__":
    sys.exit(main())
