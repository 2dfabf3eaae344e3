#!/usr/bin/env python3
"""Clients that mean harm, or are broken: heads that could be read in two ways, half requests, resets, garbage. Each gets a
clear refusal or none at all; the server lives, forgets them, and goes on serving."""

import os
import random
import socket
import struct
import sys
import time

from centime_server import Failed, Server, equal, read_all, run_tests

SEED = int(os.environ.get("CENTIME_SEED", "4"))


def status_of(answer):
    """Of the first answer in these bytes; 0: none."""
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0


def answers_in(answer):
    return answer.count(b"HTTP/1.1 ")


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


def main():
    return run_tests(what_reads_in_two_ways_is_refused_and_the_connection_ends)


if __name__ == "__main__":
    sys.exit(main())
