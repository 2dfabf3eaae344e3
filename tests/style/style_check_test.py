#!/usr/bin/env python3
"""Each rule of style_check.py finds the fault it is for, and a clean tree has none."""

import tempfile
import unittest
from pathlib import Path

import style_check

CLEAN = '#include "alloc.h"\n\nint ct_f(void)\n{\n    return 1; /* malloc( */\n}\n'


class StyleRules(unittest.TestCase):
    def faults(self, files):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for path, text in {"engine/base/alloc.h": "", **files}.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
            sources = style_check.Sources(root)
            rules = (
                style_check.check_layers,
                style_check.check_names,
                style_check.check_banned,
                style_check.check_lengths,
                style_check.check_marks,
            )
            return [fault for rule in rules for fault in rule(sources)]

    def assert_only(self, files, words):
        faults = self.faults(files)
        self.assertEqual(len(faults), 1, faults)
        self.assertIn(words, faults[0])

    def test_clean_sources_have_no_fault(self):
        self.assertEqual(self.faults({"engine/io/a.c": CLEAN}), [])

    def test_an_upward_include_is_found(self):
        files = {"engine/store/top.h": "", "engine/io/a.c": '#include "top.h"\n'}
        self.assert_only(files, "engine/io may not include engine/store/top.h")

    def test_tools_see_only_the_public_header(self):
        files = {"api/centime.h": "", "api/inner.h": "", "tools/a.c": '#include "centime.h"\n#include "inner.h"\n'}
        self.assert_only(files, "tools may not see")

    def test_a_name_stands_once(self):
        self.assert_only({"engine/io/a.c": "", "query/a.c": ""}, "stands already")

    def test_a_banned_call_is_found_outside_strings_and_comments(self):
        text = 'void f(void)\n{\n    g("malloc(1)"); /* strtod(x) */\n    atoi("1");\n}\n'
        self.assert_only({"ingest/a.c": text}, "a.c:4: atoi is banned")

    def test_alloc_c_may_allocate(self):
        self.assertEqual(self.faults({"engine/base/alloc.c": "void f(void)\n{\n    free(malloc(1));\n}\n"}), [])

    def test_a_long_function_is_found(self):
        self.assert_only({"query/a.c": "int f(void)\n{\n" + "    x();\n" * 69 + "}\n"}, "a function of 71 lines")

    def test_a_mark_of_unfinished_work_is_found(self):
        self.assert_only({"bench/a.c": "/* TO" + "DO later */\n"}, "unfinished work")


if __name__ == "__main__":
    unittest.main()
