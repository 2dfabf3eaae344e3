#!/ usr / bin / env python3
"""What Python's zoneinfo says of every zone of the system, for time_zone_test.c.

Usage: time_zone_vectors.py FOLDER

    zone NAME                   each file once: further names of the same are left out
    at TIME_S OFFSET_S          the offset at an instant: at random ones, and round every change that was found
    of LOCAL_S TIME_S           the first instant at which local clocks show LOCAL_S or later

Seeded: every run prints the same for the same files."""

import random
import sys
import zoneinfo
from datetime import datetime, timedelta, timezone
from pathlib import Path

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
NAIVE = datetime(1970, 1, 1)
SECOND = timedelta(seconds=1)
FIRST_S, LAST_S = -9223372036, 9223372036
STEP_S = 20 * 86400
DENSE = (-2900000000, 2900000000)  # looked through in steps: 1878 to 2061


def offset_at(zone, time_s):
    return int((EPOCH + time_s * SECOND).astimezone(zone).utcoffset() / SECOND)


def local_at(zone, time_s):
    return time_s + offset_at(zone, time_s)


def first_that(low, high, holds):
    """The first of (low, high] for which it holds, where it holds from some point on."""
    while low + 1 < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return high


def instant_of(zone, local_s):
    time_s = int(((NAIVE + local_s * SECOND).replace(tzinfo=zone, fold=0) - EPOCH) / SECOND)
    skipped = local_at(zone, time_s) - local_s
    if skipped <= 0:
        return time_s
    return first_that(time_s - skipped - 1, time_s, lambda t: local_at(zone, t) >= local_s)


def changes_of(zone):
    before_s, before = DENSE[0], offset_at(zone, DENSE[0])
    for time_s in range(DENSE[0] + STEP_S, DENSE[1], STEP_S):
        offset = offset_at(zone, time_s)
        if offset != before:
            yield first_that(before_s, time_s, lambda t: offset_at(zone, t) == offset), before, offset
        before_s, before = time_s, offset


def vectors_of(zone, draw):
    times = [draw.randrange(FIRST_S, LAST_S) for _ in range(60)] + [FIRST_S, LAST_S]
    locals_ = [draw.randrange(FIRST_S, LAST_S) for _ in range(20)]
    for at_s, before, after in changes_of(zone):
        times += [at_s - 1, at_s]
        low, high = sorted((at_s + before, at_s + after))
        locals_ += [low - 1, low, draw.randrange(low, high), high - 1, high]
    for time_s in times:
        yield f"at {time_s} {offset_at(zone, time_s)}"
    for local_s in locals_:
        yield f"of {local_s} {instant_of(zone, local_s)}"


def main(folder):
    zoneinfo.reset_tzpath(to=[folder])
    draw = random.Random(20260601)
    seen = set()
    for name in sorted(zoneinfo.available_timezones()):
        content = Path(folder, name).read_bytes()
        if content in seen:
            continue
        seen.add(content)
        print("zone", name)
        for line in vectors_of(zoneinfo.ZoneInfo(name), draw):
            print(line)


if __name__ == "__main__":
    main(*sys.argv[1:])
