#!/usr/bin/env python3
"""What an operator meets: settings, the log, the service manager's socket, stopping."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from centime_server import Failed, Server, equal, read_all, run_tests

WAIT_S = 20


def serve(command, *arguments, environment=None):
    """(exit code, stdout, stderr) of `centime serve` that is meant to end by itself."""
    done = subprocess.run(
        [command, "serve", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **(environment or {})},
    )
    return done.returncode, done.stdout, done.stderr


def wait_for(condition, what):
    end = time.monotonic() + WAIT_S
    while not condition():
        if time.monotonic() > end:
            raise Failed(f"waited in vain: {what}")
        time.sleep(0.02)


# -- Settings ----------------------------------------------------------------------------------------------------------


def every_setting_is_printed_with_where_it_is_from():
    command = os.environ["CENTIME_COMMAND"]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write("# mine\nqueries_max = 7\nmemory = 64MiB\nquery_timeout = 9s\n")
        environment = {"CENTIME_CONFIG": path, "CENTIME_MEMORY": "32MiB", "CENTIME_SERIES_MAX": "5"}
        arguments = (os.path.join(folder, "store"), "--series-max", 6, "--print-config", "--insecure")
        code, out, err = serve(command, *arguments, environment=environment)
        equal(code, 0, err)
        lines = out.splitlines()
        for line in (
            f"queries_max = 7 # {path}:2",
            "memory = 32MiB # CENTIME_MEMORY",
            "series_max = 6 # flag",
            f"query_timeout = 9s # {path}:4",
            "insecure = yes # flag",
            "body_timeout = 30s # default",
            'listen_udp = "" # default',
        ):
            if line not in lines:
                raise Failed(f"not printed: {line}\n{out}")
        # What is printed is a file of settings.
        with open(path, "w", encoding="utf-8") as file:
            file.write(out)
        code, again, err = serve(command, os.path.join(folder, "store"), "--print-config", "--config", path)
        equal(code, 0, err)
        strip = re.compile(r" # \S+$", re.MULTILINE)
        equal(strip.sub("", again), strip.sub("", out), "read again")


def what_is_wrong_is_told_before_anything_is_made():
    command = os.environ["CENTIME_COMMAND"]
    with tempfile.TemporaryDirectory() as folder:
        store, path = os.path.join(folder, "store"), os.path.join(folder, "conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write("listen = 127.0.0.1:0\nmemroy = 1GiB\n")
        for arguments, environment, text in (
            (("--listen", "0.0.0.0:0"), {}, "no token"),
            (("--listen", "0.0.0.0:0", "--check-config"), {}, "no token"),
            (("--config", path), {}, f"{path}:2: no setting is called 'memroy': did you mean 'memory'?"),
            (("--config", folder + "/none"), {}, "/none"),
            ((), {"CENTIME_CONFIG": path}, "did you mean 'memory'?"),
            ((), {"CENTIME_LISTE": "x"}, "CENTIME_LISTE is no variable of ours"),
            (("--memory", "lots"), {}, "memory: 'lots' is not a size"),
            (("--no-such-thing",), {}, "does not know --no-such-thing"),
            (("--listen-udp", "0.0.0.0:0"), {}, "listen_udp"),
        ):
            code, out, err = serve(command, store, *arguments, environment=environment)
            equal((code, out), (2, ""), (arguments, environment, err))
            if text not in err:
                raise Failed(f"{arguments} {environment}: {err}")
        equal(os.path.exists(store), False, "no store was made")
        equal(serve(command, store, "--check-config")[:2], (0, "the settings are fine\n"), "defaults")


def settings_of_a_file_are_in_force():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write("body_bytes_max = 100\nopen_metrics = yes\n")
        with Server("--config", path) as server:
            equal(server.post("/write", b"m v=1 1\n" * 20)[0], 413, "longer")
            equal(server.post("/write", b"m v=1 1\n")[0], 204, "short")


# -- The log -----------------------------------------------------------------------------------------------------------


def the_log_is_json_where_that_is_asked_for():
    with Server("--log-format", "json", "--log-level", "debug") as server:
        evil = 'a"b\\c%0Alevel=error'
        server.get(f"/{evil}?q=secret-of-a-query")
        equal(server.post("/write", b"m v=1 1\n")[0], 204, "write")
        server.stop()
        lines = [json.loads(line) for line in server.log().splitlines()]
        for line in lines:
            for key in ("ts", "level", "msg"):
                if not isinstance(line.get(key), str):
                    raise Failed(f"no {key}: {line}")
        requests = [line for line in lines if line["msg"] == "request"]
        equal([line["path"] for line in requests if "level" in line["path"]], ['/a"b\\c\nlevel=error'], "a path")
        equal(all(re.fullmatch("[0-9a-f]{16}", line["id"]) for line in requests), True, "ids")
        if "secret-of-a-query" in server.log():
            raise Failed("parameters stand in the log")


def a_line_is_a_line():
    with Server() as server:
        server.get("/x%0Ats=1%20level=error%20msg=forged")
        server.stop()
        for line in server.log().splitlines():
            if not re.match(r"ts=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=(info|warning) msg=", line):
                raise Failed(f"no line of ours: {line}")


def only_what_is_asked_for_is_logged():
    with Server("--log-level", "error") as server:
        server.get("/ping")
        server.stop()
        equal(server.log(), "", "log")
    with Server("--log-requests", "no") as server:
        server.get("/ping")
        server.stop()
        equal("msg=request" in server.log(), False, "requests")
        equal("msg=listening" in server.log(), True, "events")


def journald_gets_priorities():
    with Server() as server:
        # The log file takes the place of journald's socket: the server compares device and inode.
        open(server.log_path, "ab").close()
        about = os.stat(server.log_path)
        server.stop()
        server.environment["JOURNAL_STREAM"] = f"{about.st_dev}:{about.st_ino}"
        before = len(server.log())
        server.start()
        for line in server.log()[before:].splitlines():
            if not line.startswith("<6>ts="):
                raise Failed(line)


# -- The service manager -----------------------------------------------------------------------------------------------


def the_service_manager_is_told():
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        path = os.path.join(folder, "notify")
        manager.bind(path)
        manager.settimeout(WAIT_S)
        with Server(environment={"NOTIFY_SOCKET": path}) as server:
            equal(manager.recv(4096), b"READY=1", "started")
            server.process.send_signal(signal.SIGHUP)
            reloading = manager.recv(4096).decode()
            now_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            match = re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=(\d+)", reloading)
            if not match or not now_us - WAIT_S * 1000000 < int(match.group(1)) <= now_us:
                raise Failed(f"reload: {reloading!r}, now {now_us}")
            equal(manager.recv(4096), b"READY=1", "reloaded")
            server.stop()
            equal(manager.recv(4096), b"STOPPING=1", "stopping")


def a_name_without_a_file_is_a_socket_too():
    name = f"centime-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0{name}")
        manager.settimeout(WAIT_S)
        with Server(environment={"NOTIFY_SOCKET": f"@{name}"}):
            equal(manager.recv(4096), b"READY=1", "started")


def a_socket_that_is_not_there_is_no_trouble():
    for path in ("/nowhere/at/all", "relative", "", "/" + "x" * 200):
        with Server(environment={"NOTIFY_SOCKET": path}) as server:
            equal(server.get("/ping")[0], 204, path)


def the_unit_is_one():
    unit = os.path.join(os.environ["CENTIME_BUILD"], "tools", "centime.service")
    with open(unit, encoding="utf-8") as file:
        text = file.read()
    for line in ("Type=notify", "DynamicUser=yes", "ProtectSystem=strict", "MemoryDenyWriteExecute=yes"):
        if line not in text.splitlines():
            raise Failed(f"not there: {line}")
    if not shutil.which("systemd-analyze"):
        print("     (no systemd-analyze here: not verified)")
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "centime.service")
        with open(copy, "w", encoding="utf-8") as file:
            file.write(re.sub(r"^ExecStart=\S+", f"ExecStart={os.environ['CENTIME_COMMAND']}", text, flags=re.MULTILINE))
        done = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True, check=False)
        equal((done.returncode, done.stdout + done.stderr), (0, ""), "systemd-analyze verify")


def files_are_the_owners_alone():
    with Server() as server:
        equal(server.post("/write", b"m v=1 1\n")[0], 204, "write")
        for at, folders, names in os.walk(server.folder):
            for name in (*folders, *names):
                mode = os.stat(os.path.join(at, name)).st_mode
                equal(mode & 0o077, 0, os.path.join(at, name))


# -- Stopping ----------------------------------------------------------------------------------------------------------


def half_a_request(server, lines):
    """A connection whose request lacks its last byte."""
    connection = socket.create_connection((server.host, server.port), timeout=60)
    head = f"POST /write?db=a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(lines)}\r\n\r\n"
    connection.sendall(head.encode() + lines[:-1])
    return connection


def open_requests(server):
    text = server.get("/metrics")[2].decode()
    return int(re.search(r"^centime_http_connections (\d+)$", text, re.MULTILINE).group(1))


def a_running_request_finishes_and_its_rows_stay():
    lines = b"m v=1 1\nm v=2 2\nm v=3 3\n"
    with Server() as server:
        with half_a_request(server, lines) as connection:
            wait_for(lambda: open_requests(server) >= 2, "the request is there")
            process = server.process
            process.send_signal(signal.SIGTERM)
            wait_for(lambda: "msg=stopping" in server.log(), "the server stops")
            equal(process.poll(), None, "it waits")
            connection.sendall(lines[-1:])
            answer = read_all(connection)
        if not answer.startswith(b"HTTP/1.1 204"):
            raise Failed(f"the request did not finish: {answer!r}")
        equal(process.wait(60), 0, "exit code")
        server.start()
        status, _, body = server.get("/query", parameters={"db": "a", "q": "SELECT count(v) FROM m"})
        equal((status, b",3]" in body), (200, True), body)


def all_that_was_acknowledged_is_there_after_a_stop():
    with Server() as server:
        acknowledged = [0] * 4

        def write(worker):
            try:
                while True:
                    time_ns = acknowledged[worker] + 1
                    if server.post("/write", f"m,w=w{worker} v=1i {time_ns}\n".encode())[0] != 204:
                        return
                    acknowledged[worker] = time_ns
            except OSError:
                return

        workers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for worker in workers:
            worker.start()
        wait_for(lambda: min(acknowledged) >= 20, "writing")
        server.stop()
        for worker in workers:
            worker.join()
        server.start()
        _, _, body = server.get("/query", parameters={"db": "default", "q": "SELECT count(v) FROM m GROUP BY w"})
        series = json.loads(body)["results"][0]["series"]
        for worker, one in enumerate(sorted(series, key=lambda each: each["tags"]["w"])):
            found = one["values"][0][1]
            # One more may have been written whose answer did not come through any more.
            if not acknowledged[worker] <= found <= acknowledged[worker] + 1:
                raise Failed(f"writer {worker}: {acknowledged[worker]} acknowledged, {found} there")


def a_second_signal_ends_it_at_once():
    with Server() as server:
        process = server.process
        with half_a_request(server, b"m v=1 1\n"):
            wait_for(lambda: open_requests(server) >= 2, "the request is there")
            process.send_signal(signal.SIGTERM)
            wait_for(lambda: "msg=stopping" in server.log(), "the server stops")
            process.send_signal(signal.SIGINT)
            equal(process.wait(WAIT_S), -signal.SIGINT, "exit code")
        process.stdout.close()
        server.process = None


if __name__ == "__main__":
    sys.exit(
        run_tests(
            every_setting_is_printed_with_where_it_is_from,
            what_is_wrong_is_told_before_anything_is_made,
            settings_of_a_file_are_in_force,
            the_log_is_json_where_that_is_asked_for,
            a_line_is_a_line,
            only_what_is_asked_for_is_logged,
            journald_gets_priorities,
            the_service_manager_is_told,
            a_name_without_a_file_is_a_socket_too,
            a_socket_that_is_not_there_is_no_trouble,
            the_unit_is_one,
            files_are_the_owners_alone,
            a_running_request_finishes_and_its_rows_stay,
            all_that_was_acknowledged_is_there_after_a_stop,
            a_second_signal_ends_it_at_once,
        )
    )
