#!/usr/bin/env python3
"""focus_answers_test.py: the published FOCUS sample against answers that were worked out by hand from its file: totals of the
four costs, by provider, charge category, billing and charge month, and what is and is not tagged. Asked of rows, of rollups and
of a compacted store.
"""

import sys
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))

from centime_command import Centime, Failed, shared_data_folder
from line_protocol_rows import line_of
from sources import focus

TOTALS = {"cost_usd": "20.52022672899", "effective_cost": "14.97651418586", "list_cost": "20.39090575119",
          "contracted_cost": "14.97626039326"}  # fmt: skip
BY = {
    "provider": {"AWS": "18.0066386184", "Microsoft": "1.97651418586", "Oracle": "0.53707392473"},
    "charge_category": {"Usage": "22.86192672899", "Adjustment": "0.272", "Credit": "-2.6137"},
    "billing_period": {"2024-09": "20.28022672899", "2024-10": "0.24"},
}
UNTAGGED = "-1.7023496992"  # charges without any tag
ENVIRONMENT = ("20.24606224233", "0.27416448666")  # with the tag `environment`, without
APPLICATION_COVERAGE = Decimal("88.210231")  # percent of positive effective cost that has the tag `application`
CONTRACTED_UNKNOWN = 7


def expect(what, ours, theirs):
    if ours != theirs:
        raise Failed(f"{what}: centime says {ours}, the file says {theirs}")


class Answers:
    def __init__(self, centime, options):
        self.centime, self.options = centime, options

    def rows(self, *asked):
        return self.centime.rollup("--from", "cost", *asked, *self.options)

    def totals(self):
        (row,) = self.rows("--count", "contracted_cost", "--count", "*", *(x for f in TOTALS for x in ("--sum", f)))
        for field, total in TOTALS.items():
            expect(f"total {field}", row[f"sum_{field}"], Decimal(total))
        expect("rows", row["count"], 1000)
        expect("unknown contracted costs", 1000 - row["count_contracted_cost"], CONTRACTED_UNKNOWN)

    def groups(self):
        for tag, answers in BY.items():
            ours = {row[tag]: row["sum_cost_usd"] for row in self.rows("--by", tag, "--sum", "cost_usd")}
            expect(f"by {tag}", ours, {name: Decimal(text) for name, text in answers.items()})
        days = self.rows("--bucket", "1d", "--sum", "cost_usd")
        expect("days", len(days), 30)
        expect("sum of days", sum(row["sum_cost_usd"] for row in days), Decimal(TOTALS["cost_usd"]))

    def tags(self, tag_keys):
        everything = [f"tag.{key}" for key in tag_keys]
        bare = [x for tag in everything for x in ("--where", f"{tag}=")]
        (row,) = self.rows("--sum", "cost_usd", *bare)
        expect("cost without any tag", row["sum_cost_usd"], Decimal(UNTAGGED))
        by = {row["tag.environment"]: row["sum_cost_usd"] for row in self.rows("--by", "tag.environment", "--sum", "cost_usd")}
        expect("without environment", by.pop(""), Decimal(ENVIRONMENT[1]))
        expect("with environment", sum(by.values()), Decimal(ENVIRONMENT[0]))
        spaced = self.rows("--by", "tag. org", "--count", "cost_usd")
        expect("rows of the key that begins with a blank", sum(r["count_cost_usd"] for r in spaced if r["tag. org"]), 23)

    def coverage(self):
        charges = self.rows("--by", "charge,tag.application", "--sum", "effective_cost")
        positive = [(row["sum_effective_cost"], row["tag.application"]) for row in charges if row["sum_effective_cost"] > 0]
        covered = sum(cost for cost, tag in positive if tag)
        expect("coverage", round(100 * covered / sum(cost for cost, _ in positive), 6), APPLICATION_COVERAGE)

    def all(self, tag_keys):
        self.totals()
        self.groups()
        self.tags(tag_keys)
        self.coverage()


def main():
    rows = list(focus(shared_data_folder("data", "focus-sample")))
    tag_keys = sorted({tag.removeprefix("tag.") for _, tags, _, _ in rows for tag in tags if tag.startswith("tag.")})
    expect("tag keys", len(tag_keys), 31)
    with Centime() as centime:
        centime.write_lines("".join(map(line_of, rows)))
        for stage in ("written", "compacted"):
            Answers(centime, []).all(tag_keys)
            Answers(centime, ["--raw"]).all(tag_keys)
            centime.must("compact", centime.store)
            print(f"focus: every answer right in the {stage} store, from rollups and from rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
