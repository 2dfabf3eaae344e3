#!/usr/bin/env python3
"""Reads a segment file from engine/FORMAT.md alone, sections 1, 7 and 8: a second opinion on the format.

    read_segment.py FILE.seg               prints every row
    read_segment.py FILE.seg FILE.txt      compares them with FILE.txt: all rows, or first and last of each series

Checks every checksum, count, minimum, maximum and sum on the way. A row is series,time,codes,values; floats are shown as their bits, texts
in quotes, decimals without trailing zeros, a value that is not there as nothing. Standard library only; zstd frames are not read.
"""

import struct
import sys
from fractions import Fraction

from block_codecs import Bytes, bools, decimals, derived, floats, ints, require, signed, texts, times
from xxh3 import xxh3

M64 = (1 << 64) - 1
FLOAT, INTEGER, UNSIGNED, BOOLEAN, STRING, DECIMAL = range(1, 7)
GROUP_BLOCKS, SLICE_SERIES = 64, 2048


def array(source, read, count):
    inside = source.sub(source.varint())
    values = read(inside, count)
    inside.done()
    return values


def unsigned(values):
    return [v & M64 for v in values]


class Segment:
    def __init__(self, data):
        self.data = data
        self.check_ends()
        footer_len = int.from_bytes(data[-24:-16], "little")
        self.footer_at = len(data) - 24 - footer_len
        footer = data[self.footer_at : -24]
        require(xxh3(footer) == int.from_bytes(data[-16:-8], "little"), "footer checksum")
        self.read_footer(Bytes(footer))
        self.read_series()
        self.groups = [self.read_group(g) for g in range(len(self.chunks))]

    def check_ends(self):
        data = self.data
        require(data[:8] == b"CTSEGMNT" and data[-8:] == b"TNMGESTC", "magic")
        self.version = int.from_bytes(data[8:12], "little")
        require(self.version in (1, 2), "version")
        require(xxh3(data[:12]) & 0xFFFFFFFF == int.from_bytes(data[12:16], "little"), "header checksum")

    def read_footer(self, r):
        self.table, tags, columns, self.row_count = r.varint(), r.varint(), r.varint(), r.varint()
        self.series_count, self.block_count = r.varint(), r.varint()
        self.min_time = r.svarint()
        self.max_time = self.min_time + r.varint()
        self.min_commit = r.varint()
        self.max_commit = self.min_commit + r.varint()
        self.fields, self.types, field = [], [], 0
        for _ in range(columns):
            field += r.varint()
            self.fields.append(field)
            self.types.append(r.u8())
        sections = [(r.varint(), r.u64()) for _ in range(1 + tags + (self.version >= 2))]
        at = 16
        self.chunks = []
        for _ in range(-(-self.block_count // GROUP_BLOCKS)):
            chunks = []
            for _ in range(1 + columns):
                directory, payload, values, checksum = r.varint(), r.varint(), r.varint(), r.u64()
                chunks.append((at, directory, payload, values))
                require(xxh3(self.data[at : at + directory]) == checksum, "directory checksum")
                at += directory + payload
            self.chunks.append(chunks)
        r.done()
        self.sections = []
        for size, checksum in sections:
            require(xxh3(self.data[at : at + size]) == checksum, "section checksum")
            self.sections.append(Bytes(self.data, at, at + size))
            at += size
        require(at == self.footer_at, "pieces do not fill the file")
        self.rollup = self.sections.pop() if self.version >= 2 else None

    def read_series(self):
        self.series, self.codes = [], [[] for _ in self.sections[1:]]
        for first in range(0, self.series_count, SLICE_SERIES):
            count = min(SLICE_SERIES, self.series_count - first)
            source = self.sections[0]
            ids, rows = array(source, ints, count), array(source, ints, count)
            start, span = array(source, times, count), unsigned(array(source, ints, count))
            self.series += list(zip(ids, rows, start, [a + b for a, b in zip(start, span)]))
            for codes, section in zip(self.codes, self.sections[1:]):
                codes += array(section, ints, count)
        for section in self.sections:
            section.done()
        require(sum(s[1] for s in self.series) == self.row_count, "rows of series")

    # -- Groups

    def read_group(self, g):
        count = min(GROUP_BLOCKS, self.block_count - g * GROUP_BLOCKS)
        block_times = self.read_times(self.chunks[g][0], count)
        rows = [len(t) for t in block_times]
        directories = [self.read_directory(c, g, rows) for c in range(len(self.types))]
        columns = [[None] * count for _ in self.types]
        for b in range(count):
            # What is computed from another column comes after it.
            for c in sorted(range(len(self.types)), key=lambda c: directories[c]["modes"][b] >= 2):
                columns[c][b] = self.read_block(c, b, rows[b], directories, columns)
                self.check_stats(c, b, directories[c], columns[c][b])
        return block_times, columns

    def payloads(self, chunk, sizes, checksums):
        at = chunk[0] + chunk[1]
        require(sum(sizes) == chunk[2], "payloads do not fill the chunk")
        found = []
        for size, checksum in zip(sizes, checksums):
            require(xxh3(self.data[at : at + size]) & 0xFFFFFFFF == checksum, "payload checksum")
            found.append(Bytes(self.data, at, at + size))
            at += size
        return found

    def read_times(self, chunk, count):
        r = Bytes(self.data, chunk[0], chunk[0] + chunk[1])
        rows, sizes = array(r, ints, count), array(r, ints, count)
        payloads = self.payloads(chunk, sizes, [r.u32() for _ in range(count)])
        least, span = array(r, times, count), unsigned(array(r, ints, count))
        r.done()
        require(sum(rows) == chunk[3], "rows of a group")
        found = []
        for b, payload in enumerate(payloads):
            values = times(payload, rows[b])
            payload.done()
            require((min(values), max(values)) == (least[b], least[b] + span[b]), "times of a block")
            found.append(values)
        return found

    def read_directory(self, c, g, rows):
        chunk, kind, count = self.chunks[g][1 + c], self.types[c], len(rows)
        none = {"counts": [0] * count, "modes": [0] * count, "payloads": [None] * count, "stats": [None] * count}
        if chunk[1] == 0:
            return none
        r = Bytes(self.data, chunk[0], chunk[0] + chunk[1])
        flags, sizes = r.u8(), array(r, ints, count)
        require(flags < 8, "flags of a directory")
        payloads = self.payloads(chunk, sizes, [r.u32() for _ in range(count)])
        counts = array(r, ints, count) if flags & 1 else rows
        modes = array(r, ints, count) if flags & 2 else [0] * count
        require(sum(counts) == chunk[3], "values of a group")
        stats = self.read_stats(r, kind, counts, flags & 4)
        r.done()
        return {"counts": counts, "modes": modes, "payloads": payloads, "stats": stats}

    def read_stats(self, r, kind, counts, is_long):
        count = len(counts)
        if kind in (BOOLEAN, STRING):
            return [None] * count
        if kind == FLOAT:
            return list(zip(*[array(r, floats, count) for _ in range(3)]))
        if is_long:
            return [self.read_long_stats(r) if n else None for n in counts]
        scales = array(r, ints, count) if kind == DECIMAL else [0] * count
        least = array(r, ints, count)
        least = unsigned(least) if kind == UNSIGNED else least
        span, excess = unsigned(array(r, ints, count)), unsigned(array(r, ints, count))
        exact = [(low, low + s, low * n + e) for low, s, e, n in zip(least, span, excess, counts)]
        return [tuple(Fraction(v, 10**scale) for v in three) for three, scale in zip(exact, scales)]

    @staticmethod
    def read_long_stats(r):
        found = []
        for i in range(3):
            scale = r.u8()
            if i == 2 and scale == 255:
                return (*found, None)
            found.append(Fraction(int.from_bytes(r.take(r.u8()), "little", signed=True), 10**scale))
        return tuple(found)

    # -- Blocks: a value is None, a double, an int, bytes, or (scale, mantissa).

    def read_block(self, c, b, rows, directories, columns):
        directory, kind = directories[c], self.types[c]
        count, mode, source = directory["counts"][b], directory["modes"][b], directory["payloads"][b]
        if count == 0:
            return [None] * rows, None
        present = [1] * rows
        if count < rows:
            present = array(source, bools, rows)
            require(sum(present) == count, "number of values")
        values, block = self.read_values(source, kind, mode, rows, b, columns)
        source.done()
        return [v if p else None for v, p in zip(values, present)], block

    def read_values(self, source, kind, mode, rows, b, columns):
        if kind != DECIMAL:
            values = {FLOAT: floats, INTEGER: ints, UNSIGNED: ints, BOOLEAN: bools, STRING: texts}[kind](source, rows)
            return unsigned(values) if kind == UNSIGNED else values, None
        if mode == 1:
            scales, low = array(source, ints, rows), array(source, ints, rows)
            high = ints(source, rows)
            return [(s, h << 64 | l & M64) for s, l, h in zip(scales, low, high)], None
        if mode == 0:
            block = decimals(source, rows)
            return [(block[0], v) for v in block[1]], block
        reference = columns[mode - 2][b][1]
        require(reference is not None, "reference of a derived block")
        scale, values = derived(source, rows, reference)
        return [(scale, v) for v in values], None

    def check_stats(self, c, b, directory, block):
        values = [v for v in block[0] if v is not None]
        stats, kind = directory["stats"][b], self.types[c]
        require(len(values) == directory["counts"][b], "values of a block")
        if not values or stats is None:
            return
        if kind == FLOAT:
            total = 0.0
            for value in values:
                total += value
            require(stats == (min(values), max(values), total), "statistics of floats")
            return
        exact = [Fraction(v[1], 10 ** v[0]) if kind == DECIMAL else Fraction(v) for v in values]
        require(stats[:2] == (min(exact), max(exact)), "minimum and maximum")
        require(stats[2] is None or stats[2] == sum(exact), "sum")

    # -- Rows

    def column(self, c):
        return [v for _, columns in self.groups for values, _ in columns[c] for v in values]

    def rows(self):
        """(series, is first or last of it, text)"""
        all_times = [t for block_times, _ in self.groups for block in block_times for t in block]
        columns = [self.column(c) for c in range(len(self.types))]
        row = 0
        for s, (series, count, start, end) in enumerate(self.series):
            inside = all_times[row : row + count]
            require(inside == sorted(inside) and (inside[0], inside[-1]) == (start, end), "times of a series")
            codes = [str(codes[s]) for codes in self.codes]
            for i, time in enumerate(inside):
                values = [show(kind, column[row]) for kind, column in zip(self.types, columns)]
                yield i in (0, count - 1), ",".join([str(series), str(time), *codes, *values])
                row += 1
        require(row == self.row_count and (min(all_times), max(all_times)) == (self.min_time, self.max_time), "rows")


def show(kind, value):
    if value is None:
        return ""
    if kind == FLOAT:
        return struct.pack(">d", value).hex()
    if kind == STRING:
        return '"' + value.decode() + '"'
    if kind != DECIMAL:
        return str(value)
    scale, mantissa = value
    digits = str(abs(mantissa)).rjust(scale + 1, "0")
    whole, rest = digits[: len(digits) - scale], digits[len(digits) - scale :].rstrip("0")
    return ("-" if mantissa < 0 else "") + whole + ("." + rest if rest else "")


def main(arguments):
    if len(arguments) not in (2, 3):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    with open(arguments[1], "rb") as file:
        rows = list(Segment(file.read()).rows())
    if len(arguments) == 2:
        print("\n".join(text for _, text in rows))
        return 0
    with open(arguments[2], encoding="utf-8") as file:
        expected = file.read().splitlines()
    found = [text for is_end, text in rows if is_end or len(expected) == len(rows)]
    for number, (have, want) in enumerate(zip(found, expected), 1):
        if have != want:
            print(f"{arguments[2]}:{number}: expected {want}\n  but read {have}", file=sys.stderr)
            return 1
    if len(found) != len(expected):
        print(f"{len(expected)} rows expected, {len(found)} read", file=sys.stderr)
        return 1
    print(f"{len(rows)} rows of {arguments[1]} are as expected")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
