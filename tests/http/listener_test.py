#!/usr/bin/env python3
"""What HTTP/1.1 asks of a server, whatever it serves."""

import gzip
import os
import signal
import socket
import subprocess
import sys
import time

from centime_server import Server, equal, run_tests

HEAD = b"GET /ping HTTP/1.1\r\nHost: a\r\n"


def answers_keep_alive_requests_in_order():
    with Server() as server:
        connection = server.connection()
        for _ in range(3):
            connection.request("GET", "/ping?verbose=true")
            answer = connection.getresponse()
            equal(answer.status, 200, "status")
            equal(answer.getheader("Content-Length"), str(len(answer.read())), "Content-Length")
        connection.close()


def answers_pipelined_requests_in_order():
    with Server() as server:
        three = HEAD + b"\r\n" + b"GET /none HTTP/1.1\r\nHost: a\r\n\r\n" + HEAD + b"Connection: close\r\n\r\n"
        answer = server.raw(three)
        statuses = [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]]
        equal(statuses, [b"204", b"404", b"204"], "statuses")


def head_is_get_without_its_body():
    with Server() as server:
        status, headers, body = server.request("HEAD", "/ping?verbose=true")
        equal((status, body), (200, b""), "answer")
        if int(headers["content-length"]) == 0:
            raise AssertionError("HEAD tells the length of what GET would answer")


def says_which_methods_a_path_takes():
    with Server() as server:
        status, headers, _ = server.request("OPTIONS", "/ping")
        equal((status, headers["allow"]), (204, "GET, HEAD, OPTIONS"), "OPTIONS")
        equal("access-control-allow-origin" in headers, False, "CORS that nobody asked for")
        status, headers, _ = server.request("DELETE", "/ping")
        equal((status, headers["allow"]), (405, "GET, HEAD, OPTIONS"), "DELETE")
        equal(server.get("/nothing/here")[0], 404, "unknown path")


def every_answer_has_an_id_of_its_own():
    with Server() as server:
        ids = {server.get("/ping")[1]["x-request-id"] for _ in range(5)}
        equal(len(ids), 5, "different ids")


def body_is_asked_for_only_where_it_will_be_taken():
    expecting = b"POST %s HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: %d\r\n%s\r\n"
    with Server() as server:
        with socket.create_connection((server.host, server.port), timeout=20) as connection:
            connection.sendall(expecting % (b"/write?db=a", 8, b""))
            equal(connection.recv(1000), b"HTTP/1.1 100 Continue\r\n\r\n", "a fine request")
            connection.sendall(b"m v=1 1\n")
            equal(connection.recv(1000)[:12], b"HTTP/1.1 204", "its answer")
        refused = {
            413: expecting % (b"/write?db=a", 1 << 30, b""),
            404: expecting % (b"/nothing", 8, b""),
            405: expecting % (b"/ping", 8, b""),
            415: expecting % (b"/write?db=a", 8, b"Content-Encoding: br\r\n"),
            400: expecting % (b"/write?db=%zz", 8, b""),
        }
        for status, head in refused.items():
            equal(server.raw(head)[:12], b"HTTP/1.1 %d" % status, "a refused one")
        made = subprocess.run([server.command, "token", "create", server.folder, "--read", "a"], check=True, capture_output=True)
        equal(len(made.stdout) > 40, True, "a token")
        server.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 20
        while server.raw(expecting % (b"/write?db=a", 8, b""), timeout_s=1)[:12] != b"HTTP/1.1 401":
            equal(time.monotonic() < deadline, True, "401 in time")


def bodies_come_in_chunks_and_packed():
    with Server() as server:
        connection = server.connection()
        for i in range(5):
            lines = [b"m,i=%d v=%d %d\n" % (i, j, j) for j in range(100)]
            connection.request("POST", "/write?db=a", iter(lines), {"Transfer-Encoding": "chunked"}, encode_chunked=True)
            answer = connection.getresponse()
            equal((answer.status, answer.read()), (204, b""), "in chunks")
            packed = gzip.compress(b"".join(lines))
            connection.request("POST", "/write?db=a", packed, {"Content-Encoding": "gzip"})
            answer = connection.getresponse()
            equal((answer.status, answer.read()), (204, b""), "packed")
        connection.close()
        status, _, body = server.get("/query", parameters={"db": "a", "q": "SELECT count(v) FROM m"})
        equal((status, b"500]" in body), (200, True), f"rows in {body!r}")


def pages_may_ask_only_where_that_is_set():
    with Server("--cors-origin", "https://finops.example") as server:
        for method in ("GET", "OPTIONS"):
            headers = server.request(method, "/ping", headers={"Origin": "https://finops.example"})[1]
            equal(headers.get("access-control-allow-origin"), "https://finops.example", method)
            equal(headers.get("vary"), "Origin", method)
    with Server() as server:
        equal("access-control-allow-origin" in server.get("/ping", headers={"Origin": "https://a"})[1], False, "not set")


def answers_over_ipv6_too():
    if not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6") or not os.path.getsize("/proc/net/if_inet6"):
        return
    with Server("--listen", "[::1]:0") as server:
        equal((server.host, server.get("/ping")[0]), ("::1", 204), "IPv6")


def an_address_that_is_taken_is_told():
    with Server() as server:
        other = subprocess.run(
            [server.command, "serve", server.folder + "2", "--listen", f"{server.host}:{server.port}"], capture_output=True, check=False
        )
        equal(other.returncode, 1, "exit code")
        equal(b"cannot listen on" in other.stderr and b"in use" in other.stderr, True, f"{other.stderr!r}")


def main():
    return run_tests(
        answers_keep_alive_requests_in_order,
        answers_pipelined_requests_in_order,
        head_is_get_without_its_body,
        says_which_methods_a_path_takes,
        every_answer_has_an_id_of_its_own,
        body_is_asked_for_only_where_it_will_be_taken,
        bodies_come_in_chunks_and_packed,
        pages_may_ask_only_where_that_is_set,
        answers_over_ipv6_too,
        an_address_that_is_taken_is_told,
    )


if __name__ == "__main__":
    sys.exit(main())
