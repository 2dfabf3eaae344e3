"""What the tests of telemetry's senders share: reading back what they sent."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from centime_server import Failed  # noqa: E402


def answer(server, database, statement):
    """The rows of an InfluxQL statement's first series, times in ns; [] where there is none."""
    result = server.json("GET", "/query", parameters={"db": database, "epoch": "ns", "q": statement})["results"][0]
    if "error" in result:
        raise Failed(f"{statement}: {result['error']}")
    return [tuple(row) for row in result["series"][0]["values"]] if "series" in result else []
