"""SELECT statements at random, of what centime and InfluxDB are to answer alike."""

NUMBERS = ("v", "i", "w")
FIELDS = ("v", "i", "s", "b", "w")
AGGREGATES = ("sum", "mean", "count", "min", "max", "first", "last", "median", "stddev", "spread")
TRANSFORMS = ("derivative", "difference", "non_negative_difference", "cumulative_sum", "moving_average", "elapsed")


class RandomStatement:
    def __init__(self, rng):
        self.rng = rng

    def pick(self, *choices):
        return self.rng.choice(choices)

    def maybe(self, probability, text):
        return text if self.rng.random() < probability else ""

    def aggregate(self):
        name = self.rng.choice(AGGREGATES)
        takes_all = name in ("count", "first", "last")
        field = self.rng.choice(FIELDS if takes_all else NUMBERS)
        if name == "count" and self.rng.random() < 0.2:
            return f"count(distinct({field}))"
        return f"{name}({field})"

    def percentile(self):
        return f"percentile({self.rng.choice(NUMBERS)}, {self.pick(1, 25, 50, 90, 99.5, 100)})"

    def condition(self):
        return self.pick(
            "host = 'a'", "host != 'a'", "region = ''", "region != 'eu'", "host =~ /a|b/", "host !~ /^c/", "v > 1", "v <= -2.5",
            "i = 3", "i != 3", "s = 'x'", "s != 'x'", "s =~ /x|y/", "b = true", "b = false", "nope = ''", "v > i", "v + i > 3",
            "i % 2 = 0", "'b' = host", "3 < v", "(host = 'a' OR region = 'us')", "(v > 3 OR host = 'c')",
        )  # fmt: skip

    def where(self, needs_range):
        parts = [self.condition() for _ in range(self.pick(0, 0, 1, 1, 2))]
        text = (" " + self.pick("AND", "OR") + " ").join(parts)
        if len(parts) > 1:
            text = f"({text})"
        first, last = sorted(self.rng.sample(range(0, 130), 2))
        if needs_range or self.rng.random() < 0.4:
            spans = f"time {self.pick('>=', '>')} {first}s AND time {self.pick('<', '<=')} {last}s"
            text = f"{text} AND {spans}" if text else spans
        return f" WHERE {text}" if text else ""

    def group_by(self, interval):
        parts = []
        if interval:
            parts.append(f"time({self.pick('3s', '7s', '10s', '30s', '1m')}{self.maybe(0.2, self.pick(', 2s', ', -3s', ', 11s'))})")
        parts += self.pick([], [], ["host"], ["region"], ["host", "region"], ["*"])
        return f" GROUP BY {', '.join(parts)}" if parts else ""

    def tail(self, fill):
        text = fill
        text += self.maybe(0.2, " ORDER BY time DESC")
        limit = self.maybe(0.2, f" LIMIT {self.pick(1, 2, 5, 50)}")
        return text + limit + (self.maybe(0.4, f" OFFSET {self.pick(1, 3)}") if limit else "")

    def raw(self):
        fields = self.pick("*", "v", "v, i", "v, host", "s, b, region", "v + i", "v * 2 - i / 3 AS x, v", "i % 7, i & 3, i | 8",
                           "v / i", "*::field", "/^[vi]$/", "v::integer, i::float", "abs(v), floor(v)", "-v, -i")  # fmt: skip
        return f"SELECT {fields} FROM cpu{self.where(False)}{self.group_by(False)}{self.tail('')}"

    def aggregated(self):
        interval = self.rng.random() < 0.6
        calls = [self.aggregate() for _ in range(self.pick(1, 1, 1, 2, 3))]
        if self.rng.random() < 0.2:
            calls.append(self.percentile())
        if self.rng.random() < 0.2:
            calls[0] = f"{calls[0]} AS total"
        elif self.rng.random() < 0.3:
            calls = [f"{self.pick('sum', 'mean', 'max')}({self.rng.choice('vi')}) {self.pick(*'+-*/')} {self.pick('2', '0.5', 'count(v)', 'min(i)')}"]
        fills = ("", " fill(null)", " fill(none)", " fill(previous)", " fill(linear)", " fill(0)", " fill(-2.5)")
        fill = self.rng.choice(fills) if interval and not any("(s)" in call or "(b)" in call for call in calls) else ""
        return f"SELECT {', '.join(calls)} FROM cpu{self.where(interval)}{self.group_by(interval)}{self.tail(fill)}"

    def transformed(self):
        name = self.rng.choice(TRANSFORMS)
        extra = ", 3" if name == "moving_average" else self.maybe(0.3, ", 2s") if name in ("derivative", "elapsed") else ""
        if self.rng.random() < 0.5:
            inner = f"{self.pick('mean', 'max', 'sum', 'last')}({self.rng.choice('vi')})"
            fill = self.pick("", "", " fill(none)", " fill(0)", " fill(previous)")
            return f"SELECT {name}({inner}{extra}) FROM cpu{self.where(True)}{self.group_by(True)}{fill}"
        return f"SELECT {name}({self.rng.choice('vi')}{extra}) FROM cpu{self.where(False)}{self.group_by(False)}{self.tail('')}"

    def ranked(self):
        tags = self.maybe(0.4, self.pick(", host", ", host, region"))
        more = self.maybe(0.3, self.pick(", host", ", s, region")) if not tags else ""
        call = f"{self.pick('top', 'bottom')}({self.rng.choice('vi')}{tags}, {self.pick(1, 2, 3, 5)})"
        interval = self.rng.random() < 0.3
        return f"SELECT {call}{more} FROM cpu{self.where(interval)}{self.group_by(interval)}"

    def selected(self):
        call = self.pick("max(v)", "min(i)", "first(v)", "last(i)", "max(w)", "first(s)")
        interval = self.rng.random() < 0.4
        more = self.pick("", ", host", ", host, s", ", v * 2")
        return f"SELECT {call}{more} FROM cpu{self.where(interval)}{self.group_by(interval)}{self.tail('')}"

    def nested(self):
        inner = f"SELECT {self.pick('mean', 'sum', 'max', 'last')}(v) AS x FROM cpu{self.where(True)} GROUP BY time(10s){self.pick('', ', host', ', host, region')}"
        outer = self.pick("mean(x)", "sum(x)", "max(x)", "count(x)", "x", "x * 2")
        group = self.pick("", "", " GROUP BY host") if "host" in inner.split("GROUP BY")[1] else ""
        return f"SELECT {outer} FROM ({inner}){group}"

    def make(self):
        return self.pick(self.raw, self.aggregated, self.aggregated, self.transformed, self.ranked, self.selected, self.nested)()
