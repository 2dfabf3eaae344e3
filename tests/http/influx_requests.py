"""The requests that InfluxDB and centime are both asked, in order: (name, method, path, parameters, headers, body).

Each name is what differences of influx_http_differences.txt refer to.
"""

import urllib.parse

LINES = (
    'm,h=a v=1 1000000000\nm,h=b v=2,s="x" 2000000000\nm,h=a v=3 3000000000\n'
    'm,h=c v=1e-7,s="<b>&\u00e9\u2028\\"q\\"" 4000000000\n'
    "m2,h=a,g=b\\,c i=5i,f=1e21,t=true 5000000000\nm2,h=z i=6i,f=123456789.125 5000000000\n"
    "cpu,host=a,region=eu usage=12.5,idle=-0 1700000000000000000\ncpu,host=b,region=us usage=0.1,idle=1e300 1700000010000000000\n"
)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CSV = {"Accept": "application/csv"}
BOUNDARY = "----x1y2z3"


def multipart(*parts):
    """(headers, body) of parts (headers, content)."""
    body = "".join(f"--{BOUNDARY}\r\n{head}\r\n\r\n{content}\r\n" for head, content in parts) + f"--{BOUNDARY}--\r\n"
    return {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}, body.encode()


def part(name, more=""):
    return f'Content-Disposition: form-data; name="{name}"{more}'


class Requests:
    def __init__(self):
        self.list = []

    def get(self, name, statement, headers=None, **parameters):
        self.add(name, "GET", "/query", {"db": "t", **parameters, "q": statement}, headers)

    def post(self, name, statement, headers=None, **parameters):
        self.add(name, "POST", "/query", {"db": "t", **parameters, "q": statement}, headers)

    def add(self, name, method, path, parameters=None, headers=None, body=None):
        kept = {key: value for key, value in (parameters or {}).items() if value is not None}
        query = "?" + urllib.parse.urlencode(kept) if kept else ""
        assert name not in (known[0] for known in self.list), name
        self.list.append((name, method, path + query, headers or {}, body))


def answers_and_errors(r):
    r.get("select", "SELECT * FROM m")
    r.get("select in small letters", "select * from m where h = 'a' limit 1")
    r.get("trailing newline", "SELECT v FROM m LIMIT 1\n")
    r.get("trailing semicolon", "SELECT v FROM m LIMIT 1;")
    r.get("two statements", "SELECT v FROM m; SHOW MEASUREMENTS")
    r.get("numbers", "SELECT * FROM cpu")
    r.get("group by", "SELECT sum(v) FROM m WHERE time >= 0 AND time < 5s GROUP BY time(2s), h fill(none)")
    r.get("unknown measurement", "SELECT * FROM nope")
    r.get("parse error", "SELECT FROM m")
    r.get("parse error with signs", "SELECT v FROM m WHERE > 1")
    r.get("statement error", "SELECT foo(v) FROM m")
    r.get("no q", None)
    r.get("empty q", "")
    r.get("blank q", "  ")
    r.get("only a semicolon", ";")
    r.get("unknown database", "SELECT * FROM m", db="nope")
    r.get("empty parameters", "SELECT v FROM m LIMIT 1", epoch="", rp="", params="", chunked="", pretty="", chunk_size="")
    r.get("autogen", "SELECT v FROM m LIMIT 1", rp="autogen")
    r.get("unknown retention policy", "SELECT v FROM m", rp="nope")
    r.get("retention policy in the statement", 'SELECT v FROM "t"."autogen"."m" LIMIT 1')
    r.get("credentials in the URL", "SELECT v FROM m LIMIT 1", u="x", p="y")
    r.add("no parameters", "GET", "/query")
    r.get("async", "SELECT v FROM m LIMIT 1", **{"async": "true"})
    r.get("several errors", "SELECT v FROM m LIMIT 1; SELECT foo(v) FROM m; SHOW DATABASES")


def times(r):
    for epoch in ("n", "ns", "u", "ms", "s", "m", "h"):
        r.get(f"epoch {epoch}", "SELECT v FROM m LIMIT 2", epoch=epoch)
        r.get(f"epoch {epoch} of a later time", "SELECT usage FROM cpu", epoch=epoch)
    r.get("epoch us", "SELECT v FROM m LIMIT 2", epoch="us")
    r.get("unknown epoch", "SELECT v FROM m LIMIT 2", epoch="zz")


def shapes(r):
    for name, statement in (("select", "SELECT * FROM m"), ("groups", "SELECT * FROM m GROUP BY h"), ("two measurements", "SELECT * FROM m, m2"),
                            ("tag keys", "SHOW TAG KEYS"), ("tag values", "SHOW TAG VALUES WITH KEY =~ /./"), ("field keys", "SHOW FIELD KEYS"),
                            ("series", "SHOW SERIES"), ("measurements", "SHOW MEASUREMENTS"), ("policies", "SHOW RETENTION POLICIES"),
                            ("statements", "SELECT v FROM m; SHOW TAG KEYS; SELECT v FROM nope; SELECT s FROM m")):  # fmt: skip
        for rows in (1, 2, 3, 10000):
            r.get(f"chunks of {rows}: {name}", statement, chunked="true", chunk_size=rows)
        r.get(f"chunks, pretty: {name}", statement, chunked="true", chunk_size=2, pretty="true")
        r.get(f"pretty: {name}", statement, pretty="true")
        r.get(f"CSV: {name}", statement, CSV)
        r.get(f"CSV in chunks: {name}", statement, CSV, chunked="true", chunk_size=1)
    for size in ("x", "0", "-1", "", "99999999999999999999"):
        r.get(f"chunk size {size!r}", "SELECT * FROM m", chunked="true", chunk_size=size)
    r.get("chunked without a size", "SELECT * FROM m", chunked="true", epoch="ms")
    r.get("chunked false", "SELECT * FROM m", chunked="false", chunk_size=1)
    r.get("chunked error", "SELECT foo(v) FROM m", chunked="true")
    r.get("chunked parse error", "SELECT", chunked="true")
    r.get("pretty parse error", "SELECT FROM m", pretty="true")
    r.get("pretty false", "SELECT v FROM m", pretty="false")
    r.get("pretty empty", "SELECT v FROM nope", pretty="true")


def kinds(r):
    r.get("text/csv", "SELECT * FROM m", {"Accept": "text/csv"}, epoch="ms")
    r.get("CSV of several", "SELECT * FROM m; SELECT * FROM m2; SHOW DATABASES", CSV)
    r.get("CSV of groups", "SELECT * FROM m2 GROUP BY *", CSV)
    r.get("CSV parse error", "SELECT FROM m", CSV)
    r.get("CSV statement error", "SELECT foo(v) FROM m", CSV)
    r.get("CSV of nothing", "SELECT v FROM nope", CSV)
    r.get("CSV without q", None, CSV)
    r.get("CSV of numbers", "SELECT * FROM cpu", CSV)
    for accept in ("application/json", "*/*", "text/html", "application/csv, application/json", "application/json, text/csv"):
        r.get(f"Accept {accept}", "SELECT v FROM m LIMIT 1", {"Accept": accept})
    r.get("msgpack", "SELECT v FROM m LIMIT 1", {"Accept": "application/x-msgpack"})


def parameters(r):
    bind = lambda name, statement, params: r.get(f"params: {name}", statement, params=params)  # noqa: E731
    bind("text", "SELECT v FROM m WHERE h = $h", '{"h":"a"}')
    bind("text that looks like a condition", "SELECT v FROM m WHERE h = $h", "{\"h\":\"a' OR 1=1\"}")
    bind("whole number", "SELECT i FROM m2 WHERE i = $x", '{"x":5}')
    bind("negative number", "SELECT i FROM m2 WHERE i > $x", '{"x":-5}')
    bind("number with a point", "SELECT v FROM m WHERE v = $x", '{"x":1.0}')
    bind("boolean", "SELECT t FROM m2 WHERE t = $x", '{"x":true}')
    bind("regex", "SELECT v FROM m WHERE h =~ $x", '{"x":{"regex":"a|b"}}')
    bind("identifier", "SELECT $x FROM m", '{"x":{"identifier":"v"}}')
    bind("duration", "SELECT v FROM m WHERE time > $x", '{"x":{"duration":"2s"}}')
    bind("string object", "SELECT v FROM m WHERE h = $x", '{"x":{"string":"a"}}')
    bind("quoted name", 'SELECT v FROM m WHERE $"a b" = v', '{"a b":1}')
    bind("none", "SELECT v FROM m LIMIT 1", "{}")
    bind("not used", "SELECT v FROM m LIMIT 1", '{"x":5}')
    bind("missing", "SELECT v FROM m WHERE h = $h", "{}")
    bind("unknown object", "SELECT v FROM m WHERE v = $x", '{"x":{"foo":"a"}}')
    bind("regex of a number", "SELECT v FROM m WHERE v = $x", '{"x":{"regex":5}}')
    bind("null", "SELECT v FROM m WHERE v = $x", '{"x":null}')
    bind("array", "SELECT v FROM m WHERE v = $x", '{"x":[1]}')
    bind("cut off", "SELECT v FROM m", "{")
    bind("not an object", "SELECT v FROM m", "[]")
    bind("exponent", "SELECT v FROM m WHERE v = $x", '{"x":1e0}')
    bind("past int64", "SELECT v FROM m", '{"x":18446744073709551616}')
    bind("trailing bytes", "SELECT v FROM m LIMIT 1", "{} x")


def listings(r):
    for statement in ("SHOW DATABASES", "show databases", "SHOW measurements", "SHOW MEASUREMENTS LIMIT 1", "SHOW TAG KEYS FROM m2", "SHOW SERIES FROM m",
                      'SHOW RETENTION POLICIES ON "t"', "SHOW USERS", "SHOW CONTINUOUS QUERIES", "SHOW SUBSCRIPTIONS", "SHOW FIELD KEYS FROM cpu",
                      'SHOW TAG VALUES FROM "cpu" WITH KEY = "host"', "SHOW SERIES CARDINALITY", "SHOW RETENTION POLICIES ON nope", "SHOW MEASUREMENTS ON nope"):  # fmt: skip
        r.get(statement, statement)
    r.get("SHOW DATABASES of an unknown one", "SHOW DATABASES", db="nope")
    for statement in ("SHOW STATS", "SHOW DIAGNOSTICS", "SHOW SHARDS", "SHOW GRANTS FOR x", "KILL QUERY 5", "CREATE USER x WITH PASSWORD 'secret'"):
        r.get(statement, statement)


def bodies(r):
    r.add("form", "POST", "/query", None, FORM, urllib.parse.urlencode({"q": "SELECT v FROM m LIMIT 1", "db": "t", "epoch": "s"}).encode())
    r.add("form and URL", "POST", "/query", {"db": "t"}, FORM, b"q=SELECT+v+FROM+m+LIMIT+1")
    r.add("form of another type", "POST", "/query", {"db": "t"}, {"Content-Type": "application/json"}, b"q=SELECT+v+FROM+m")
    r.add("form against URL", "POST", "/query", {"db": "nope"}, FORM, b"q=SELECT+v+FROM+m+LIMIT+1&db=t")
    r.post("POST without a body", "SELECT v FROM m LIMIT 1")
    headers, body = multipart((part("q", '; filename="q.txt"\r\nContent-Type: text/plain'), "SELECT v FROM m LIMIT 1;\nSELECT s FROM m"))
    r.add("file", "POST", "/query", {"db": "t", "epoch": "s"}, headers, body)
    headers, body = multipart((part("q"), "SELECT v FROM m LIMIT 1"), (part("db"), "t"))
    r.add("multipart form", "POST", "/query", {"epoch": "s"}, headers, body)
    headers, body = multipart((part("z"), "SELECT v FROM m LIMIT 1"))
    r.add("multipart without q", "POST", "/query", {"db": "t"}, headers, body)
    r.add("multipart cut off", "POST", "/query", {"db": "t"}, headers, body[:40])
    r.add("multipart without a boundary", "POST", "/query", {"db": "t"}, {"Content-Type": "multipart/form-data"}, b"x")


def changes(r):
    r.get("create by GET", "CREATE DATABASE x")
    r.get("create an odd name by GET", 'CREATE DATABASE "x y"')
    r.post("create", "CREATE DATABASE z\n")
    r.post("create again", "CREATE DATABASE z")
    r.post("create with a slash", 'CREATE DATABASE "a/b"')
    r.post("create dots", 'CREATE DATABASE ".."')
    r.get("databases after", "SHOW DATABASES")
    r.post("drop unknown database", "DROP DATABASE nope")
    r.post("drop unknown measurement", "DROP MEASUREMENT nope")
    r.post("delete", "DELETE FROM m WHERE h = 'b'")
    r.get("after delete", "SELECT * FROM m")
    r.post("drop series", "DROP SERIES FROM m WHERE h = 'c'")
    r.post("drop measurement", "DROP MEASUREMENT m2")
    r.get("measurements after", "SHOW MEASUREMENTS")
    r.post("drop databases", 'DROP DATABASE z; DROP DATABASE "x y"')
    r.get("drop database by GET", "DROP DATABASE x")
    r.get("delete by GET", "DELETE FROM m WHERE h = 'nope'")


def all_requests():
    r = Requests()
    for add in (answers_and_errors, times, shapes, kinds, parameters, listings, bodies, changes):
        add(r)
    return r.list
