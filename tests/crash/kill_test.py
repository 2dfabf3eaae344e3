#!/usr/bin/env python3
"""kill_test.py [--kills N] [--seed N]: kills `centime write` (now and then `centime compact`) with SIGKILL at random moments and
checks after each that every batch which was acknowledged is there, whole and once, and no other in part.

Method: every line of the input has the same length and carries its batch and its index, so the command's batches (cut by
--batch-bytes) hold a known range of indexes. The command acknowledges each commit with a line on stdout (--progress-json). The
rows must be exactly the indexes 0..P-1, P a multiple of the batch or the input's end, and P at least what was acknowledged.
The next run goes on at P, in the same store, so that recoveries pile up; every 25 kills a new store begins.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))

from centime_command import Centime, Failed

BATCH_ROWS = 500
BATCHES = 1200
KILLS_PER_STORE = 25
BASE_NS = 1_700_000_000_000_000_000


def line(index):
    batch = index // BATCH_ROWS
    return f"load,worker=w{index % 7} batch={batch:07d}i,index={index:09d}i,load_cost={index / 1000:013.3f} {BASE_NS + index}\n"


class Load:
    """The input: a file of lines of one length."""

    def __init__(self, folder):
        self.path = Path(folder) / "load.lp"
        self.path.write_text("".join(map(line, range(BATCH_ROWS * BATCHES))))
        self.line_bytes = len(line(0))
        self.row_count = BATCH_ROWS * BATCHES
        assert self.path.stat().st_size == self.line_bytes * self.row_count

    def open_at(self, index):
        file = self.path.open("rb")
        file.seek(index * self.line_bytes)
        return file


def kill_after(process, delay_s):
    try:
        process.wait(timeout=delay_s)
    except subprocess.TimeoutExpired:
        process.kill()
    process.wait()


def write_and_kill(centime, load, present, delay_s):
    """Rows acknowledged in all, and whether the command was killed before its end."""
    arguments = [centime.command, "write", centime.store, "--durability", "sync", "--progress-json", "--batch-bytes",
                 str(BATCH_ROWS * load.line_bytes), "--memory", "1048576", "-"]  # fmt: skip
    with load.open_at(present) as stdin, tempfile.TemporaryFile() as acknowledged:
        process = subprocess.Popen(arguments, stdin=stdin, stdout=acknowledged, stderr=subprocess.PIPE)
        kill_after(process, delay_s)
        if process.returncode not in (0, -9):
            raise Failed(f"write: exit code {process.returncode}: {process.stderr.read().decode()}")
        process.stderr.close()
        acknowledged.seek(0)
        text = acknowledged.read().decode()
        lines = [json.loads(one) for one in text[: text.rfind("\n") + 1].splitlines()]
    commits = [one for one in lines if "commit" in one]
    return present + (commits[-1]["rows_stored"] if commits else 0), process.returncode == -9


def compact_and_kill(centime, delay_s):
    process = subprocess.Popen([centime.command, "compact", centime.store], stdout=subprocess.DEVNULL)
    kill_after(process, delay_s)
    if process.returncode not in (0, -9):
        raise Failed(f"compact: exit code {process.returncode}")


def rows_present(centime, load, acknowledged):
    """Checks the store's content and returns how many rows it holds."""
    if not Path(centime.store).exists() or (acknowledged == 0 and centime.run("inspect", centime.store, "load")[0] != 0):
        if acknowledged:
            raise Failed(f"{acknowledged} acknowledged rows, but no store")
        return 0
    asked = ("--count", "*", "--count", "index", "--sum", "index", "--min", "index", "--max", "index", "--sum", "batch",
             "--sum", "load_cost")  # fmt: skip
    row = centime.rollup("--from", "load", *asked)[0]
    count = row["count"]
    last = count - 1
    batches, rest = divmod(count, BATCH_ROWS)
    expected = {
        "count": count,
        "count_index": count,
        "sum_index": last * count // 2,
        "min_index": 0,
        "max_index": last,
        "sum_batch": BATCH_ROWS * (batches * (batches - 1) // 2) + rest * batches,
        "sum_load_cost": Decimal(last * count // 2) / 1000,
    }
    if count and row != expected:
        raise Failed(f"rows are missing, doubled or torn: {row}, expected {expected}")
    if count < acknowledged:
        raise Failed(f"{acknowledged} rows acknowledged, {count} there")
    if count % BATCH_ROWS:
        raise Failed(f"{count} rows: a batch is there in part")
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    dice = random.Random(options.seed)
    print(f"seed {options.seed}")
    killed = completed = acknowledged_in_all = segments = 0
    with tempfile.TemporaryDirectory() as folder:
        load = Load(folder)
        while killed < options.kills:
            with Centime() as centime:
                present = 0
                store_kills = 0
                while store_kills < KILLS_PER_STORE and killed < options.kills and present < load.row_count:
                    acknowledged, was_killed = write_and_kill(centime, load, present, dice.expovariate(1 / 0.12))
                    count = rows_present(centime, load, acknowledged)
                    acknowledged_in_all += acknowledged - present
                    present = count
                    store_kills += was_killed
                    killed += was_killed
                    completed += not was_killed
                    # A write that was killed before its first batch may have left a folder that is no store yet.
                    if dice.random() < 0.1 and present:
                        compact_and_kill(centime, dice.expovariate(1 / 0.03))
                        if rows_present(centime, load, present) != present:
                            raise Failed("compact changed how many rows there are")
                if present:
                    centime.must("verify", centime.store, "--deep")
                    segments += centime.json("inspect")["segments"]
    print(f"{killed} kills, {completed} loads came to their end, {acknowledged_in_all} acknowledged rows, all there once")
    print(f"{segments} segments in the end")
    return 0


if __name__ == "__main__":
    sys.exit(main())
