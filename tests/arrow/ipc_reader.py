"""A reader of Arrow IPC streams, written from Arrow's own documents (Message.fbs, Schema.fbs, "Serialization and
Interprocess Communication") and the FlatBuffers internals alone: with nothing but Python it holds our streams against them.

Strict where Arrow is: continuation marks, lengths, alignment, bounds, offsets that ascend, the end of the stream."""

import struct

CONTINUATION = 0xFFFFFFFF
METADATA_V5, SCHEMA, RECORD_BATCH = 4, 1, 3


class Malformed(Exception):
    pass


def need(condition, what):
    if not condition:
        raise Malformed(what)


class Table:
    """A FlatBuffers table; slots that are left out give `otherwise`."""

    def __init__(self, buf, at):
        self.buf, self.at = buf, at
        self.vtable = at - self.number(at, "i")
        need(0 <= self.vtable <= len(buf) - 4 and at % 4 == 0, "a table without vtable")
        self.vtable_bytes, self.bytes = struct.unpack_from("<HH", buf, self.vtable)
        need(self.vtable + self.vtable_bytes <= len(buf) and at + self.bytes <= len(buf), "a table past the end")

    def number(self, at, code):
        size = struct.calcsize(code)
        need(at % size == 0 and 0 <= at <= len(self.buf) - size, "a number out of place")
        return struct.unpack_from("<" + code, self.buf, at)[0]

    def place(self, slot):
        entry = 4 + 2 * slot
        if entry + 2 > self.vtable_bytes:
            return None
        distance = struct.unpack_from("<H", self.buf, self.vtable + entry)[0]
        need(distance == 0 or 4 <= distance < self.bytes, "a field outside its table")
        return self.at + distance if distance else None

    def scalar(self, slot, code, otherwise=0):
        at = self.place(slot)
        return otherwise if at is None else self.number(at, code)

    def target(self, slot):
        at = self.place(slot)
        need(at is not None, f"slot {slot} is missing")
        return at + self.number(at, "I")

    def table(self, slot):
        return Table(self.buf, self.target(slot))

    def text(self, slot):
        at = self.target(slot)
        end = at + 4 + self.number(at, "I")
        need(end < len(self.buf) and self.buf[end] == 0, "a text without its zero byte")
        return self.buf[at + 4 : end].decode()

    def tables(self, slot):
        at = self.target(slot)
        places = [at + 4 + 4 * i for i in range(self.number(at, "I"))]
        return [Table(self.buf, place + self.number(place, "I")) for place in places]

    def pairs(self, slot):
        at = self.target(slot)
        count = self.number(at, "I")
        return [(self.number(at + 4 + 16 * i, "q"), self.number(at + 12 + 16 * i, "q")) for i in range(count)]


def messages(stream):
    """(Message, body) of each, up to the end mark, which must be the last thing."""
    at = 0
    while True:
        need(at % 8 == 0 and at + 8 <= len(stream), "a message out of place, or no end")
        mark, length = struct.unpack_from("<II", stream, at)
        need(mark == CONTINUATION and length % 8 == 0, "no message here")
        at += 8
        if length == 0:
            need(at == len(stream), "bytes after the end")
            return
        metadata = stream[at : at + length]
        message = Table(metadata, struct.unpack_from("<I", metadata)[0])
        need(message.scalar(0, "h") == METADATA_V5, "another version")
        body_bytes = message.scalar(3, "q")
        at += length
        need(at + body_bytes <= len(stream), "a body past the end")
        yield message, stream[at : at + body_bytes]
        at += body_bytes


def type_of(field):
    """(name as apache-arrow prints it, kind, what else the values need)"""
    kind, table = field.scalar(2, "B"), field.table(3)
    if kind == 2:
        need(table.scalar(0, "i") == 64, "an integer of another width")
        return ("Int64" if table.scalar(1, "B") else "Uint64"), "q" if table.scalar(1, "B") else "Q", 8
    if kind == 3:
        need(table.scalar(0, "h") == 2, "a float of another width")
        return "Float64", "d", 8
    if kind == 5:
        return "Utf8", "utf8", None
    if kind == 6:
        return "Bool", "bool", None
    if kind == 7:
        bits = table.scalar(2, "i", 128)
        return f"Decimal[{table.scalar(0, 'i')}e+{table.scalar(1, 'i')}]", "decimal", (bits // 8, table.scalar(1, "i"))
    need(kind == 10 and table.scalar(0, "h") == 3, f"type {kind}")
    return f"Timestamp<NANOSECOND, {table.text(1)}>", "q", 8


def bit(bits, at):
    return bits[at // 8] >> at % 8 & 1


def decimal_text(value, scale):
    digits = str(abs(value)).rjust(scale + 1, "0")
    return ("-" if value < 0 else "") + digits[: len(digits) - scale] + ("." + digits[len(digits) - scale :] if scale else "")


class Batch:
    def __init__(self, header, body):
        self.rows = header.scalar(0, "q")
        self.nodes, self.buffers, self.body = header.pairs(1), header.pairs(2), body

    def take(self, least):
        offset, length = self.buffers.pop(0)
        need(offset % 8 == 0 and 0 <= length <= len(self.body) - offset, "a buffer out of place")
        need(length >= least, "a buffer that is too short")
        return self.body[offset : offset + length]

    def column(self, kind, extra):
        rows, nulls = self.nodes.pop(0)
        need(rows == self.rows, "a column of another length")
        bits = self.take((rows + 7) // 8 if nulls else 0)
        is_valid = [bit(bits, row) if bits else 1 for row in range(rows)]
        need(rows - sum(is_valid) == nulls, "another number of nulls")
        values = self.values(kind, extra, rows)
        return [value if valid else None for value, valid in zip(values, is_valid)]

    def values(self, kind, extra, rows):
        if kind == "utf8":
            offsets = struct.unpack_from(f"<{rows + 1}i", self.take(4 * (rows + 1)))
            need(offsets[0] == 0 and list(offsets) == sorted(offsets), "offsets that do not ascend")
            texts = self.take(offsets[-1])
            return [texts[a:b].decode() for a, b in zip(offsets, offsets[1:])]
        if kind == "bool":
            bits = self.take((rows + 7) // 8)
            return [str(bool(bit(bits, row))).lower() for row in range(rows)]
        if kind == "decimal":
            size, scale = extra
            numbers = self.take(size * rows)
            parts = (numbers[size * i : size * (i + 1)] for i in range(rows))
            return [decimal_text(int.from_bytes(part, "little", signed=True), scale) for part in parts]
        return [repr(value) for value in struct.unpack_from(f"<{rows}{kind}", self.take(extra * rows))]


def read(stream):
    """What read_arrow.mjs prints."""
    parts = list(messages(stream))
    need(parts and parts[0][0].scalar(1, "B") == SCHEMA, "no schema")
    fields = parts[0][0].table(2).tables(1)
    types = [type_of(field) for field in fields]
    need(all(field.tables(5) == [] for field in fields), "children")
    answer = {
        "fields": [{"name": f.text(0), "type": t[0], "nullable": bool(f.scalar(1, "B"))} for f, t in zip(fields, types)],
        "batches": [],
        "columns": [[] for _ in fields],
    }
    for message, body in parts[1:]:
        need(message.scalar(1, "B") == RECORD_BATCH, "something else than a batch")
        batch = Batch(message.table(2), body)
        answer["batches"].append(batch.rows)
        for column, (_, kind, extra) in zip(answer["columns"], types):
            column += batch.column(kind, extra)
        need(not batch.nodes and not batch.buffers, "more columns than the schema has")
    return answer
