#!/usr/bin/env python3
"""Amounts, moments, widths and lines, as callers may give them."""

import unittest
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from store_case import DAY, NS
from centime.values import Nanoseconds, amount_text, bucket_of, line_text, moment_ns, moment_text, to_datetime, width_ns


class ValuesTest(unittest.TestCase):
    def test_amounts(self):
        given = [("3.50", "3.50"), (Decimal("3.50"), "3.50"), (3, "3"), (3.5, "3.5"), (0.1, "0.1"), (7.8125e-08, "7.8125e-08")]
        for value, text in given:
            self.assertEqual(amount_text(value), text)
        for wrong in (True, None, b"1", [1]):
            with self.assertRaises(TypeError):
                amount_text(wrong)

    def test_moments(self):
        noon = datetime(2026, 6, 1, 14, tzinfo=timezone(timedelta(hours=2)))
        seconds = DAY + 43200
        same = [noon, seconds, float(seconds), "2026-06-01T12:00:00Z", "2026-06-01 14:00:00+02:00", Nanoseconds(seconds * NS)]
        self.assertEqual([moment_ns(value) for value in same], [seconds * NS] * len(same))
        self.assertEqual(moment_ns(date(2026, 6, 1)), DAY * NS)
        self.assertEqual(moment_ns("2026-06-01"), DAY * NS)
        # As time.time() gives them, and no digit is made up.
        exactly = {1780272000.123456: 1780272000123456000, 0.1: 10**8, 1e-7: 100, 1e9: 10**18, 0.0: 0, -1.5: -1500000000, 1e-30: 0}
        self.assertEqual({seconds: moment_ns(seconds) for seconds in exactly}, exactly)
        self.assertEqual(moment_ns("1969-12-31T23:59:59.999999999Z"), -1)
        for wrong in ("yesterday", "2026-13-01", 1e300, float("nan"), 2**63, datetime(2026, 6, 1)):
            with self.assertRaises(ValueError):
                moment_ns(wrong)
        with self.assertRaises(TypeError):
            moment_ns(True)

    def test_moments_as_text_and_back(self):
        for ns in (0, 1, -1, DAY * NS, 1780272000123456789, -(2**63) + 1, 2**63 - 1):
            self.assertEqual(moment_ns(moment_text(ns)), ns)
        self.assertEqual(to_datetime(DAY * NS + 1999), datetime(2026, 6, 1, 0, 0, 0, 1, tzinfo=timezone.utc))

    def test_widths_and_buckets(self):
        self.assertEqual(width_ns("15m", "x"), 900 * NS)
        self.assertEqual(width_ns(timedelta(hours=1), "x"), 3600 * NS)
        self.assertEqual(bucket_of("24h"), ("ns", 86400 * NS))
        self.assertEqual(bucket_of("1d"), ("days", 1))
        self.assertEqual(bucket_of("3mo"), ("months", 3))
        for wrong in ("", "1", "m", "1.5h", "-1h", "1 h"):
            with self.assertRaises(ValueError):
                bucket_of(wrong)

    def test_lines(self):
        tags, fields = {"a b": "c=d,e", "none": None, "": None}, {"f": 1.0, "n=": 2, "s": 'a"b\\', "t": True, "z": None}
        line = line_text("my table,x", 5, tags, fields)
        self.assertEqual(line, 'my\\ table\\,x,a\\ b=c\\=d\\,e f=1.0,n\\==2i,s="a\\"b\\\\",t=true 5')
        no_fields = (({}, fields) for fields in ({}, {"v": None}, {"v": float("nan")}, {"v": 2**64}))
        for tags, fields in (({"k": "a\nb"}, {"v": 1}), ({"k": "\\"}, {"v": 1}), *no_fields):
            with self.assertRaises(ValueError):
                line_text("t", 1, tags, fields)


if __name__ == "__main__":
    unittest.main()
