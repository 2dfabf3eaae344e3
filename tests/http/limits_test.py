#!/usr/bin/env python3
"""Every limit of the server: at it all is well, past it there is a clear answer, and the server goes on."""

import gzip
import socket
import sys
import time

from centime_server import Failed, Server, equal, read_all, run_tests

HEAD = b"POST /write?db=a HTTP/1.1\r\nHost: a\r\n"
MIB = 1 << 20


def status_of(answer):
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0


def refused(answer, status, *words):
    """(status, headers, body): with that status, and saying these words."""
    equal(answer[0], status, f"status of {answer[2][:300]!r}")
    for word in words:
        if word.encode() not in answer[2]:
            raise Failed(f"{answer[2]!r} does not say {word}")
    if status == 503:
        equal(answer[1].get("retry-after"), "1", "Retry-After")


def lines(size_bytes):
    """Exactly so many bytes of good lines."""
    line = b"m v=1 1\n"
    return line * (size_bytes // len(line)) + b"\n" * (size_bytes % len(line))


# -- Bodies ------------------------------------------------------------------------------------------------------------


def body_as_it_comes():
    with Server("--body-bytes-max", "1MiB") as server:
        equal(server.post("/write?db=a", lines(MIB))[0], 204, "1 MiB")
        refused(server.post("/write?db=a", lines(MIB + 1)), 413, "body_bytes_max")
        chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
        equal(status_of(server.raw(chunked % (MIB + 1, lines(MIB + 1)))), 413, "in a chunk")
        equal(server.get("/ping")[0], 204, "afterwards")


def body_unpacked():
    packed = {"Content-Encoding": "gzip"}
    with Server("--unpacked-bytes-max", "2MiB", "--unpacked-ratio-max", "10000") as server:
        equal(server.post("/write?db=a", gzip.compress(lines(2 * MIB)), headers=packed)[0], 204, "2 MiB")
        refused(server.post("/write?db=a", gzip.compress(lines(2 * MIB + 1)), headers=packed), 413, "unpacked_bytes_max")
        refused(server.post("/write?db=a", lines(2 * MIB + 1)), 413, "unpacked_bytes_max")


def ratio():
    packed = {"Content-Encoding": "gzip"}
    body = gzip.compress(lines(2 * MIB))
    real = 2 * MIB // len(body)
    with Server("--unpacked-ratio-max", real + 2) as server:
        equal(server.post("/write?db=a", body, headers=packed)[0], 204, "below")
    with Server("--unpacked-ratio-max", real // 2) as server:
        refused(server.post("/write?db=a", body, headers=packed), 413, "unpacked_ratio_max")
        equal(server.post("/write?db=a", gzip.compress(lines(MIB)), headers=packed)[0], 204, "the first MiB is free")


def bodies_of_all_requests():
    with Server("--bodies-bytes-max=1MiB", "--unpacked-bytes-max=1MiB", "--body-bytes-max=1MiB") as server:
        holders = []
        for _ in range(3):
            holder = socket.create_connection((server.host, server.port))
            holder.sendall(HEAD + b"Content-Length: 400000\r\n\r\n" + lines(300000))
            holders.append(holder)
        time.sleep(0.3)  # what was sent has been read
        answers = [server.post("/write?db=a", lines(400000)) for _ in range(3)]
        refused(answers[0], 503, "bodies_bytes_max")
        for holder in holders:
            holder.close()
        deadline = time.monotonic() + 20
        while server.post("/write?db=a", lines(400000))[0] != 204:
            if time.monotonic() > deadline:
                raise Failed("what was held is not given back")


# -- Heads -------------------------------------------------------------------------------------------------------------


def head_and_url():
    with Server() as server:
        equal(server.get("/ping", headers={"X": "a" * 15000})[0], 204, "15,000 bytes")
        equal(server.get("/ping", headers={"X": "a" * 17000})[0], 431, "17,000 bytes")
        equal(server.get("/ping?x=" + "a" * 8000)[0], 204, "a URL of 8,000 bytes")
        equal(server.get("/ping?x=" + "a" * 9000)[0], 414, "a URL of 9,000 bytes")
        equal(status_of(server.raw(b"GET /ping HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 100000 + b"\r\n\r\n")), 431, "100,000 bytes")
        equal(status_of(server.raw(b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\nHost: a\r\n\r\n")), 414, "a URL of 100,000")
        refused(server.get("/ping?" + "a=1&" * 300), 400, "at most 256")


# -- Connections -------------------------------------------------------------------------------------------------------


def connections():
    for most in (("--connections-max=8", "--connections-per-address-max=8"), ("--connections-per-address-max=8",)):
        with Server(*most) as server:
            time.sleep(0.3)  # the harness's own have gone
            held = [server.connection() for _ in range(8)]
            for connection in held:
                connection.request("GET", "/ping")
                equal(connection.getresponse().status, 204, "the first 8")
            refused(server.get("/ping"), 503, "too many connections")
            held.pop().close()
            deadline = time.monotonic() + 20
            while server.get("/ping")[0] != 204:
                if time.monotonic() > deadline:
                    raise Failed("a connection that was closed still counts")
            for connection in held:
                connection.close()


# -- Time --------------------------------------------------------------------------------------------------------------


def time_until_closed(server, first, trickle=b"", pause_s=0.1):
    """(seconds, answer) of a client that sends the first bytes, then trickles one at a time until it is stopped."""
    start = time.monotonic()
    with socket.create_connection((server.host, server.port), timeout=30) as connection:
        connection.sendall(first)
        answer = b""
        if trickle:
            connection.settimeout(pause_s)
            while time.monotonic() - start < 30:
                try:
                    connection.sendall(trickle)
                    part = connection.recv(4096)
                    answer += part
                    if not part:
                        break
                except TimeoutError:
                    continue
                except ConnectionError:
                    break
        else:
            answer = read_all(connection)
        return time.monotonic() - start, answer


def stopped(what, measured, status):
    seconds, answer = measured
    if not 0.7 < seconds < 15:
        raise Failed(f"{what}: stopped after {seconds:.1f} s, not soon after 1 s")
    if answer or status:
        equal(status_of(answer), status, f"{what}: {answer!r}")


def time_for_a_head():
    with Server("--header-timeout", "1s") as server:
        stopped("half a head", time_until_closed(server, b"GET /ping HTTP/1.1\r\nHost:"), 408)
        stopped("a trickle", time_until_closed(server, b"GET /ping HTTP/1.1\r\nX: ", b"a"), 408)
        equal(server.get("/ping")[0], 204, "afterwards")


def time_between_requests():
    with Server("--idle-timeout", "1s") as server:
        stopped("silence", time_until_closed(server, b""), 0)
        seconds, answer = time_until_closed(server, b"GET /ping HTTP/1.1\r\nHost: a\r\n\r\n")
        stopped("silence after a request", (seconds, b""), 0)
        equal(status_of(answer), 204, "the request")
        stopped("half a first line", time_until_closed(server, b"GET", b"a"), 0)


def time_for_a_body():
    head = HEAD + b"Content-Length: 100000\r\n\r\n"
    with Server("--body-timeout", "1s") as server:
        stopped("half a body", time_until_closed(server, head + b"m v=1"), 408)
        stopped("a trickle", time_until_closed(server, head, b"a"), 408)
        stopped("a chunk", time_until_closed(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n1000\r\n"), 408)
        equal(server.get("/ping")[0], 204, "afterwards")


def time_for_a_request():
    head = HEAD + b"Content-Length: 10000000\r\n\r\n"
    with Server(*(f"--{what}-timeout=1s" for what in ("request", "header", "body", "query"))) as server:
        stopped("a steady body", time_until_closed(server, head, b"m v=1 1\n" * 100, pause_s=0.02), 408)


# -- Lines -------------------------------------------------------------------------------------------------------------


def lines_tags_and_fields():
    with Server() as server:
        long_text = "x" * (MIB - 100)
        server.write(f'm v="{long_text[: 65535]}" 1', db="a")
        refused(server.post("/write?db=a", f'm v="{long_text}{long_text}" 1'.encode()), 400, "1048576 bytes")
        tags = [f",t{i}=a" for i in range(129)]
        server.write("tagged" + "".join(tags[:128]) + " v=1 1", db="a")
        refused(server.post("/write?db=a", ("m" + "".join(tags) + " v=1 1").encode()), 400, "tags")
        fields = [f"f{i}=1" for i in range(1025)]
        server.write("fielded " + ",".join(fields[:1024]) + " 1", db="a")
        refused(server.post("/write?db=a", ("m " + ",".join(fields) + " 1").encode()), 400, "fields")


def series():
    with Server("--series-max", "10") as server:
        server.write("\n".join(f"m,h=h{i} v=1 1" for i in range(10)), db="a")
        status, _, answer = server.post("/write?db=a", b"m,h=one_more v=1 1")
        if status not in (400, 422) or b"series" not in answer:
            raise Failed(f"the 11th series: {status} {answer!r}")
        server.write("m,h=h3 v=2 2", db="a")


# -- Questions ---------------------------------------------------------------------------------------------------------


def write_rows(server, count):
    for begin in range(0, count, 20000):
        rows = range(begin, min(count, begin + 20000))
        server.write("\n".join(f"m,h=h{i % 5000} v={i},w={i * 7} {i}" for i in rows), db="a")


def ask(server, statement, **parameters):
    return server.post("/query", parameters={"db": "a", "q": statement, **parameters})


def rows_and_memory_of_an_answer():
    with Server("--query-rows-max=1000", "--query-memory=1MiB", "--durability=none") as server:
        write_rows(server, 40000)
        refused(ask(server, "SELECT v FROM m WHERE time < 999"), 200, "values")
        refused(ask(server, "SELECT v FROM m WHERE time < 1001"), 200, "more than 1000 rows")
        refused(ask(server, "SELECT mean(v) FROM m GROUP BY h"), 200, "more than 1000 groups")
    with Server("--query-memory=1MiB", "--durability=none") as server:
        write_rows(server, 40000)
        refused(ask(server, "SELECT * FROM m"), 200, "1048576 bytes of memory")
        refused(ask(server, "SELECT count(v) FROM m"), 200, "40000")


def time_of_a_question():
    with Server("--query-timeout=1s", "--durability=none") as server:
        write_rows(server, 200000)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        start = time.monotonic()
        answer = server.post("/query?db=a", b"q=" + b"SELECT+median(v)+FROM+m;" * 4000, headers=form)
        is_stopped = b"query interrupted" in answer[2] or b"the query was cancelled" in answer[2]
        if not is_stopped or not 0.7 < time.monotonic() - start < 30:
            raise Failed(f"{answer[0]} {answer[2][-300:]!r} after {time.monotonic() - start:.1f} s")
        refused(ask(server, "SHOW MEASUREMENTS"), 200, "[\"m\"]")


def questions_at_once():
    with Server("--queries-max=1", "--query-wait=1s", "--durability=none") as server:
        write_rows(server, 200000)
        with socket.create_connection((server.host, server.port)) as reader:  # that does not read its answer
            reader.sendall(b"GET /query?db=a&chunked=true&q=SELECT+*+FROM+m HTTP/1.1\r\nHost: a\r\n\r\n")
            equal(reader.recv(12), b"HTTP/1.1 200", "the first")
            refused(ask(server, "SELECT count(v) FROM m"), 503, "queries_max")
            server.write("m v=1 1", db="a")
        deadline = time.monotonic() + 20
        while ask(server, "SELECT count(v) FROM m")[0] != 200:
            if time.monotonic() > deadline:
                raise Failed("a question whose client has gone still counts")


def main():
    return run_tests(
        body_as_it_comes,
        body_unpacked,
        ratio,
        bodies_of_all_requests,
        head_and_url,
        connections,
        time_for_a_head,
        time_between_requests,
        time_for_a_body,
        time_for_a_request,
        lines_tags_and_fields,
        series,
        rows_and_memory_of_an_answer,
        time_of_a_question,
        questions_at_once,
    )


if __name__ == "__main__":
    sys.exit(main())
