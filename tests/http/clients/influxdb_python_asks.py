"""influxdb_python_asks.py HOST PORT: asks a server that holds the lines of asking.py with Debian's python3-influxdb, and prints
{question: answer} as JSON. Run by influxdb_python_asks_test.py."""

import json
import sys

from influxdb import InfluxDBClient
from influxdb.exceptions import InfluxDBClientError


def points(result):
    return [[str(key), list(rows)] for key, rows in result.items()]


def names(client):
    """Sorted: InfluxDB lists databases in the order of their creation."""
    return sorted(row["name"] for row in client.get_list_database())


def failure(ask):
    try:
        return ask()
    except InfluxDBClientError as error:
        return [error.code, error.content.strip()]


def answers(client, of_json):
    select = "SELECT usage, host FROM cpu WHERE host = $host AND usage > $least"
    yield "databases", names(client)
    yield "measurements", client.get_list_measurements()
    yield "series", client.get_list_series()
    yield "series of a measurement", client.get_list_series(measurement="cpu", tags={"host": "b"})
    yield "policies", client.get_list_retention_policies()
    yield "users", client.get_list_users()
    yield "continuous queries", client.get_list_continuous_queries()
    yield "select", points(client.query("SELECT * FROM cpu"))
    yield "groups", points(client.query("SELECT sum(usage) FROM cpu WHERE time >= 0 GROUP BY host"))
    yield "several", [points(result) for result in client.query("SELECT usage FROM cpu; SHOW TAG KEYS")]
    yield "epoch", points(client.query("SELECT usage FROM cpu", epoch="ms"))
    yield "chunked", [points(part) for part in of_json.query("SELECT * FROM cpu", chunked=True, chunk_size=1)]
    yield "bound", points(client.query(select, bind_params={"host": "a", "least": 7.5}))
    yield "bound text", points(client.query(select, bind_params={"host": "a' OR '1'='1", "least": 0}))
    yield "POST", points(client.query("SELECT usage FROM cpu", method="POST"))
    yield "another database", points(client.query("SHOW MEASUREMENTS", database="t"))
    yield "nothing", points(client.query("SELECT * FROM nope"))
    yield "parse error", failure(lambda: client.query("SELECT"))
    yield "statement error", failure(lambda: client.query("SELECT foo(usage) FROM cpu"))
    yield "unknown database", failure(lambda: client.query("SELECT * FROM cpu", database="nope"))
    client.create_database("made here")
    yield "created", names(client)
    client.drop_database("made here")
    yield "dropped", names(client)
    client.delete_series(measurement="cpu", tags={"host": "b"})
    yield "series after deletion", client.get_list_series()
    client.drop_measurement("mem")
    yield "measurements after deletion", client.get_list_measurements()


client = InfluxDBClient(sys.argv[1], int(sys.argv[2]), "root", "root", "t")
# It does not understand InfluxDB's chunks in msgpack, which it asks for by itself.
of_json = InfluxDBClient(sys.argv[1], int(sys.argv[2]), "root", "root", "t", headers={"Accept": "application/json"})
print(json.dumps(dict(answers(client, of_json))))
