#!/usr/bin/env python3
"""Stores in folders: opened, closed, shared by threads, refused to other processes and forks; the library found."""

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from unittest import mock

from store_case import ROOT, FolderTest
import centime


class LifeTest(FolderTest):
    def test_rows_outlive_the_process(self):
        self.store.write("t v=1 1")
        self.assertEqual(self.reopen().query("t", aggregates=["count"]).one(), 1)
        self.store.compact()
        self.assertEqual(self.store.verify(deep=True)["rows"], 1)
        self.assertEqual(self.store.state()["segment_rows"], 1)
        self.assertFalse(self.store.step() and False)

    def test_another_process_is_told_who_writes(self):
        code = "import centime, sys\ntry: centime.open(sys.argv[1])\nexcept centime.Busy: sys.exit(7)"
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "api" / "python")}
        done = subprocess.run([sys.executable, "-c", code, self.folder], env=environment, check=False)
        self.assertEqual(done.returncode, 7)
        reader = centime.open(self.folder, read_only=True)
        self.addCleanup(reader.close)
        with self.assertRaises(centime.ReadOnly):
            reader.write("t v=1 1")

    def test_a_missing_store_is_not_made_where_it_must_exist(self):
        with self.assertRaises(centime.NotFound):
            centime.open(self.folder + "-none", must_exist=True)
        self.assertFalse(os.path.exists(self.folder + "-none"))

    def test_a_closed_store_says_so(self):
        writer = self.store.writer()
        self.store.close()
        self.store.close()
        self.assertIn("closed", repr(self.store))
        writes = (lambda: self.store.write("t v=1 1"), lambda: writer.lines("t v=1 1"))
        for call in (*writes, self.store.cost_summary, self.store.state):
            with self.assertRaises(centime.Closed):
                call()

    def test_closing_waits_for_calls_that_run(self):
        entered, may_end, closed = threading.Event(), threading.Event(), threading.Event()

        def call():
            with self.store._using():  # as every call does
                entered.set()
                may_end.wait(60)

        def close():
            self.store.close()
            closed.set()

        threads = [threading.Thread(target=call), threading.Thread(target=close)]
        threads[0].start()
        entered.wait(60)
        threads[1].start()
        self.assertFalse(closed.wait(0.2))
        with self.assertRaises(centime.Closed):
            self.store.state()
        may_end.set()
        self.assertTrue(closed.wait(60))
        for thread in threads:
            thread.join()

    def test_closing_under_calls_of_many_threads(self):
        self.store.write("\n".join(f"t,k={i} v={i} {i}" for i in range(20000)))
        failures = []

        def ask():
            try:
                while True:
                    self.store.query("t", aggregates=["sum(v)"], tags=["k"], ignores_rollups=True)
            except centime.Closed:
                pass
            except BaseException as wrong:
                failures.append(wrong)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.05)
        self.store.close()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    def test_threads_share_a_store_and_writers(self):
        def write(thread):
            for i in range(20):
                self.store.write(f"t,thread={thread} v={i}i {i + 1}")

        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.store.query("t", aggregates=["sum(v)"]).one(), 8 * 190)

    def test_a_forked_child_is_refused(self):
        child = os.fork()
        if child == 0:
            try:
                self.store.state()
            except centime.Invalid:
                os._exit(7)
            os._exit(0)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 7)
        self.store.write("t v=1 1")

    def test_results_outlive_their_store(self):
        self.store.write("t v=1 1")
        result = self.store.query("t", fields=["v"])
        self.store.close()
        self.assertEqual(result.columns["v"], [1.0])
        self.assertIn("arrow_array_stream", repr(result.__arrow_c_stream__()))

    def test_databases_are_apart(self):
        other = centime.open("other", in_memory=True, database="tenant")
        self.addCleanup(other.close)
        other.write("t v=1 1")
        self.assertEqual(other.query("t", aggregates=["count"], database="tenant").one(), 1)
        with self.assertRaises(centime.NotFound):
            other.query("t", aggregates=["count"], database="default")

    def test_the_library_is_found_or_said_to_be_missing(self):
        with self.assertRaisesRegex(centime.LibraryError, "no centime library"):
            centime.open("x", in_memory=True, library="libc.so.6")
        other = mock.patch("centime.library.VERSION", (0, 9))
        with other, self.assertRaisesRegex(centime.LibraryError, "is centime 0.1, this package"):
            centime.library.Library(os.environ["CENTIME_LIBRARY"])


class ReadmeTest(unittest.TestCase):
    def test_its_sample_runs_as_written(self):
        (sample,) = re.findall(r"^```python\n(.*?)^```", (ROOT / "api" / "python" / "README.md").read_text(), flags=re.S | re.M)
        with tempfile.TemporaryDirectory(prefix="centime-readme-") as folder:
            command = [sys.executable, "-W", "error", "-c", sample]
            environment = {**os.environ, "PYTHONPATH": str(ROOT / "api" / "python")}
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        total, row = done.stdout.splitlines()
        self.assertEqual(total, "3.50")
        self.assertRegex(row, r"^20\d\d-\d\d-\d\d 00:00:00\+00:00 aws 3\.50$")


if __name__ == "__main__":
    unittest.main()
