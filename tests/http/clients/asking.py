"""What the tests of asking clients share: the same questions to centime and, where it is installed, to InfluxDB, whose answers
must be the same."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
sys.path.insert(0, str(HERE.parent.parent / "influx"))

from centime_server import Failed, Server, equal  # noqa: E402
from influx_server import InfluxServer, is_installed  # noqa: E402

LINES = (
    "cpu,host=a,region=eu usage=12.5,idle=3i 1700000000000000000\ncpu,host=b,region=us usage=0.25,idle=4i 1700000010000000000\n"
    'cpu,host=a,region=eu usage=7,note="x,\\"y\\" <z>" 1700000020000000000\nmem,host=a used=17i 1700000000000000000\n'
)


def same_from_both(ask):
    """ask(host, port) of a server that holds LINES in database t: what centime answered, after InfluxDB answered the same."""
    with Server() as server:
        server.write(LINES, db="t")
        answers = ask(server.host, server.port)
    if is_installed():
        with InfluxServer() as server:
            server.write(LINES)
            compare(ask("127.0.0.1", server.port), answers)
    return answers


def compare(influxdb, centime):
    """Tells the one question whose answers differ, where the answers are a dict."""
    if isinstance(influxdb, dict):
        equal(list(centime), list(influxdb), "questions")
        for question, answer in influxdb.items():
            equal(centime[question], answer, f"centime's answer, InfluxDB's expected, to {question}")
    elif influxdb != centime:
        raise Failed(f"centime: {centime!r}\nInfluxDB: {influxdb!r}")
