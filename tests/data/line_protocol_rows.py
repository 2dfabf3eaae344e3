"""Rows for tests: turned into line protocol for centime and, side by side, into SQLite for the independent answer.

A row is (table, tags, time_ns, fields). Tags are dicts of texts, "" being a missing tag. Fields are dicts of Number or
None (no value). Both sides get the number's own text.
"""

import sqlite3
from dataclasses import dataclass
from decimal import Decimal, getcontext

getcontext().prec = 120  # wider than any sum here: Python's decimal never rounds


@dataclass(frozen=True)
class Number:
    text: str
    kind: str  # "i" integer, "d" decimal, "m" decimal by its field's name, "f" float64

    def on_the_wire(self):
        return self.text + {"i": "i", "d": "d", "m": "", "f": ""}[self.kind]


def escape(text, specials):
    return "".join("\\" + c if c in specials else c for c in text)


def line_of(row):
    table, tags, time_ns, fields = row
    parts = [escape(table, ", ")]
    parts += [f"{escape(k, ',= ')}={escape(v, ',= ')}" for k, v in tags.items() if v]
    values = [f"{escape(k, ',= ')}={number.on_the_wire()}" for k, number in fields.items() if number]
    return f"{','.join(parts)} {','.join(values)} {time_ns}\n"


class DecimalSum:
    def __init__(self):
        self.total, self.count = Decimal(0), 0

    def step(self, text):
        if text is not None:
            self.total += Decimal(text)
            self.count += 1

    def finalize(self):
        return str(self.total) if self.count else None


def extreme(choose):
    class Extreme:
        def __init__(self):
            self.best = None

        def step(self, text):
            if text is not None:
                value = Decimal(text)
                self.best = value if self.best is None else choose(self.best, value)

        def finalize(self):
            return None if self.best is None else str(self.best)

    return Extreme


class Oracle:
    """The same rows in SQLite: one table per table, a row per (tags, time), later values over earlier ones."""

    def __init__(self):
        self.database = sqlite3.connect(":memory:")
        self.database.create_aggregate("exact_sum", 1, DecimalSum)
        self.database.create_aggregate("exact_min", 1, extreme(min))
        self.database.create_aggregate("exact_max", 1, extreme(max))
        self.tables = {}

    def load(self, rows):
        rows = list(rows)
        shapes = {}
        for table, tags, _, fields in rows:
            tag_names, field_kinds = shapes.setdefault(table, ({}, {}))
            tag_names.update(dict.fromkeys(tags))
            field_kinds.update({name: number.kind for name, number in fields.items() if number})
        for table, (tag_names, field_kinds) in shapes.items():
            self.make_table(table, list(tag_names), field_kinds)
        for table, tags, time_ns, fields in rows:
            self.upsert(table, tags, time_ns, fields)

    def make_table(self, table, tags, field_kinds):
        assert table not in self.tables
        self.tables[table] = (tags, field_kinds)
        keys = [f'"{tag}" TEXT' for tag in tags] + ["time_ns INTEGER"]
        fields = [f'"{field}" TEXT' for field in field_kinds]
        key = ",".join([f'"{tag}"' for tag in tags] + ["time_ns"])
        self.database.execute(f'CREATE TABLE "{table}" ({",".join(keys + fields)}, PRIMARY KEY ({key}))')

    def upsert(self, table, tags, time_ns, fields):
        names, field_kinds = self.tables[table]
        given = [field for field in field_kinds if fields.get(field)]
        columns = ",".join(f'"{name}"' for name in [*names, "time_ns", *given])
        values = [tags.get(name, "") for name in names] + [time_ns] + [fields[field].text for field in given]
        marks = ",".join("?" * len(values))
        updates = ",".join(f'"{field}"=excluded."{field}"' for field in given)
        self.database.execute(
            f'INSERT INTO "{table}" ({columns}) VALUES ({marks}) ON CONFLICT DO UPDATE SET {updates}', values
        )

    def query(self, sql):
        return self.database.execute(sql).fetchall()
