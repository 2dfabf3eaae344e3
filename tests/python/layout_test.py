#!/usr/bin/env python3
"""The package's structs and numbers against centime.h: a C program prints every size, offset and number, as the compiler has them.
And its calls: every function of the header that the package uses has as many parameters as the package gives it."""

import ctypes
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from store_case import ROOT
from centime import enums, library, structs

HEADER = ROOT / "api" / "centime.h"
C_NAMES = {"ArrowStream": "struct ArrowArrayStream"}


def struct_classes():
    found = [kind for kind in vars(structs).values() if isinstance(kind, type) and issubclass(kind, ctypes.Structure)]
    return [kind for kind in found if kind.__module__ == structs.__name__ and hasattr(kind, "_fields_")]


def c_name(kind):
    words = re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
    return C_NAMES.get(kind.__name__, f"centime_{words}")


def header_number(group, name):
    prefix, names = enums.HEADER_NAMES[group]
    return prefix + names.get(name, name).upper()


def expected_lines():
    """What the package has, as lines that the C program should print."""
    for kind in struct_classes():
        yield f"sizeof({c_name(kind)})", ctypes.sizeof(kind)
        for name, *_ in kind._fields_:
            member = getattr(kind, name)
            yield f"offsetof({c_name(kind)}, {name})", member.offset
            yield f"sizeof((({c_name(kind)} *)0)->{name})", member.size
    for group in enums.HEADER_NAMES:
        for name, number in getattr(enums, group).items():
            yield header_number(group, name), number


class LayoutTest(unittest.TestCase):
    def test_structs_and_numbers_are_those_of_the_header(self):
        expected = list(expected_lines())
        self.assertGreater(len(expected), 500)
        prints = "".join(f'    printf("%lld\\n", (long long){expression});\n' for expression, _ in expected)
        program = f'#include <stdio.h>\n#include <stddef.h>\n#include "centime.h"\nint main(void)\n{{\n{prints}    return 0;\n}}\n'
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "layout.c").write_text(program)
            compiler = os.environ.get("CC", "cc")
            subprocess.run([compiler, f"-I{HEADER.parent}", "layout.c", "-o", "layout"], cwd=folder, check=True)
            printed = subprocess.run([f"{folder}/layout"], capture_output=True, text=True, check=True).stdout.split()
        self.assertEqual(len(printed), len(expected))
        wrong = [(what, ours, int(theirs)) for (what, ours), theirs in zip(expected, printed) if ours != int(theirs)]
        self.assertEqual(wrong, [])

    def test_structs_have_every_member_of_the_header(self):
        text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.S)
        for kind in struct_classes():
            name = c_name(kind)
            body = re.search(r"struct %s \{(.*?)\n\}" % name.replace("struct ", ""), text, flags=re.S).group(1)
            declared = sum(statement.count(",") + 1 for statement in body.split(";") if statement.strip() and "(*" not in statement)
            declared += len(re.findall(r"\(\*", body))
            self.assertEqual(declared, len(kind._fields_), name)

    def test_enums_have_every_number_of_the_header(self):
        text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.S)
        known = {header_number(group, name) for group in enums.HEADER_NAMES for name in getattr(enums, group)}
        for wanted in ("function", "filter_kind", "fill", "unit", "basis", "precision", "budget_period", "grain", "type"):
            body = re.search(r"enum centime_%s \{(.*?)\}" % wanted, text, flags=re.S).group(1)
            self.assertLessEqual(set(re.findall(r"CENTIME_\w+", body)), known, wanted)

    def test_calls_have_the_parameters_of_the_header(self):
        text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.S)
        ours = {name: len(given) + 1 for name, given in library._CALLS.items()}
        ours |= {name: len(given) for name, (_, given) in library._PLAIN.items()}
        for name, count in ours.items():
            parameters = re.search(r"\bcentime_%s\(([^;]*)\);" % name, text).group(1)
            declared = 0 if parameters.strip() == "void" else parameters.count(",") + 1
            self.assertEqual(declared, count, name)

    def test_error_classes_are_those_of_the_header(self):
        text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.S)
        body = re.search(r"enum centime_status \{(.*?)\};", text, flags=re.S).group(1)
        declared = {int(number): name.lower() for name, number in re.findall(r"CENTIME_(\w+) = (\d+)", body)}
        del declared[0]
        from centime.errors import BY_NUMBER

        self.assertEqual({number: kind.status for number, kind in BY_NUMBER.items()}, declared)


if __name__ == "__main__":
    unittest.main()
