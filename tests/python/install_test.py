#!/usr/bin/env python3
"""The package installs by pip without network and without setuptools, into an environment of its own, and works from there."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

from store_case import ROOT

PACKAGE = ROOT / "api" / "python"
PROGRAM = """
import centime, sys
assert centime.__file__.startswith(sys.argv[1]), centime.__file__
with centime.open("store", durability="none") as store:
    store.add_costs([{"cost_usd": "3.50"}])
    print(store.cost_summary()["total_cost"])
"""


class InstallTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """A python with pip and nothing else."""
        temporary = tempfile.TemporaryDirectory(prefix="centime-install-")
        cls.addClassCleanup(temporary.cleanup)
        cls.environment = Path(temporary.name).resolve() / "environment"
        made = subprocess.run([sys.executable, "-m", "venv", cls.environment], capture_output=True, text=True, check=False)
        cls.failure = made.returncode and (made.stdout or made.stderr)

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="centime-install-")
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name).resolve()
        self.sources = self.folder / "sources"
        shutil.copytree(PACKAGE, self.sources, ignore=shutil.ignore_patterns("__pycache__"))

    def run_program(self, *command, **more):
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, cwd=self.folder, **more)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def install(self):
        if self.failure:
            self.skipTest(f"no environment can be made here: {self.failure}")
        offline = ("--no-index", "--no-build-isolation", "--disable-pip-version-check", "--force-reinstall")
        self.run_program(self.environment / "bin" / "pip", "install", *offline, self.sources)

    def test_installs_offline_and_runs_from_elsewhere(self):
        self.install()
        variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        printed = self.run_program(self.environment / "bin" / "python", "-c", PROGRAM, self.environment, env=variables)
        self.assertEqual(printed, "3.50\n")
        installed = next(self.environment.rglob("centime/py.typed")).parent
        ours = {path.relative_to(PACKAGE / "centime") for path in (PACKAGE / "centime").rglob("*.py")}
        theirs = {path.relative_to(installed) for path in installed.rglob("*.py")}
        self.assertEqual(ours, theirs)

    def test_a_library_beside_the_package_is_used(self):
        shutil.copy(os.environ["CENTIME_LIBRARY"], self.sources / "centime" / "libcentime.so")
        self.install()
        variables = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "CENTIME_LIBRARY")}
        printed = self.run_program(self.environment / "bin" / "python", "-c", PROGRAM, self.environment, env=variables)
        self.assertEqual(printed, "3.50\n")

    def test_wheels_of_the_same_sources_are_the_same(self):
        sys.path.insert(0, str(PACKAGE / "build_backend"))
        import centime_build

        names = []
        for folder in ("one", "two"):
            (self.folder / folder).mkdir()
            names.append(centime_build.build_wheel(self.folder / folder))
        first, second = (self.folder / folder / name for folder, name in zip(("one", "two"), names))
        self.assertEqual(first.read_bytes(), second.read_bytes())
        listed = zipfile.ZipFile(first).read("centime-0.1.0.dist-info/RECORD").decode().splitlines()
        self.assertEqual([line.split(",")[0] for line in listed], zipfile.ZipFile(first).namelist())


if __name__ == "__main__":
    unittest.main()
