"""influxdb_python.py HOST PORT UDP_PORT: writes with Debian's python3-influxdb in all the ways that it has, and prints as JSON
what it was answered. Run by influxdb_python_test.py with Debian's own Python."""

import json
import sys

from influxdb import InfluxDBClient
from influxdb.exceptions import InfluxDBClientError

POINT = {
    "measurement": "usage",
    "tags": {"team": "ml research", "svc": "ec2"},
    "time": "2026-01-01T00:00:00Z",
    "fields": {"usd": 3.5, "n": 4, "ok": True, "s": 'a "q" \\ b'},
}


def main(host, port, udp_port):
    said = {}
    client = InfluxDBClient(host, int(port), "root", "root", "py")
    said["ping"] = client.ping()
    client.create_database("py")
    client.write_points([POINT])
    client.write_points(
        [{**POINT, "measurement": "seconds", "time": 1767225600 + i} for i in range(3)],
        time_precision="s", tags={"env": "prod"}, retention_policy="autogen", batch_size=1,
    )  # fmt: skip
    client.write_points(["lines usd=1 1700000000000000000", "lines usd=2 1700000000000000001"], protocol="line")
    try:
        client.write_points(["usage n=\"text\" 1"], protocol="line")
        said["conflict"] = None
    except InfluxDBClientError as error:
        said["conflict"] = [error.code, str(error.content)]
    packed = InfluxDBClient(host, int(port), "root", "root", "py", gzip=True)
    packed.write_points([{**POINT, "measurement": "packed", "time": 1767225600000 + i} for i in range(5000)],
                        time_precision="ms")  # fmt: skip
    by_udp = InfluxDBClient(host, int(port), database="py", use_udp=True, udp_port=int(udp_port))
    by_udp.write_points([{**POINT, "measurement": "by_udp"}])
    said["databases"] = [entry["name"] for entry in client.get_list_database()]
    said["queried"] = list(client.query("SELECT usd, n FROM usage").get_points())
    print(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
