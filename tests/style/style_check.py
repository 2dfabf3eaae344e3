#!/usr/bin/env python3
"""style_check.py ROOT: rules of the project that the compiler does not see. Run by ctest and by tools/lint.

An include never points up or across the layers; a file name stands once in the tree and is no C library
header's; functions of the banned list are not called; no function is longer than 70 lines (the median and the ninth
tenth are printed); no unfinished-work marks, tabs or trailing blanks.
"""

import re
import sys
from pathlib import Path

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 600
TEST_FILE_LINES_MAX = 700
ONE_HEADER = "api/centime.h"  # one header by decision, however long
# What a layer may see of another, where that is not all of it.
OPEN_HEADERS = {
    ("tools", "api"): {ONE_HEADER},
    ("tools", "api/http"): {"api/http/server.h", "api/http/server_config.h", "api/http/token_file.h"},
    ("api/http", "api"): {ONE_HEADER},
}

# What each layer may include, itself apart. Everything that is not named here is free (tests, bench).
ENGINE = {
    "engine/base": [],
    "engine/io": ["engine/base"],
    "engine/codec": ["engine/base"],
    "engine/model": ["engine/base"],
    "engine/log": ["engine/base", "engine/io", "engine/model"],
    "engine/catalog": ["engine/base", "engine/io", "engine/model", "engine/log"],
    "engine/segment": ["engine/base", "engine/io", "engine/codec", "engine/model", "engine/catalog"],
    "engine/rollup": ["engine/base", "engine/codec", "engine/model"],
}
LAYERS = {
    **ENGINE,
    "engine/store": list(ENGINE),
    "ingest": [*ENGINE, "engine/store"],
    "query": [*ENGINE, "engine/store"],
    "query/influxql": [*ENGINE, "engine/store", "query"],
    "api": [*ENGINE, "engine/store", "ingest", "query", "query/influxql"],
    "api/http": ["engine/base", "api"],
    "tools": ["api", "api/http"],
}
PRODUCT = ("engine", "ingest", "query", "api", "tools")

# Banned function: where it may be called all the same.
ALLOCATION = {"engine/base/alloc.c"}
BANNED = {name: ALLOCATION for name in ("malloc", "calloc", "realloc", "free", "aligned_alloc", "strdup", "alloca")}
BANNED |= {
    name: set()
    for name in (
        "strtod", "strtof", "strtold", "strtol", "strtoll", "strtoul", "strtoull", "atoi", "atol", "atoll", "atof",
        "sprintf", "vsprintf", "strcpy", "strcat", "strncpy", "strncat", "strtok", "gets", "scanf", "sscanf",
        "gmtime", "localtime", "mktime", "rand", "srand", "random", "setlocale", "system", "popen", "tmpnam",
    )
}  # fmt: skip
SYSTEM_HEADERS = set(
    """assert complex ctype errno error fenv float fcntl glob iconv inttypes iso646 limits locale math memory poll
    pthread pwd regex sched search setjmp signal stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib
    stdnoreturn string strings syslog tar termios tgmath thread threads time uchar unistd values wchar wctype
    zstd xxhash pcre2""".split()
)


def strip_comments_and_strings(text):
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))

    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    return re.sub(pattern, blank, text, flags=re.S)


def layer_of(path):
    return next((layer for layer in sorted(LAYERS, key=len, reverse=True) if path.startswith(layer + "/")), None)


class Sources:
    def __init__(self, root):
        self.texts = {}
        for folder in (*PRODUCT, "bench", "tests"):
            for path in sorted((root / folder).rglob("*")):
                if path.suffix in (".c", ".h", ".cc", ".py") and path.is_file():
                    self.texts[str(path.relative_to(root))] = path.read_text()
        self.c = {path: text for path, text in self.texts.items() if path.endswith((".c", ".h"))}
        self.product = {path: text for path, text in self.c.items() if path.startswith(PRODUCT)}
        self.headers = {Path(path).name: path for path in self.c if path.endswith(".h")}


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def check_layers(sources):
    for path, text in sources.product.items():
        layer = layer_of(path)
        if layer is None:
            yield f"{path}: belongs to no layer that style_check.py knows"
            continue
        for match in re.finditer(r'^\s*#\s*include\s+"([^"]+)"', text, flags=re.M):
            target = sources.headers.get(Path(match.group(1)).name)
            at = f"{path}:{line_of(text, match.start())}"
            if target is None:
                yield f"{at}: {match.group(1)} is none of the project's headers"
            elif layer_of(target) not in (layer, *LAYERS[layer]):
                yield f"{at}: {layer} may not include {target}"
            elif target not in OPEN_HEADERS.get((layer, layer_of(target)), {target}):
                yield f"{at}: {layer} may not see {target} of {layer_of(target)}"


def check_names(sources):
    seen = {}
    for path in sources.c:
        name = Path(path).name
        if name in seen:
            yield f"{path}: the name stands already at {seen[name]}"
        seen[name] = path
        if path.endswith(".h") and Path(path).stem in SYSTEM_HEADERS:
            yield f"{path}: named like a system header, <{name}> would find it"
        if re.search(r"(^|_)(util|utils|common|misc|helper|helpers|manager)(_|\.|$)", Path(path).name):
            yield f"{path}: the name does not say what the file is for"


def check_banned(sources):
    calls = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\(")
    for path, text in sources.product.items():
        bare = strip_comments_and_strings(text)
        for match in calls.finditer(bare):
            name = match.group(1)
            if path not in BANNED[name]:
                yield f"{path}:{line_of(bare, match.start())}: {name} is banned"


def function_lengths(sources):
    """(lines, path, first line) of every function: clang-format puts its braces alone in the first column."""
    lengths = []
    for path, text in sources.product.items():
        start = None
        for number, line in enumerate(text.split("\n"), 1):
            if line == "{":
                start = number
            elif line == "}" and start is not None:
                lengths.append((number - start + 1, path, start))
                start = None
    return sorted(lengths)


def check_lengths(sources):
    for lines, path, start in function_lengths(sources):
        if lines > FUNCTION_LINES_MAX:
            yield f"{path}:{start}: a function of {lines} lines, at most {FUNCTION_LINES_MAX}"
    for path, text in sources.c.items():
        limit = FILE_LINES_MAX if path in sources.product else TEST_FILE_LINES_MAX
        if text.count("\n") > limit and path != ONE_HEADER:
            yield f"{path}: {text.count(chr(10))} lines, two nouns perhaps? at most {limit}"


def check_marks(sources):
    marks = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
    for path, text in sources.texts.items():
        for number, line in enumerate(text.split("\n"), 1):
            if marks.search(line):
                yield f"{path}:{number}: a mark of unfinished work"
            if "\t" in line and not path.endswith(".py"):
                yield f"{path}:{number}: a tab"
            if line != line.rstrip():
                yield f"{path}:{number}: trailing blanks"


def print_length_report(sources):
    lengths = [lines for lines, _, _ in function_lengths(sources)]
    if lengths:
        total = sum(text.count("\n") for text in sources.product.values())
        print(
            f"{len(sources.product)} files, {total} lines, {len(lengths)} functions: median {lengths[len(lengths) // 2]} lines, "
            f"nine of ten at most {lengths[len(lengths) * 9 // 10]}, longest {lengths[-1]}"
        )


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    sources = Sources(Path(arguments[0]))
    rules = (check_layers, check_names, check_banned, check_lengths, check_marks)
    faults = [fault for rule in rules for fault in rule(sources)]
    print_length_report(sources)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
