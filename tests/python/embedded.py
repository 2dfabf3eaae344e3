"""What the tests of the package share: a store in a temporary folder, by the built library that ctest names in CENTIME_LIBRARY."""

import os
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "api" / "python"))

import centime  # noqa: E402

DAY = 1780272000  # 2026-06-01T00:00:00Z
NS = 10**9


class StoreTest(unittest.TestCase):
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
