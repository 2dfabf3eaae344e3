#!/usr/bin/env python3
"""How a client deals with servers and networks that fail, against a server of a few lines that does so on purpose."""

import gzip
import http.server
import json
import os
import select
import socket
import threading
import unittest
from unittest import mock

import store_case  # noqa: F401
import centime


class Scripted(http.server.BaseHTTPRequestHandler):
    """Answers as self.server.script says: (status, headers, body), or "drop": the connection ends without an answer."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.command, self.path, dict(self.headers), body, self.client_address))
        answer = self.server.script.pop(0) if self.server.script else (200, {}, b"{}")
        if answer == "drop":
            self.close_connection = True
            return
        status, headers, content = answer[:3]
        self.close_connection = len(answer) > 3  # without saying so, as a server does that has waited long enough
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_DELETE = do_POST

    def log_message(self, *_):
        pass


class TransportTest(unittest.TestCase):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
        self.server.daemon_threads = True
        self.server.seen, self.server.script = [], []
        thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.store = centime.connect(f"http://127.0.0.1:{self.server.server_address[1]}", token="ct_secret", database="db")
        self.addCleanup(self.store.close)
        self.pauses = []
        sleep = mock.patch("centime.transport.time.sleep", self.pauses.append)
        sleep.start()
        self.addCleanup(sleep.stop)

    def answer(self, *script):
        self.server.script[:] = script

    @property
    def seen(self):
        return self.server.seen

    def test_overload_is_tried_again_after_the_pause_that_the_server_asks_for(self):
        for status in (429, 503):
            self.answer((status, {"Retry-After": "7"}, b""), (503, {"Retry-After": "7"}, b""), (204, {}, b""))
            self.store.write("t v=1 1")
        self.assertEqual(len(self.seen), 6)
        self.assertTrue(all(6.3 <= pause <= 8.4 for pause in self.pauses), self.pauses)

    def test_tries_are_bounded_and_so_are_pauses(self):
        self.answer(*[(503, {"Retry-After": "86400"}, b'{"error":"too much","code":"busy"}')] * 20)
        with self.assertRaisesRegex(centime.Busy, "too much"):
            self.store.write("t v=1 1")
        self.assertEqual(len(self.seen), 5)
        self.assertLess(max(self.pauses), 40)

    def test_a_full_disk_has_its_class_after_the_last_try(self):
        self.answer(*[(503, {}, b'{"error":"no space","code":"disk_full","details":[]}')] * 20)
        with self.assertRaisesRegex(centime.DiskFull, "no space"):
            self.store.add_costs([{"cost_usd": 1}])

    def test_charges_keep_their_key_and_time_through_lost_answers(self):
        self.answer("drop", (503, {}, b""), (200, {}, b'{"accepted":1}'))
        self.assertEqual(self.store.add_costs([{"cost_usd": "1.10"}]).rows, 1)
        keys = {headers["Idempotency-Key"] for _, _, headers, _, _ in self.seen}
        bodies = {body for _, _, _, body, _ in self.seen}
        self.assertEqual((len(self.seen), len(keys), len(bodies)), (3, 1, 1))
        sent = json.loads(bodies.pop())
        self.assertEqual(sent[0]["cost_usd"], "1.10")
        self.assertRegex(sent[0]["timestamp"], r"^20\d\d-.*Z$")
        self.store.add_costs([{"cost_usd": "1.10"}])
        self.assertNotIn(self.seen[-1][2]["Idempotency-Key"], keys)

    def test_lines_without_a_key_are_not_sent_again_after_a_lost_answer(self):
        self.answer("drop")
        with self.assertRaises(centime.Unreachable) as caught:
            self.store.write("t v=1")
        self.assertIsInstance(caught.exception, ConnectionError)
        self.assertEqual(len(self.seen), 1)
        self.answer("drop")
        self.store.write("t v=1", key="k")
        self.answer("drop")
        with self.store.batch() as batch:  # its rows have their times
            batch.add("t", {"v": 1})
        self.assertEqual(len(self.seen), 5)

    def test_questions_are_asked_again_after_a_lost_answer(self):
        self.answer("drop", (200, {}, b'{"total_cost":1.10,"by_provider":{"aws":1.10}}'))
        self.assertEqual(str(self.store.cost_summary()["by_provider"]["aws"]), "1.10")

    def test_nobody_there(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            store = centime.connect(f"http://127.0.0.1:{taken.getsockname()[1]}", retries=2)
            with self.assertRaisesRegex(centime.Unreachable, "refused"):
                store.write("t v=1")
        self.assertEqual(len(self.pauses), 2)

    def test_a_server_that_says_nothing(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            store = centime.connect(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.05, retries=1)
            with self.assertRaisesRegex(centime.Unreachable, "timed out"):
                store.clusters()

    def test_connections_are_kept(self):
        for _ in range(5):
            self.answer((204, {}, b""))
            self.store.write("t v=1 1")
        self.assertEqual(len({address for *_, address in self.seen}), 1)
        self.answer((204, {"Connection": "close"}, b""), (204, {}, b""))
        self.store.write("t v=1 1")
        self.store.write("t v=1 1")
        self.assertEqual(len({address for *_, address in self.seen}), 2)

    def test_a_connection_that_the_server_ended_is_not_used(self):
        self.answer((204, {}, b"", "hang up"), (204, {}, b""))
        self.store.write("t v=1 1")
        (kept,) = self.store._transport._idle
        select.select([kept.sock], [], [], 10)
        self.store.write("t v=1")  # would not be sent again
        self.assertEqual((len(self.seen), self.pauses), (2, []))

    def test_large_bodies_are_packed(self):
        text = "\n".join(f"t v={i} {i}" for i in range(2000))
        self.store.write(text)
        _, path, headers, body, _ = self.seen[-1]
        self.assertEqual(headers["Content-Encoding"], "gzip")
        self.assertEqual(gzip.decompress(body).decode(), text)
        self.assertIn("db=db", path)
        self.store.write("t v=1 1")
        self.assertNotIn("Content-Encoding", self.seen[-1][2])

    def test_the_token_is_sent_and_not_shown(self):
        self.store.write("t v=1 1")
        self.assertEqual(self.seen[-1][2]["Authorization"], "Bearer ct_secret")
        self.assertNotIn("secret", repr(self.store) + repr(vars(self.store)["_transport"]))
        with mock.patch.dict(os.environ, {"CENTIME_TOKEN": "ct_other", "CENTIME_URL": self.store._transport.url}):
            other = centime.connect()
            self.addCleanup(other.close)
            other.write("t v=1 1")
        self.assertEqual(self.seen[-1][2]["Authorization"], "Bearer ct_other")

    def test_errors_have_the_classes_of_their_slugs(self):
        cases = [
            (404, {"error": "no such run", "code": "not_found"}, centime.NotFound),
            (422, {"error": "several", "code": "currency"}, centime.CurrencyError),
            (401, {"error": "who?", "code": "unauthorized"}, centime.Unauthorized),
            (403, {"error": "no", "code": "forbidden"}, centime.Forbidden),
            (400, {"error": "bad", "code": "bad_parameter"}, centime.Invalid),
            (500, {"error": "damaged", "code": "corrupt"}, centime.Corrupt),
            (418, {"error": "tea"}, centime.ServerError),
            (502, None, centime.ServerError),
        ]
        for status, told, kind in cases:
            self.answer((status, {}, json.dumps(told).encode() if told else b"<html>gateway</html>"))
            with self.assertRaises(kind) as caught:
                self.store.training_summary("r")
            self.assertIn(told["error"] if told else "gateway", caught.exception.text)
        self.assertEqual(caught.exception.http_status, 502)

    def test_rejected_lines_come_with_what_was_written(self):
        told = {
            "error": "partial write: unable to parse 'bad': no fields dropped=1",
            "code": "partial_write",
            "accepted": 2,
            "rejected": 1,
            "data": [{"error_message": "no fields", "line_number": 2, "column": 4, "original_line": "bad"}],
        }
        self.answer((400, {}, json.dumps(told).encode()))
        with self.assertRaises(centime.ParseError) as caught:
            self.store.write("t v=1 1\nbad\nt v=2 2")
        self.assertEqual((caught.exception.line, caught.exception.result.rows), (2, 2))
        self.assertEqual(caught.exception.result.rejects, (centime.Reject(2, 4, "no fields", "bad"),))

    def test_urls_are_checked(self):
        for wrong in ("127.0.0.1:8080", "ftp://x", "http://", "http://user:pw@host", "http://host/?a=b"):
            with self.assertRaises(ValueError):
                centime.connect(wrong)
        with mock.patch.dict(os.environ, {"CENTIME_URL": ""}), self.assertRaisesRegex(centime.Invalid, "set CENTIME_URL"):
            centime.connect()

    def test_a_closed_store_says_so(self):
        self.store.close()
        with self.assertRaises(centime.Closed):
            self.store.clusters()


if __name__ == "__main__":
    unittest.main()
