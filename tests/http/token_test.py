#!/usr/bin/env python3
"""Tokens from outside: made, listed and revoked beside a server that runs, and what each lets its bearer do."""

import base64
import concurrent.futures
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from centime_server import Failed, Server, equal, run_tests

SECRET = re.compile(r"^ct_[0-9A-Za-z]{43}$")
WAIT_S = 20


def token(server, *arguments):
    """(exit code, stdout, stderr) of `centime token`."""
    done = subprocess.run([server.command, "token", *map(str, arguments)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def create(server, *options):
    code, out, err = token(server, "create", server.folder, *options)
    equal(code, 0, err)
    secret = out.strip()
    if not SECRET.match(secret):
        raise Failed(f"no token: {secret!r}")
    return secret


def tokens_of(server):
    code, out, err = token(server, "list", server.folder, "--json")
    equal(code, 0, err)
    return json.loads(out)


def reload(server):
    """Sends SIGHUP and waits until the log says that it was heard."""
    before = server.log().count("tokens")
    server.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + WAIT_S
    while server.log().count("tokens") == before:
        if time.monotonic() > end:
            raise Failed("SIGHUP was not heard")
        time.sleep(0.02)


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


def write_status(server, database, headers):
    return server.post("/write", b"m v=1 1\n", headers=headers, parameters={"db": database})[0]


def a_token_is_known_after_the_server_was_told():
    with Server() as server:
        equal(write_status(server, "a", {}), 204, "no token yet")
        secret = create(server, "--admin")
        equal(write_status(server, "a", bearer(secret)), 204, "nobody needs one yet")
        equal(write_status(server, "a", {}), 204, "the server was not told")
        reload(server)
        equal(write_status(server, "a", bearer(secret)), 204, "with the token")
        equal(write_status(server, "a", {}), 401, "without")
        equal(server.get("/ping")[0], 204, "open as ever")
        equal(server.get("/health")[0], 200, "open as ever")
        equal(server.get("/metrics")[0], 401, "not open")
        equal(server.get("/metrics", headers=bearer(secret))[0], 200, "with the token")


def a_revoked_token_is_unknown_after_the_server_was_told():
    with Server() as server:
        kept, gone = create(server, "--admin"), create(server, "--admin", "--note", "to go")
        reload(server)
        equal(write_status(server, "a", bearer(gone)), 204, "before")
        (number,) = [entry["id"] for entry in tokens_of(server) if entry["note"] == "to go"]
        equal(token(server, "revoke", server.folder, number)[0], 0, "revoke")
        equal(write_status(server, "a", bearer(gone)), 204, "the server was not told")
        reload(server)
        equal(write_status(server, "a", bearer(gone)), 401, "after")
        equal(write_status(server, "a", bearer(kept)), 204, "the other one")
        equal(token(server, "revoke", server.folder, number)[0], 1, "a second time")


def each_token_opens_its_own_databases():
    with Server() as server:
        reader, writer = create(server, "--read", "a"), create(server, "--write", "a", "--write", "b")
        reload(server)
        equal(write_status(server, "a", bearer(writer)), 204, "writer, a")
        equal(write_status(server, "b", bearer(writer)), 204, "writer, b")
        equal(write_status(server, "c", bearer(writer)), 404, "writer, c")
        equal(write_status(server, "a", bearer(reader)), 403, "reader, a")
        equal(write_status(server, "b", bearer(reader)), 404, "reader, b")
        equal(write_status(server, "a", {"Authorization": f"Token {writer}"}), 204, "Token")
        equal(write_status(server, "a", {"Authorization": f"Token who:{writer}"}), 204, "Token user:")
        basic = base64.b64encode(f"who:{writer}".encode()).decode()
        equal(write_status(server, "a", {"Authorization": f"Basic {basic}"}), 204, "Basic")


def what_influxdb_1_says_is_said():
    with Server() as server:
        create(server, "--admin")
        reload(server)
        for headers, text in (({}, "unable to parse authentication credentials"), (bearer("no"), "authorization failed")):
            status, found, body = server.post("/write", b"m v=1 1", headers=headers, parameters={"db": "a"})
            equal((status, found["www-authenticate"]), (401, 'Basic realm="InfluxDB"'), text)
            equal(json.loads(body), {"error": text}, "body")
            equal(found["x-influxdb-error"], text, "header")


def secrets_in_urls_need_the_switch():
    for options, expected in (((), 401), (("--url-secrets",), 204)):
        with Server(*options) as server:
            secret = create(server, "--admin")
            reload(server)
            parameters = {"db": "a", "u": "who", "p": secret}
            equal(server.post("/write", b"m v=1 1", parameters=parameters)[0], expected, options)
            if secret in server.log():
                raise Failed("the secret stands in the log")


def many_wrong_tokens_are_held_back():
    with Server() as server:
        secret = create(server, "--admin")
        reload(server)
        statuses = [write_status(server, "a", bearer("wrong")) for _ in range(40)]
        equal(statuses[0], 401, "the first")
        equal(statuses[-1], 429, "the last")
        equal(write_status(server, "a", bearer(secret)), 204, "a right one between")
        refused = re.search(r'centime_refused_total\{reason="token"\} (\d+)', metrics(server, secret))
        equal(int(refused.group(1)), 40, "counted")


def metrics(server, secret):
    return server.get("/metrics", headers=bearer(secret))[2].decode()


def tokens_made_at_once_are_all_there():
    with tempfile.TemporaryDirectory() as folder:
        server = Server(folder=os.path.join(folder, "store"))
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            secrets = list(pool.map(lambda number: create(server, "--admin", "--note", number), range(24)))
        equal(len(set(secrets)), 24, "secrets")
        equal(sorted(int(entry["note"]) for entry in tokens_of(server)), list(range(24)), "notes")
        equal(os.listdir(server.folder), ["tokens"], "nothing else is left")


def a_secret_stands_nowhere():
    with Server("--log-level", "debug") as server:
        secret = create(server, "--admin")
        reload(server)
        equal(write_status(server, "a", bearer(secret)), 204, "write")
        listed = token(server, "list", server.folder)[1] + token(server, "list", server.folder, "--json")[1]
        files = [os.path.join(at, name) for at, _, names in os.walk(server.folder) for name in names]
        for text in (server.log(), listed, *(open(path, "rb").read().decode(errors="replace") for path in files)):
            if secret in text or secret[3:40] in text:
                raise Failed("a secret was kept")
        if secret[-4:] not in listed:
            raise Failed("list does not show the last four")
        if tokens_of(server)[0]["id"] not in server.log():
            raise Failed("the log does not say who asked")


def wrong_use_is_told():
    with tempfile.TemporaryDirectory() as folder:
        server = Server(folder=os.path.join(folder, "store"))
        for arguments, text in (
            (("create", server.folder), "--read, --write or --admin"),
            (("create", server.folder, "--read", ""), "1 to 64 bytes"),
            (("create", server.folder, "--read", "x" * 65), "1 to 64 bytes"),
            (("create", server.folder, "--admin", "--expires", "yesterday"), "--expires takes"),
            (("create", server.folder, "--admin", "--expires", "2001-01-01"), "--expires takes"),
            (("create", server.folder, "--admin", "--note", "x" * 129), "--note has at most"),
            (("create", server.folder, "--admin", "more"), "one argument too many"),
            (("steal", server.folder), "create, list or revoke"),
            (("revoke", server.folder), "revoke takes DIR and the ID"),
        ):
            code, out, err = token(server, *arguments)
            equal((code, out), (2, ""), arguments)
            if text not in err:
                raise Failed(f"{arguments}: {err}")
        equal(os.path.exists(server.folder), False, "nothing was made")
        equal(token(server, "revoke", server.folder, "12")[0], 1, "revoke without a folder")
        equal(token(server, "list", server.folder)[0], 0, "an empty list")


def a_damaged_file_stops_no_server_and_opens_none():
    with Server() as server:
        secret = create(server, "--admin")
        reload(server)
        with open(os.path.join(server.folder, "tokens"), "a", encoding="utf-8") as file:
            file.write("id=1 nonsense\n")
        reload(server)
        equal(write_status(server, "a", bearer(secret)), 204, "the old ones are in force")
        equal(write_status(server, "a", {}), 401, "and needed")
        if not re.search(r'level=error msg="the tokens stay.*line 4.*file=\S+/tokens', server.log()):
            raise Failed(f"the log does not say where: {server.log()}")
        server.stop()
        try:
            server.start()
        except Failed as failure:
            server.process = None
            if "tokens: line 4: column 6: key=value is expected" not in str(failure):
                raise
        else:
            raise Failed("a server started over tokens that it cannot read")


def influx_asks_with_the_token_as_password():
    if not shutil.which("influx"):
        print("     (no influx command here: left out)")
        return
    with Server() as server:
        secret = create(server, "--admin")
        reload(server)
        equal(write_status(server, "a", bearer(secret)), 204, "write")
        for password, is_right in ((secret, True), ("wrong", False)):
            done = subprocess.run(
                ["influx", "-host", server.host, "-port", str(server.port), "-username", "who", "-password", password]
                + ["-database", "a", "-format", "csv", "-execute", "SELECT v FROM m"],
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, "HOME": server.temporary.name},
            )
            said = done.stdout + done.stderr
            if is_right != ("m,1,1" in said) or is_right == ("authorization failed" in said):
                raise Failed(f"influx, {'right' if is_right else 'wrong'} password: {said}")


if __name__ == "__main__":
    sys.exit(
        run_tests(
            a_token_is_known_after_the_server_was_told,
            a_revoked_token_is_unknown_after_the_server_was_told,
            each_token_opens_its_own_databases,
            what_influxdb_1_says_is_said,
            secrets_in_urls_need_the_switch,
            many_wrong_tokens_are_held_back,
            tokens_made_at_once_are_all_there,
            a_secret_stands_nowhere,
            wrong_use_is_told,
            a_damaged_file_stops_no_server_and_opens_none,
            influx_asks_with_the_token_as_password,
        )
    )
