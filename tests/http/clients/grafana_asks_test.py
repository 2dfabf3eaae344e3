#!/usr/bin/env python3
"""The requests of Grafana's InfluxDB data source, by hand: health check, template variables, the query editor's lists, panels."""

import http.client
import json
import sys
import urllib.parse

from asking import same_from_both
from centime_server import equal, run_tests

START, END = "1700000000000ms", "1700000030000ms"
RANGE = f"time >= {START} and time <= {END}"
QUESTIONS = {
    "health": "SHOW measurements",
    "measurements": "SHOW MEASUREMENTS LIMIT 100",
    "measurements that match": 'SHOW MEASUREMENTS WITH MEASUREMENT =~ /(?i)CP/ LIMIT 100',
    "policies": 'SHOW RETENTION POLICIES on "t"',
    "field keys": 'SHOW FIELD KEYS FROM "autogen"."cpu"',
    "tag keys": 'SHOW TAG KEYS FROM "autogen"."cpu"',
    "tag values": 'SHOW TAG VALUES FROM "cpu" WITH KEY = "host" WHERE "region" = \'eu\'',
    "variable": 'SHOW TAG VALUES WITH KEY = "host"',
    "panel": f'SELECT mean("usage") FROM "cpu" WHERE ("host"::tag =~ /^(a|b)$/) AND {RANGE} GROUP BY time(10s), "host"::tag fill(null)',
    "panel of the last": f'SELECT last("usage") FROM "autogen"."cpu" WHERE {RANGE} GROUP BY time(20s) fill(previous)',
    "table": f'SELECT "usage", "host" FROM "cpu" WHERE {RANGE} ORDER BY time DESC LIMIT 2',
    "logs": f'SELECT "note" FROM "cpu" WHERE "note" =~ /x/ AND {RANGE}',
    "two queries": f'SELECT max("usage") FROM "cpu" WHERE {RANGE};SELECT max("used") FROM "mem" WHERE {RANGE}',
    "broken": 'SELECT mean("usage" FROM "cpu"',
}


def ask(host, port):
    """{question: [status, body]}, by GET and then by POST of a form, which Grafana lets one choose."""
    found = {}
    for name, statement in QUESTIONS.items():
        parameters = urllib.parse.urlencode({"db": "t", "epoch": "ms", "q": statement})
        for method in ("GET", "POST"):
            connection = http.client.HTTPConnection(host, port, timeout=20)
            form = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
            if method == "GET":
                connection.request("GET", f"/query?{parameters}")
            else:
                connection.request("POST", "/query?db=t&epoch=ms", urllib.parse.urlencode({"q": statement}), form)
            answer = connection.getresponse()
            found[f"{name} by {method}"] = [answer.status, answer.read().decode()]
            connection.close()
    return found


def panels_get_what_influxdb_would_give():
    found = same_from_both(ask)
    series = json.loads(found["panel by GET"][1])["results"][0]["series"]
    equal([one["tags"] for one in series], [{"host": "a"}, {"host": "b"}])
    equal(series[0]["values"], [[1700000000000, 12.5], [1700000010000, None], [1700000020000, 7], [1700000030000, None]])
    equal(json.loads(found["health by GET"][1])["results"][0]["series"][0]["values"], [["cpu"], ["mem"]])
    equal(found["broken by GET"][0], 400)


if __name__ == "__main__":
    sys.exit(run_tests(panels_get_what_influxdb_would_give))
