#!/usr/bin/env python3
"""The package's type hints hold, by mypy in its strict mode; skipped where that is not installed."""

import shutil
import subprocess
import sys
import tempfile

from store_case import ROOT

mypy = shutil.which("mypy")
if not mypy:
    print("skipped: no mypy")
    sys.exit(77)
with tempfile.TemporaryDirectory() as cache:
    command = [mypy, "--strict", "--no-warn-return-any", "--cache-dir", cache, "centime"]
    sys.exit(subprocess.run(command, cwd=ROOT / "api" / "python", check=False).returncode)
