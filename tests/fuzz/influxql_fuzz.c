/* Any text as statements of InfluxQL: byte 0 says how they are asked, the rest is the text. They
 * are run over a few rows of every kind, with little memory, few rows and few bytes allowed.
 *
 * However it is asked, the answer is well-formed JSON, or an error that says something; in pieces
 * it is what it is whole; and one whose grants do not name a database never learns what is in it.
 */
#include <stdbool.h>
#include <string.h>

#include "centime.h"
#include "driver.h"

#define SECRET "s3cr3t"

static const char rows[] = "cpu,host=a,region=eu v=1.5,i=3i,s=\"x\",b=true 1000000000\n"
                           "cpu,host=b v=-2,i=-7i,s=\"y\" 4000000000\n"
                           "cpu,host=a,region=us v=1e300,b=false 9000000000\n"
                           "mem,host=a used=5i,free=0.5 4000000007\n"
                           "mem,host=c used=9223372036854775807i 1743296400000000000\n"
                           "cost,provider=aws,currency=USD cost_usd=12.34,usage_quantity=3 1000\n"
                           "cost,provider=gcp,currency=EUR cost_usd=0.000000000001 3600000001000\n"
                           "odd\\ name,t\\,ag=v\\=1 f\\ ield=1u,\"q\"=\"a\\\"b\" -5000000000\n";
static const char secrets[] = SECRET ",who=" SECRET " " SECRET "=1,v=\"" SECRET "\" 1000000000\n";

static centime_store *open_store(void)
{
    centime_store *store;
    centime_options options = CENTIME_OPTIONS_INIT;
    options.in_memory = 1;
    options.no_thread = 1;
    options.query_threads = 1;
    FUZZ_REQUIRE(centime_open("fuzz", &options, &store, NULL) == CENTIME_OK);
    FUZZ_REQUIRE(centime_write(store, "t", rows, sizeof rows - 1, NULL, NULL, NULL) == CENTIME_OK);
    FUZZ_REQUIRE(centime_write(store, "hidden", secrets, sizeof secrets - 1, NULL, NULL, NULL) ==
                 CENTIME_OK);
    return store;
}

/* Bits of byte 0. */
enum {
    WRITES = 1,
    GET = 2,
    CHUNKS = 4,
    PRETTY = 8,
    CSV = 16,
    LIMITED = 32,
    EPOCH = 64,
    TABLE = 128
};

static centime_influx_options options_of(uint8_t how)
{
    static const centime_influx_grant grants[] = {{"t", 1, 1, {0}}, {"u", 0, 1, {0}}};
    static const centime_influx_parameter parameters[] = {
        {"s", "a", CENTIME_PARAMETER_STRING, 0},     {"r", "a|b", CENTIME_PARAMETER_REGEX, 0},
        {"n", "1.5", CENTIME_PARAMETER_NUMBER, 0},   {"d", "2s", CENTIME_PARAMETER_DURATION, 0},
        {"f", "v", CENTIME_PARAMETER_IDENTIFIER, 0},
    };
    centime_influx_options options = CENTIME_INFLUX_OPTIONS_INIT;
    options.database = "t";
    options.now_ns = 10000000000;
    options.rows_max = 5000;
    options.memory_bytes = (size_t)8 << 20;
    options.threads = 1;
    options.parameters = parameters;
    options.parameter_count = sizeof parameters / sizeof parameters[0];
    options.is_read_only = !(how & WRITES);
    options.is_get = (how & GET) != 0;
    options.chunk_rows = how & CHUNKS ? 2 : 0;
    options.is_pretty = (how & PRETTY) != 0;
    options.format = how & TABLE ? CENTIME_TABLE : how & CSV ? CENTIME_CSV : CENTIME_JSON;
    options.grants = how & LIMITED ? grants : NULL;
    options.grant_count = sizeof grants / sizeof grants[0];
    options.epoch = how & EPOCH ? CENTIME_EPOCH_MS : CENTIME_EPOCH_RFC3339;
    return options;
}

/* -- What an answer must be ---------------------------------------------------------------------
 */

/* Brackets match outside of texts, and nothing of a text is raw that may not be. */
static void require_json(const char *bytes, size_t len)
{
    char open[64];
    size_t depth = 0;
    bool is_in_text = false;
    for (size_t i = 0; i < len; i++) {
        const char c = bytes[i];
        if (is_in_text) {
            FUZZ_REQUIRE((unsigned char)c >= 0x20);
            is_in_text = c != '"';
            i += c == '\\';
        } else if (c == '"') {
            is_in_text = true;
        } else if (c == '{' || c == '[') {
            FUZZ_REQUIRE(depth < sizeof open);
            open[depth++] = c;
        } else if (c == '}' || c == ']') {
            FUZZ_REQUIRE(depth > 0 && open[--depth] == (c == '}' ? '{' : '['));
        }
    }
    FUZZ_REQUIRE(depth == 0 && !is_in_text && bytes[len - 1] == '\n');
}

static bool contains(const char *bytes, size_t len, const char *word)
{
    const size_t word_len = strlen(word);
    for (size_t i = 0; i + word_len <= len; i++)
        if (memcmp(bytes + i, word, word_len) == 0)
            return true;
    return false;
}

/* The same statements in pieces give these bytes. */
static void require_pieces(centime_store *store, const char *text, size_t len,
                           const centime_influx_options *options, const char *whole,
                           size_t whole_len)
{
    centime_influx_answer *answer;
    const char *piece;
    size_t piece_len, at = 0;
    FUZZ_REQUIRE(centime_influxql_begin(store, text, len, options, &answer, NULL) == CENTIME_OK);
    for (;;) {
        FUZZ_REQUIRE(centime_influxql_next(answer, &piece, &piece_len, NULL) == CENTIME_OK);
        if (piece_len == 0)
            break;
        FUZZ_REQUIRE(piece_len <= whole_len - at && memcmp(whole + at, piece, piece_len) == 0);
        at += piece_len;
    }
    FUZZ_REQUIRE(at == whole_len);
    centime_influxql_end(answer);
}

static void ask(centime_store *store, uint8_t how, const char *text, size_t len)
{
    const centime_influx_options options = options_of(how);
    centime_error err = CENTIME_ERROR_INIT;
    centime_buffer *buffer;
    if (centime_influxql(store, text, len, &options, &buffer, &err) != CENTIME_OK) {
        FUZZ_REQUIRE(err.code == CENTIME_PARSE || err.code == CENTIME_LIMIT);
        FUZZ_REQUIRE(err.text[0]);
        return;
    }
    const char *bytes = centime_buffer_bytes(buffer);
    const size_t bytes_len = centime_buffer_len(buffer);
    if (options.format == CENTIME_JSON)
        require_json(bytes, bytes_len);
    if (options.grants && !contains(text, len, SECRET))
        FUZZ_REQUIRE(!contains(bytes, bytes_len, SECRET));
    if (options.is_read_only && options.format != CENTIME_TABLE)
        require_pieces(store, text, len, &options, bytes, bytes_len);
    centime_buffer_destroy(buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static centime_store *kept; /* of inputs that change nothing */
    if (len < 1)
        return 0;
    const bool writes = (bytes[0] & WRITES) != 0;
    if (!writes && !kept)
        kept = open_store();
    centime_store *store = writes ? open_store() : kept;
    ask(store, bytes[0], (const char *)bytes + 1, len - 1);
    if (writes)
        FUZZ_REQUIRE(centime_close(store, NULL) == CENTIME_OK);
    return 0;
}

void fuzz_seeds(void)
{
    static const char *const texts[] = {
        "SELECT * FROM cpu",
        "SELECT v, i * 2 + v / 3 AS x FROM cpu WHERE host = 'a' AND v > -1 OR region =~ /e./",
        "SELECT mean(v), max(i), count(distinct(s)) FROM cpu WHERE time >= 0 AND time < 10s GROUP "
        "BY time(2s, 1s), host fill(linear) ORDER BY time DESC LIMIT 3 OFFSET 1 SLIMIT 1",
        "SELECT derivative(mean(v), 1s) FROM cpu WHERE time < 9s GROUP BY time(3s) fill(previous)",
        "SELECT percentile(v, 90), top(i, 2), first(s), last(b), median(v), mode(i) FROM cpu",
        "SELECT moving_average(v, 2), cumulative_sum(i), elapsed(v), difference(v) FROM cpu",
        "SELECT integral(used), stddev(free), spread(used) FROM mem GROUP BY *",
        "SELECT sum(cost_usd), sum(cost_usd) / 7 FROM cost GROUP BY currency",
        "SELECT x FROM (SELECT sum(v) AS x FROM cpu GROUP BY host), (SELECT used AS x FROM mem)",
        "SELECT $f FROM cpu WHERE host = $s AND host =~ $r AND v < $n AND time > $d",
        "SELECT v FROM hidden..s, \"hidden\".\"autogen\"././, t.autogen.cpu",
        "SELECT \"q\", \"f ield\" FROM \"odd name\" WHERE \"t,ag\" = 'v=1' tz('Europe/Berlin')",
        "SELECT v FROM cpu WHERE time > now() - 1h AND time < '2026-01-01T00:00:00Z'",
        "SELECT mean(v) FROM cpu WHERE time >= 0 AND time < 1s GROUP BY time(1ns)",
        "SHOW MEASUREMENTS ON hidden WITH MEASUREMENT =~ /s/; SHOW DATABASES",
        "SHOW TAG VALUES FROM cpu WITH KEY IN (host, region) WHERE host != 'b' LIMIT 2",
        "SHOW TAG KEYS; SHOW FIELD KEYS FROM /m/; SHOW SERIES EXACT CARDINALITY; SHOW SERIES",
        "SHOW RETENTION POLICIES ON hidden; SHOW USERS; SHOW CONTINUOUS QUERIES; SHOW STATS",
        "CREATE DATABASE \"u\" WITH DURATION 1d REPLICATION 1 SHARD DURATION 1h NAME x; DROP "
        "DATABASE hidden",
        "DELETE FROM cpu WHERE host = 'a' AND time < 5s; DROP SERIES FROM mem WHERE host =~ /c/; "
        "DROP MEASUREMENT \"odd name\"; SHOW SERIES",
        "EXPLAIN SELECT v FROM cpu; SELECT v INTO x FROM cpu; KILL QUERY 1; -- comment\n/* c */",
    };
    static const uint8_t hows[] = {0,
                                   WRITES,
                                   LIMITED,
                                   LIMITED | WRITES | GET,
                                   CHUNKS | EPOCH,
                                   PRETTY | CHUNKS | LIMITED,
                                   CSV | LIMITED,
                                   TABLE};
    char input[1024];
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (size_t k = i % 2; k < sizeof hows; k += 2) {
            const size_t len = strlen(texts[i]);
            input[0] = (char)hows[k];
            memcpy(input + 1, texts[i], len);
            fuzz_seed_add(input, len + 1);
        }
}
