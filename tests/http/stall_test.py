#!/usr/bin/env python3
"""Nobody waits for somebody else: slow clients, idle ones in great number, and the end of the server."""

import resource
import signal
import socket
import sys
import threading
import time

from centime_server import SANITIZED, Failed, Server, equal, read_all, run_tests

PING = b"GET /ping HTTP/1.1\r\nHost: a\r\n\r\n"
WRITE = b"POST /write?db=a HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n"
IDLE = 200 if SANITIZED else 1000
IDLE_BYTES_MAX = 160 * 1024  # of memory, for each


def connect(server):
    return socket.create_connection((server.host, server.port), timeout=60)


def await_answers(connection, count):
    """Reads until so many answers of 204 have come; one may be cut in two by what is read at once."""
    mark = b"HTTP/1.1 204"
    answers, rest = 0, b""
    while answers < count:
        part = connection.recv(1 << 20)
        if not part:
            raise Failed(f"the connection was closed after {answers} of {count} answers")
        rest += part
        answers += rest.count(mark)
        rest = rest[-(len(mark) - 1) :]


def answer_of(connection, data):
    connection.sendall(data)
    answer = connection.recv(65536)
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0


def slow_clients_do_not_stop_others():
    beginnings = [b"", b"GET /pi", PING[:-2], WRITE, WRITE + b"m v", WRITE.replace(b"write", b"ping") + b"m v"]
    with Server() as server:
        slow = []
        for i in range(120):
            connection = connect(server)
            connection.sendall(beginnings[i % len(beginnings)])
            slow.append((connection, beginnings[i % len(beginnings)]))
        for i in range(100):
            server.write(f"m,h=fast v={i} {i}", db="a")
        for connection, beginning in slow:
            whole = PING if PING.startswith(beginning) else WRITE + b"m v=1 1\n"
            status = answer_of(connection, whole[len(beginning) :])
            if status not in (204, 405):
                raise Failed(f"a slow client that went on got {status}")
            connection.close()


def a_thousand_idle_connections_cost_little_and_stop_nobody():
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, max(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    with Server("--connections-max", "1100", "--connections-per-address-max", "1100") as server:
        server.write("m v=1 1", db="a")
        before = server.resident_bytes()
        idle = [connect(server) for _ in range(IDLE)]
        for connection in idle:
            equal(answer_of(connection, PING), 204, "first request")
        grown = server.resident_bytes() - before
        print(f"{grown / IDLE / 1024:.1f} KiB for each idle connection")
        if grown > IDLE * IDLE_BYTES_MAX and not SANITIZED:
            raise Failed(f"{grown / IDLE / 1024:.1f} KiB for each idle connection")
        for i in range(100):
            server.write(f"m v={i} {i}", db="a")
        for connection in idle:
            equal(answer_of(connection, PING), 204, "second request")
            connection.close()


def memory_stays_as_it_is_over_many_requests():
    requests, rounds = (2000, 3) if SANITIZED else (20000, 5)
    with Server("--log-requests=no", "--durability=none") as server:
        sizes = []
        for _ in range(rounds):
            with connect(server) as connection:
                sender = threading.Thread(target=connection.sendall, args=((PING + WRITE + b"m v=1 1\n") * (requests // 2),))
                sender.start()
                await_answers(connection, requests)
                sender.join()
            sizes.append(server.resident_bytes())
        print(f"{requests * rounds} requests; resident KiB after each {requests}: {[size // 1024 for size in sizes]}")
        if sizes[-1] - sizes[0] > 4 << 20 and not SANITIZED:
            raise Failed(f"memory grows: {sizes}")


# -- The end -----------------------------------------------------------------------------------------------------------


def a_running_request_is_finished_before_the_end():
    with Server() as server:
        idle, running = connect(server), connect(server)
        equal(answer_of(idle, PING), 204, "a request")
        running.sendall(WRITE + b"m v=")
        time.sleep(0.3)  # it has been read
        stopper = threading.Thread(target=server.stop)
        stopper.start()
        equal(idle.recv(100), b"", "an idle connection is closed")
        try:
            connect(server).close()
            raise Failed("a new connection was taken")
        except ConnectionError:
            pass
        running.sendall(b"5 5\n")
        answer = read_all(running)
        equal((answer[9:12], b"Connection: close" in answer), (b"204", True), "the running request")
        stopper.join()
        server.start()
        server.write("m v=6 6", db="a")


def the_end_does_not_wait_for_ever():
    with Server("--shutdown-timeout", "1s") as server:
        running = connect(server)
        running.sendall(WRITE + b"m v=")
        time.sleep(0.3)
        start = time.monotonic()
        equal(server.stop(), 0, "exit code")
        if time.monotonic() - start > 20:
            raise Failed("it took too long")
        running.close()
        server.start()


def a_second_signal_ends_it_at_once():
    with Server() as server:
        running = connect(server)
        running.sendall(WRITE + b"m v=")
        time.sleep(0.3)
        process, server.process = server.process, None
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        equal(process.poll(), None, "it waits for the request")
        process.send_signal(signal.SIGTERM)
        equal(process.wait(20), -signal.SIGTERM, "exit code")
        process.stdout.close()
        running.close()


def main():
    return run_tests(
        slow_clients_do_not_stop_others,
        a_thousand_idle_connections_cost_little_and_stop_nobody,
        memory_stays_as_it_is_over_many_requests,
        a_running_request_is_finished_before_the_end,
        the_end_does_not_wait_for_ever,
        a_second_signal_ends_it_at_once,
    )


if __name__ == "__main__":
    sys.exit(main())
