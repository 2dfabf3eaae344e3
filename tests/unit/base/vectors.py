#!/usr/bin/env python3
"""Test vectors by Python's arithmetic, which shares no code with ours.

Usage: vectors.py decimal|double|time COUNT

One vector per line: an operation, its arguments and the expected result, blanks between. Seeded: every
run prints the same."""

import datetime
import math
import random
import struct
import sys
from fractions import Fraction

R = random.Random(20260601)
LIMIT = 10**38


def plain(mantissa, scale, digits_min=0):
    """Decimal notation without an exponent, trailing zeros dropped down to digits_min."""
    digits = str(abs(mantissa)).rjust(scale + 1, "0")
    whole, fraction = digits[: len(digits) - scale], digits[len(digits) - scale :]
    fraction = fraction.rstrip("0").ljust(digits_min, "0")
    sign = "-" if mantissa < 0 else ""
    return sign + whole + ("." + fraction if fraction else "")


def random_mantissa():
    digits = R.choice([1, 2, 5, 9, 15, 18, 19, 20, 25, 37, 38])
    mantissa = R.randrange(10**digits)
    if R.random() < 0.1:
        mantissa = 10**digits - 1
    if R.random() < 0.15:
        mantissa = mantissa // 1000 * 1000
    return -mantissa if R.random() < 0.4 else mantissa


def random_scale():
    return R.choice([0, 0, 1, 2, 2, 4, 9, 18, 21, 24, 37, 38, R.randrange(39)])


def random_decimal():
    return random_mantissa(), random_scale()


def expected_parse(digits, exponent):
    """Of digits x 10^exponent."""
    if digits == 0:
        return "OK 0"
    while digits % 10 == 0:
        digits //= 10
        exponent += 1
    if exponent > 38 or exponent < -38 or abs(digits) * 10 ** max(exponent, 0) >= LIMIT:
        return "RANGE -"
    return "OK " + plain(digits * 10 ** max(exponent, 0), max(-exponent, 0))


def parse_vector():
    digits = str(R.randrange(10 ** R.choice([1, 3, 6, 12, 17, 18, 19, 20, 30, 38, 39, 42])))
    digits = "0" * R.choice([0, 0, 0, 1, 30]) + digits + "0" * R.choice([0, 0, 0, 2, 25])
    point = R.randrange(len(digits) + 1)
    sign = R.choice(["", "", "-", "+"])
    text = sign + digits
    exponent = 0
    if R.random() < 0.8:
        text = sign + digits[:point] + "." + digits[point:]
        exponent = point - len(digits)
    if R.random() < 0.4:
        e = R.choice([0, R.randrange(-10, 11), R.randrange(-60, 61)])
        text += R.choice("eE") + (R.choice(["", "+"]) if e >= 0 else "") + str(e)
        exponent += e
    value = int(digits) * (-1 if sign == "-" else 1)
    return "parse %s %s" % (text, expected_parse(value, exponent))


def print_vector():
    mantissa, scale = random_decimal()
    digits_min = R.choice([0, 2, 6, 38, R.randrange(39)])
    return "print %d %d %d %s" % (mantissa, scale, digits_min, plain(mantissa, scale, digits_min))


def order(a, b):
    return (a > b) - (a < b)


def compare_vector():
    (m, s), (n, t) = random_decimal(), random_decimal()
    if R.random() < 0.4:  # equal, or nearly so, at another scale
        shift = R.randrange(39 - len(str(abs(m)))) if len(str(abs(m))) < 38 else 0
        shift = min(shift, 38 - s)
        n, t = m * 10**shift + R.choice([0, 0, 1, -1]), s + shift
        if abs(n) >= LIMIT:
            n = m * 10**shift
    return "compare %d %d %d %d %d" % (m, s, n, t, order(Fraction(m, 10**s), Fraction(n, 10**t)))


def rescale_vector():
    mantissa, scale = random_decimal()
    to = random_scale()
    wanted = mantissa * 10**to
    if wanted % 10**scale or abs(wanted // 10**scale) >= LIMIT:
        return "rescale %d %d %d RANGE -" % (mantissa, scale, to)
    return "rescale %d %d %d OK %d" % (mantissa, scale, to, wanted // 10**scale)


def fits(total):
    return -(2**255) <= total < 2**255


def sum_up(values):
    """(total, scale), or None where a step does not fit 256 bits."""
    total, scale = 0, 0
    for mantissa, s in values:
        if mantissa == 0:
            continue
        wide = max(s, scale)
        total, value = total * 10 ** (wide - scale), mantissa * 10 ** (wide - s)
        if not (fits(total) and fits(value) and fits(total + value)):
            return None
        total, scale = total + value, wide
    return total, scale


def half_even(numerator, denominator):
    return round(Fraction(numerator, denominator))


def random_values():
    kind = R.random()
    if kind < 0.3:  # past 128 bits, and sometimes past 256
        sign = R.choice([1, -1])
        big = [(sign * (LIMIT - 1 - R.randrange(10**30)), 0) for _ in range(R.randrange(1, 8))]
        return big + [(sign * R.randrange(1, 10**20), R.choice([20, 37, 38, 38]))]
    if kind < 0.4:  # cancels
        values = [random_decimal() for _ in range(3)]
        return values + [(-m, s) for m, s in values]
    return [random_decimal() for _ in range(R.randrange(1, 9))]


def sum_vector():
    values = random_values()
    listed = " ".join("%d %d" % v for v in values)
    result = sum_up(values)
    if result is None:
        return "sum %d %s RANGE -" % (len(values), listed)
    return "sum %d %s OK %s" % (len(values), listed, plain(*result))


def value_vector():
    while (result := sum_up(values := random_values())) is None:
        pass
    listed = " ".join("%d %d" % v for v in values)
    total, scale = result
    while abs(total) >= LIMIT and scale and total % 10 == 0:
        total, scale = total // 10, scale - 1
    expected = "RANGE -" if abs(total) >= LIMIT else "OK " + plain(total, scale)
    return "value %d %s %s" % (len(values), listed, expected)


def divide_vector():
    while (result := sum_up(values := random_values())) is None:
        pass
    listed = " ".join("%d %d" % v for v in values)
    total, scale = result
    count = R.choice([1, 2, 3, 4, 8, 10, 1000, R.randrange(1, 100), R.randrange(1, 2**64), 2**64 - 1])
    to = random_scale()
    quotient = half_even(total * 10**to, 10**scale * count)
    expected = "RANGE -" if abs(quotient) >= LIMIT else "OK %d" % quotient
    return "divide %d %s %d %d %s" % (len(values), listed, count, to, expected)


def tie_vector():
    """A quotient that ends in exactly one half, or just beside it."""
    count = R.choice([2, 4, 6, 10, 1000, 2**63, R.randrange(1, 10**6) * 2])
    to = R.randrange(10)
    quotient = R.randrange(-(10**12), 10**12)
    total = quotient * count + count // 2 + R.choice([0, 0, 0, 1, -1])
    scale = to + R.choice([0, 0, 1, 3, 19, 20, 28])
    mantissa = total * 10 ** (scale - to)
    if abs(mantissa) >= LIMIT:
        return tie_vector()
    return "divide 1 %d %d %d %d OK %d" % (mantissa, scale, count, to, half_even(total, count))


def to_double_vector():
    values = random_values() if R.random() < 0.5 else [random_decimal()]
    result = sum_up(values)
    if result is None:
        return to_double_vector()
    listed = " ".join("%d %d" % v for v in values)
    return "double %d %s %s" % (len(values), listed, (result[0] / 10 ** result[1]).hex())


def parts_of_repr(x):
    text, _, exponent = repr(x).partition("e")
    whole, _, fraction = text.partition(".")
    return int(whole + fraction), int(exponent or 0) - len(fraction)


def of_double_vector():
    x = R.choice([R.uniform(-1e6, 1e6), R.random() * 10.0 ** R.randrange(-45, 45), random_double()])
    if x == 0:
        x = 0.0
    return "of_double %s %s" % (x.hex(), expected_parse(*parts_of_repr(x)))


def random_double():
    while True:
        x = struct.unpack("<d", struct.pack("<Q", R.getrandbits(64)))[0]
        if math.isfinite(x):
            return x


def some_double():
    return R.choice(
        [
            random_double(),
            R.uniform(-1000, 1000),
            round(R.uniform(0, 1e6), R.randrange(8)),
            2.0 ** R.randrange(-1074, 1024),
            float(R.randrange(2**60)),
            5e-324 * R.randrange(3000),
        ]
    )


def halfway(x):
    """Exactly between x and its upward neighbour, all digits."""
    above = math.nextafter(x, math.inf)
    if math.isinf(above):
        return halfway(1.5)
    middle = (Fraction(x) + Fraction(above)) / 2
    scale = middle.denominator.bit_length() - 1  # the denominator is a power of two
    return plain(middle.numerator * 5**scale, scale)


def double_parse_vector():
    kind = R.random()
    if kind < 0.3:
        text = repr(some_double())
    elif kind < 0.5:
        text = "%de%d" % (R.randrange(10 ** R.randrange(1, 26)), R.randrange(-350, 320))
    elif kind < 0.7:
        digits = str(R.randrange(10 ** R.randrange(1, 24)))
        point = R.randrange(len(digits) + 1)
        text = digits[:point] + "." + digits[point:]
    else:
        text = halfway(some_double())
        if "." in text:
            text += R.choice(["", "", "0" * 900 + "1", "00001"])
    try:
        x = float(text)
    except OverflowError:
        x = math.inf
    if math.isinf(x):
        return "parse %s RANGE -" % text
    return "parse %s OK %s" % (text, x.hex())


def double_print_vector():
    x = some_double()
    digits, exponent = parts_of_repr(x)
    digits = abs(digits)
    while digits and digits % 10 == 0:
        digits //= 10
        exponent += 1
    return "print %s %d %d" % (x.hex(), digits, exponent if digits else 0)


EPOCH = datetime.datetime(1970, 1, 1)


def time_vector():
    moment = EPOCH.replace(year=1, month=1) + datetime.timedelta(
        days=R.randrange(0, 3652059), seconds=R.randrange(86400)
    )
    if R.random() < 0.7:
        moment = moment.replace(year=R.randrange(1678, 2262), day=min(moment.day, 28))
    nanoseconds = R.choice([0, 0, 500000000, 1, 999999999, R.randrange(10**9), R.randrange(1000) * 10**6])
    delta = moment - EPOCH
    value = (delta.days * 86400 + delta.seconds) * 10**9 + nanoseconds
    fraction = ("." + "%09d" % nanoseconds).rstrip("0").rstrip(".")
    text = moment.isoformat() + fraction
    offset = R.choice([0, 0, 60, -480, 330, 1439, -1439])
    zone = "Z" if offset == 0 else "%s%02d:%02d" % ("-" if offset < 0 else "+", *divmod(abs(offset), 60))
    try:
        local = moment + datetime.timedelta(minutes=offset)
    except OverflowError:
        return time_vector()
    written = local.isoformat() + fraction + zone
    if not -(2**63) <= value < 2**63:
        return "time %s RANGE - - - - -" % written
    hour, day = value - value % (3600 * 10**9), value - value % (86400 * 10**9)

    def start(year, month):
        ns = (datetime.datetime(year, month, 1) - EPOCH).days * 86400 * 10**9
        return str(ns) if -(2**63) <= ns < 2**63 else "none"

    following = start(moment.year + moment.month // 12, moment.month % 12 + 1)
    fields = [value, text + "Z", hour if hour >= -(2**63) else "none", day if day >= -(2**63) else "none"]
    fields += [start(moment.year, moment.month), start(moment.year, 1), following]
    return "time %s OK %s" % (written, " ".join(map(str, fields)))


KINDS = {
    "decimal": [
        parse_vector,
        print_vector,
        compare_vector,
        rescale_vector,
        sum_vector,
        sum_vector,
        value_vector,
        divide_vector,
        tie_vector,
        to_double_vector,
        of_double_vector,
    ],
    "double": [double_parse_vector, double_print_vector],
    "time": [time_vector],
}


def main():
    kind, count = sys.argv[1], int(sys.argv[2])
    for i in range(count):
        makers = KINDS[kind]
        print(makers[i % len(makers)]())


main()
