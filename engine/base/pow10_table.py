#!/usr/bin/env python3
"""Writes pow10_table.c: 10^k for k in -342..324 as 128-bit fractions, rounded up.

Usage: pow10_table.py > pow10_table.c"""

MIN, MAX = -342, 324


def fraction(k):
    """ceil(10^k x 2^s) with s such that the result has exactly 128 bits."""
    numerator, denominator = (10**k, 1) if k >= 0 else (1, 10**-k)
    exponent = numerator.bit_length() - denominator.bit_length()  # floor(log2 10^k), or 1 more
    if numerator << max(-exponent, 0) < denominator << max(exponent, 0):
        exponent -= 1
    shift = 127 - exponent
    numerator <<= max(shift, 0)
    denominator <<= max(-shift, 0)
    value = -(-numerator // denominator)
    assert value.bit_length() == 128
    return value


def main():
    print("/* Written by pow10_table.py: do not edit. */")
    print('#include "pow10_table.h"\n')
    print("/* clang-format off */")
    print("const struct ct_pow10 ct_pow10_table[CT_POW10_MAX - CT_POW10_MIN + 1] = {")
    entries = []
    for k in range(MIN, MAX + 1):
        value = fraction(k)
        entries.append("{0x%016x, 0x%016x}," % (value >> 64, value & (2**64 - 1)))
    for i in range(0, len(entries), 2):
        print("    " + " ".join(entries[i : i + 2]))
    print("};")
    print("/* clang-format on */")


main()
