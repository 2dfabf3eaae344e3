#!/usr/bin/env python3
"""Runs line_protocol_corpus_test over InfluxData's public corpus.

    line_protocol_corpus.py CORPUS_JSON TEST_PROGRAM

Turns the JSON into a stream that a C program reads without a JSON parser, and hands it over. Exit code 77 where the
corpus is not there: it is test input that is not part of this tree.

The stream, little-endian, is cases until the end: key, precision (text), default time (i64), input, then u8 1 and the
points (u32 count), or u8 0 where the input must be refused. A text is u32 length and bytes. A point is time (i64), name,
tags (u32 count; key, value), fields (u32 count; key, a letter of `iufbs`, 8 bytes or a text).
"""

import base64
import json
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

SKIPPED = 77
# \n, \t and \r in strings: the corpus makes control characters of them, servers and centime keep both bytes.
STRING_ESCAPE_CASES = ("0d72bd69", "909116df", "ea7ad628")
STRING_ESCAPE_ENCODED = "65a52922"  # writes a newline as \n
SLUGS = {"1ns": "ns", "1us": "us", "1\u00b5s": "us", "1ms": "ms", "1s": "s"}


def raw(value):
    return base64.b64decode(value["binary"]) if isinstance(value, dict) else value.encode()


def text(value):
    value = raw(value)
    return struct.pack("<I", len(value)) + value


def field_value(value):
    (kind, content), = value.items()
    if kind == "int":
        return b"i" + struct.pack("<q", content)
    if kind == "uint":
        return b"u" + struct.pack("<Q", content)
    if kind == "float":
        return b"f" + struct.pack("<d", content)
    if kind == "bool":
        return b"b" + struct.pack("<Q", content)
    return b"s" + text(content if kind == "string" else value)


def point(value):
    tags = value.get("tags") or []
    fields = {raw(f["key"]): f for f in value["fields"]}  # the last of equal names counts
    out = struct.pack("<q", value["time"]) + text(value["name"]) + struct.pack("<I", len(tags))
    out += b"".join(text(tag["key"]) + text(tag["value"]) for tag in tags)
    out += struct.pack("<I", len(fields))
    return out + b"".join(text(f["key"]) + field_value(f["value"]) for f in fields.values())


def case(key, precision, default_time, content, points):
    out = text(key) + text(SLUGS[precision]) + struct.pack("<q", default_time) + text(content)
    if points is None:
        return out + b"\0"
    return out + b"\1" + struct.pack("<I", len(points)) + b"".join(map(point, points))


def cases(corpus):
    for key, entry in corpus["decode"].items():
        if not key.startswith(STRING_ESCAPE_CASES):
            given = entry["input"]
            yield case(key, given["precision"], given["defaultTime"], given["text"], entry["output"].get("result"))


def encoded_cases(corpus):
    """What another program wrote is read back as the point that it wrote."""
    for key, entry in corpus["encode"].items():
        line = entry["output"].get("result")
        if key.startswith(STRING_ESCAPE_ENCODED) or line is None:
            continue
        if entry["input"]["precision"] == "1ns":
            yield case(key, "1ns", 0, line, [entry["input"]["point"]])


def main():
    corpus_path, program = sys.argv[1:]
    if not Path(corpus_path).is_file():
        print(f"skipped: {corpus_path} is not there (set CENTIME_SHARED_DATA)")
        return SKIPPED
    corpus = json.loads(Path(corpus_path).read_text())
    with tempfile.NamedTemporaryFile(suffix=".cases") as stream:
        stream.write(b"".join([*cases(corpus), *encoded_cases(corpus)]))
        stream.flush()
        return subprocess.run([program, stream.name]).returncode


if __name__ == "__main__":
    sys.exit(main())
