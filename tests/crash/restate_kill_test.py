#!/usr/bin/env python3
"""restate_kill_test.py [--kills N] [--seed N]: a month of a year's bill is restated over and over by `centime restate`, which is
killed with SIGKILL at random moments. Before, during (another process asks meanwhile) and after, the sums by billing period,
provider and service are those of the old month or those of the new one, to the last digit, and never a mixture; what was
acknowledged is the new one. Now and then the store is compacted, or a line of another month written, between two restatements.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))

from centime_command import Centime, Failed

PROVIDERS = {"aws": ("ec2", "s3", "rds", "lambda"), "gcp": ("gke", "bigquery"), "azure": ("vm", "blob")}
MONTHS = [f"2026-{month:02d}" for month in range(1, 13)]
MONTH_START_S = [1767225600 + 86400 * days for days in (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)]
RESTATED = "aws"
ROWS = {"aws": 1500, "gcp": 100, "azure": 100}  # of a month and service
KILLS_PER_STORE = 25


def bill(month, provider, version):
    """Lines and sums by (month, provider, service) of one month; every version has other amounts and another number of rows."""
    lines, sums = [], {}
    for service in PROVIDERS[provider]:
        total = Decimal(0)
        for i in range(ROWS[provider] - version % 7):
            amount = Decimal(1 + i * 7919 % 1000 + version) / Decimal(10 ** (2 + i % 9))
            time_ns = (MONTH_START_S[month] + i // 3 * 600) * 1_000_000_000  # three and three are alike
            lines.append(f"cost,billing_period={MONTHS[month]},provider={provider},service={service} cost_usd={amount:f} {time_ns}\n")
            total += amount
        sums[MONTHS[month], provider, service] = total
    return lines, sums


def restate_arguments(centime, month, lines, sums):
    return [centime.command, "restate", centime.store, "-", "--table", "cost", "--scope",
            f"provider={RESTATED},billing_period={MONTHS[month]}", "--expect-count", str(len(lines)), "--expect-total",
            f"{sum(sums.values()):f}", "--json"]  # fmt: skip


class Bill:
    """One store with a year's bill, and what it must hold."""

    def __init__(self, centime, dice):
        self.centime = centime
        self.dice = dice
        self.sums = {}
        self.duration_s = 0.1  # about what a restatement takes
        for month in range(12):
            for provider in PROVIDERS:
                lines, sums = bill(month, provider, 0)
                self.sums |= sums
                scope = f"provider={provider},billing_period={MONTHS[month]}"
                centime.must("restate", centime.store, "-", "--table", "cost", "--scope", scope, stdin="".join(lines).encode())

    def ask(self):
        rows = self.centime.rollup("--from", "cost", "--sum", "cost_usd", "--by", "billing_period,provider,service")
        return {(row["billing_period"], row["provider"], row["service"]): row["sum_cost_usd"] for row in rows}

    def check(self, *allowed):
        """The one of the allowed sums that the store holds."""
        found = self.ask()
        for sums in allowed:
            if found == sums:
                return sums
        wrong = {key: value for key, value in found.items() if value != allowed[0].get(key)}
        raise Failed(f"neither the old bill nor the new one: {wrong}")

    def restate(self, version):
        """Restates a month and kills it on the way, or not; whether it was killed and whether the new bill is there."""
        month = self.dice.randrange(12)
        lines, changed = bill(month, RESTATED, version)
        new = self.sums | changed
        with tempfile.TemporaryFile() as stdin:
            stdin.write("".join(lines).encode())
            stdin.seek(0)
            arguments = restate_arguments(self.centime, month, lines, changed)
            process = subprocess.Popen(arguments, stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        start = time.monotonic()
        deadline = start + self.duration_s * self.dice.uniform(0.2, 1.3)
        asks = self.dice.random() < 0.3
        while process.poll() is None and time.monotonic() < deadline:
            if asks:
                self.check(self.sums, new)
            else:
                time.sleep(0.001)
        if process.poll() is not None:
            self.duration_s = (self.duration_s + time.monotonic() - start) / 2
        else:
            self.duration_s *= 1.05  # kills come at all stages
        process.kill()
        process.wait()
        if process.returncode not in (0, -9):
            raise Failed(f"restate: exit code {process.returncode}: {process.stderr.read().decode()}")
        process.stderr.close()
        was_killed = process.returncode == -9
        held = self.check(self.sums, new) if was_killed else self.check(new)
        is_new = held is new
        self.sums = held
        return was_killed, is_new

    def disturb(self):
        """What else happens to a store."""
        if self.dice.random() < 0.1:
            self.centime.must("compact", self.centime.store)
        elif self.dice.random() < 0.2:
            month = self.dice.randrange(12)
            time_ns = MONTH_START_S[month] * 1_000_000_000 + self.dice.randrange(1_000_000)
            key = MONTHS[month], "gcp", "gke"
            self.centime.write_lines(f"cost,billing_period={key[0]},provider=gcp,service=gke cost_usd=0.01,entry_id=\"late\" {time_ns}\n")
            self.sums = self.sums | {key: self.sums[key] + Decimal("0.01")}
        self.check(self.sums)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    dice = random.Random(options.seed)
    print(f"seed {options.seed}")
    killed = old = completed = version = 0
    while killed < options.kills:
        with Centime() as centime:
            bill_of_year = Bill(centime, dice)
            store_kills = 0
            while store_kills < KILLS_PER_STORE and killed < options.kills:
                version += 1
                was_killed, is_new = bill_of_year.restate(version)
                store_kills += was_killed
                killed += was_killed
                old += was_killed and not is_new
                completed += not was_killed
                bill_of_year.disturb()
            centime.must("verify", centime.store, "--deep")
    print(f"{killed} kills, of which {old} left the old bill and {killed - old} the new one; {completed} came to their end")
    return 0


if __name__ == "__main__":
    sys.exit(main())
