#!/usr/bin/env python3
"""Requests of real clients, byte for byte as they were once recorded: heads and bodies, over plain sockets."""

import gzip
import sys

from clients import read_back
from centime_server import Server, equal, run_tests

SECOND = 10**9


def exchange(server, head, body, chunked=False):
    """Sends one request and returns status and body of its answer."""
    lines = [line.encode() for line in head]
    if chunked:
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    request = b"\r\n".join(lines + [b"Connection: close"]) + b"\r\n\r\n" + body
    answer = server.raw(request)
    head, _, rest = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), rest


def expect_taken(server, head, body, chunked=False):
    equal(exchange(server, head, body, chunked), (204, b""), head[0])


def influx_import():
    """An empty Content-Type, a blank line inside the batch."""
    head = [
        "POST /write?consistency=all&db=centime&precision=ns&rp=autogen HTTP/1.1",
        "Host: 127.0.0.1:18086",
        "User-Agent: influxDB importer/",
        "Content-Length: 61",
        "Content-Type: ",
        "Accept-Encoding: gzip",
    ]
    with Server() as server:
        expect_taken(server, head, b"cpu,host=a value=1 1000000000\n\ncpu,host=b value=2 2000000000\n")
        rows = [(SECOND, "a", 1), (2 * SECOND, "b", 2)]
        equal(read_back(server, "centime", "cpu", "host", "value"), rows, "rows")


def influx_insert():
    """A blank before the first line, no time, an empty rp."""
    head = [
        "POST /write?consistency=all&db=centime&precision=ns&rp= HTTP/1.1",
        "Host: 127.0.0.1:18086",
        "User-Agent: InfluxDBShell/1.6.7~rc0",
        "Content-Length: 20",
        "Content-Type: ",
        "Accept-Encoding: gzip",
    ]
    with Server() as server:
        expect_taken(server, head, b" cpu,host=a value=1\n")
        equal([row[1:] for row in read_back(server, "centime", "cpu", "host", "value")], [("a", 1)], "rows")


PYTHON_LINE = b'cost,svc=ec2,team=ml\\ research n=4i,ok=True,s="a \\"q\\" \\\\ b",usd=3.5 1767225600000000000\n'


def python_head(length, *more):
    return [
        "POST /write?db=centime HTTP/1.1",
        "Host: 127.0.0.1:18087",
        "User-Agent: python-requests/2.28.1",
        "Accept-Encoding: gzip, deflate, br",
        "Accept: application/x-msgpack",
        "Content-Type: application/octet-stream",
        f"Content-Length: {length}",
        "Authorization: Basic cm9vdDpyb290",
        *more,
    ]


def python_write_points():
    """Plain and packed; credentials that nobody asked for."""
    packed = gzip.compress(PYTHON_LINE)
    with Server() as server:
        expect_taken(server, python_head(len(PYTHON_LINE)), PYTHON_LINE)
        expect_taken(server, python_head(len(packed), "Content-Encoding: gzip"), packed)
        row = (1767225600 * SECOND, "ec2", "ml research", 4, True, 'a "q" \\ b', 3.5)
        found = read_back(server, "centime", "cost", "svc", "team", "n", "ok", "s", "usd")
        equal([tuple(map(str, found_row)) for found_row in found], [tuple(map(str, row))], "rows")


def javascript_client_packed():
    """Chunks without a Content-Length around a packed body."""
    head = [
        "POST /api/v2/write?org=my-org&bucket=my-bucket&precision=ms&consistency=one HTTP/1.1",
        "content-type: text/plain; charset=utf-8",
        "User-Agent: influxdb-client-js/1.35.0",
        "authorization: Token my-token",
        "content-encoding: gzip",
        "Host: 127.0.0.1:18088",
        "Transfer-Encoding: chunked",
    ]
    with Server() as server:
        expect_taken(server, head, gzip.compress(b"cost usd=1 1700000000000"), chunked=True)
        equal(read_back(server, "my-bucket", "cost", "usd"), [(1700000000 * SECOND, 1)], "rows")


def javascript_client():
    """A line end inside a string, no last line end."""
    body = (
        b'cost,env=prod,team=ml\\,\\ res\\=earch n=4i,ok=T,s="a \\"q\\" \\\\ b\nnl",u=5u,usd=3.5 1700000000000000000\n'
        b"cost,env=prod usd=1 1795427454072351585"
    )
    head = [
        "POST /api/v2/write?org=my-org&bucket=my-bucket&precision=ns HTTP/1.1",
        "content-type: text/plain; charset=utf-8",
        "authorization: Token my-token",
        f"content-length: {len(body)}",
        "Host: 127.0.0.1:18088",
    ]
    with Server() as server:
        expect_taken(server, head, body)
        found = [(*row[:-1], float(row[-1])) for row in read_back(server, "my-bucket", "cost", "team", "s", "u", "usd")]
        rows = [(1700000000 * SECOND, "ml, res=earch", 'a "q" \\ b\nnl', 5, 3.5), (1795427454072351585, None, None, None, 1)]
        equal(found, rows, "rows")


def questdb_client():
    """No database, a backslash before a raw line end, a time as field."""
    body = (
        b'cost,team=ml\\,\\ res\\=earch usd=3.5,n=4i,ok=t,s="a \\"q\\" \\\\ b\\\nnl",ts=1700000000000000t 1700000000000000000\n'
    )
    head = [
        "POST /write?precision=n HTTP/1.1",
        "host: 127.0.0.1:18088",
        "Authorization: Bearer tok",
        f"content-length: {len(body)}",
    ]
    with Server() as server:
        expect_taken(server, head, body)
        rows = [(1700000000 * SECOND, "ml, res=earch", 4, 'a "q" \\ b\\\nnl', 1700000000000000)]
        equal(read_back(server, "default", "cost", "team", "n", "s", "ts"), rows, "rows")


def main():
    return run_tests(
        influx_import, influx_insert, python_write_points, javascript_client, javascript_client_packed, questdb_client
    )


if __name__ == "__main__":
    sys.exit(main())
