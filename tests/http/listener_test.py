#!/usr/bin/env python3
"""What HTTP/1.1 asks of a server, whatever it serves."""

import sys

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


def main():
    return run_tests(
        answers_keep_alive_requests_in_order,
        answers_pipelined_requests_in_order,
        head_is_get_without_its_body,
        says_which_methods_a_path_takes,
        every_answer_has_an_id_of_its_own,
    )


if __name__ == "__main__":
    sys.exit(main())
