"""What the tests of the package share: a store in a temporary folder, by the built library that ctest names in CENTIME_LIBRARY; or,
where CENTIME_TEST_STORE is "server", behind a server of CENTIME_COMMAND, of which each test has a database of its own."""

import itertools
import os
import sys
import tempfile
import time
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "api" / "python"))
sys.path.insert(1, str(ROOT / "tests" / "http"))

import centime  # noqa: E402

DAY = 1780272000  # 2026-06-01T00:00:00Z
NS = 10**9
IS_SERVER = os.environ.get("CENTIME_TEST_STORE") == "server"

_databases = itertools.count(1)
_server = None


class FolderTest(unittest.TestCase):
    """self.store is an empty store of its own; self.folder where it is."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="centime-python-")
        self.addCleanup(temporary.cleanup)
        self.folder = os.path.join(temporary.name, "store")
        self.store = centime.open(self.folder, durability="none")
        self.addCleanup(self.store.close)

    def reopen(self, **options):
        self.store.close()
        self.store = centime.open(self.folder, **options)
        self.addCleanup(self.store.close)
        return self.store


class StoreTest(FolderTest):
    """self.store is empty, and either a folder or a database of a server."""

    def setUp(self):
        if not IS_SERVER:
            super().setUp()
            return
        self.store = centime.connect(server().url, database=f"test{next(_databases)}")
        self.addCleanup(self.store.close)


def server():
    """One for all tests of the program; it must end well."""
    global _server
    if _server is None:
        from centime_server import Server

        _server = Server()
        _server.__enter__()
        unittest.addModuleCleanup(_server.__exit__, None)
    return _server


def stay_in_one_month():
    """For tests of what was spent in the present month: waits where it is about to end."""
    while (datetime.now(timezone.utc) + timedelta(seconds=30)).month != datetime.now(timezone.utc).month:
        time.sleep(1)


only_folder = unittest.skipIf(IS_SERVER, "servers have no such call")
