/* Any bytes as a request: the head's lines, an empty line, the body. Byte 0 says in what pieces the
 * body comes. Every request is answered; headers of answers are one line each; errors in JSON are
 * JSON; nothing is left behind. */
#include <zlib.h>
#include <zstd.h>

#include "driver.h"
#include "json_read.h"
#include "wire_fixture.h"

static bool is_one_line(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ')
            return false;
    return true;
}

static void check_reply(const struct ct_reply *reply)
{
    FUZZ_REQUIRE(reply->status >= 200 && reply->status < 600);
    FUZZ_REQUIRE(!reply->content_type || is_one_line(reply->content_type));
    for (size_t i = 0; i < reply->header_count; i++)
        FUZZ_REQUIRE(is_one_line(reply->headers[i].name) && is_one_line(reply->headers[i].value));
    if (reply->status < 400 || !reply->content_type ||
        strcmp(reply->content_type, "application/json") != 0)
        return;
    struct ct_json json;
    FUZZ_REQUIRE(ct_json_parse(reply->body, &json, NULL) == CT_OK);
    FUZZ_REQUIRE(ct_json_kind_of(json) == CT_JSON_OBJECT);
    ct_json_release(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct wire wire;
    if (len == 0)
        return 0;
    if (!wire.server.meters)
        FUZZ_REQUIRE(wire_prepare(&wire));
    const struct ct_text text = {(const char *)bytes + 1, len - 1};
    FUZZ_REQUIRE(wire_open(&wire));
    const unsigned status = wire_ask(&wire, text, (size_t)bytes[0] + 1);
    FUZZ_REQUIRE(status > 0);
    check_reply(&wire.exchange.reply);
    FUZZ_REQUIRE(wire_ask(&wire, text, 65536) > 0); /* the connection goes on */
    FUZZ_REQUIRE(wire_close(&wire));
    return 0;
}

/* -- Seeds ------------------------------------------------------------------------------------- */

static void add_packed(const char *encoding, const char *bytes, size_t len)
{
    char seed[1024];
    const int head = snprintf(seed, sizeof seed,
                              "\x10POST /write?db=a&precision=s HTTP/1.1\nHost: a\n"
                              "Content-Encoding: %s\nContent-Length: %zu\n\n",
                              encoding, len);
    if (head < 0 || (size_t)head + len > sizeof seed)
        return;
    memcpy(seed + head, bytes, len);
    fuzz_seed_add(seed, (size_t)head + len);
}

void fuzz_seeds(void)
{
    static const char *const seeds[] = {
        "\x01GET /ping?verbose=true HTTP/1.1\nHost: a\n\n",
        "\x01HEAD /health HTTP/1.1\nHost: a\n\n",
        "\x05OPTIONS * HTTP/1.1\nHost: a\n\n",
        "\x07POST /write?db=a&precision=ms HTTP/1.1\nHost: a\nContent-Length: 40\n\n"
        "cost,provider=aws cost_usd=3.50 17802720\n",
        "\x07POST /api/v2/write?org=o&bucket=a%2Fb&precision=ns HTTP/1.1\nHost: a\n"
        "Authorization: Token ct_x\nTransfer-Encoding: chunked\n\nm,a=b v=1 1\nbad\n",
        "\x20POST /api/v3/write_lp?db=a&accept_partial=false HTTP/1.1\nHost: a\n"
        "Content-Length: 9\n\nm v=1 1\nx",
        "\x03POST /query HTTP/1.1\nHost: a\nContent-Type: application/x-www-form-urlencoded\n"
        "Content-Length: 40\n\ndb=a&q=SELECT+*+FROM+m%3B+SHOW+DATABASES",
        "\x03GET /query?db=a&q=SELECT%20mean(v)%20FROM%20m%20GROUP%20BY%20time(1h)&epoch=ms "
        "HTTP/1.1\nHost: a\nAccept: application/csv\n\n",
        "\x11POST /query?db=a&chunked=true&chunk_size=1&pretty=true&params=%7B%22x%22%3A1%7D "
        "HTTP/1.1\nHost: a\nContent-Type: multipart/form-data; boundary=b\nContent-Length: 100\n\n"
        "--b\r\nContent-Disposition: form-data; name=\"q\"; filename=\"f\"\r\n\r\n"
        "SELECT v FROM m WHERE v = $x\r\n--b--\r\n",
        "\x30POST /api/v1/query HTTP/1.1\nHost: a\nContent-Type: application/json\n"
        "Content-Length: 90\n\n"
        "{\"database\":\"a\",\"table\":\"m\",\"aggregates\":[{\"function\":\"sum\",\"field\":\"v\"}"
        "],"
        "\"bucket\":\"1h\"}",
        "\x30POST /api/v1/costs HTTP/1.1\nHost: a\nContent-Type: application/json\n"
        "Content-Length: 90\n\n[{\"provider\":\"aws\",\"service\":\"ec2\",\"resource_id\":\"i\","
        "\"cost_usd\":3.50,\"timestamp\":1780272000,\"tags\":{\"team\":\"ml\"}}]",
        "\x10GET /..%2f..%2fetc/passwd%00 HTTP/1.1\nHost: a\n\n",
        "\x10GET http://a:80/ping HTTP/1.0\nContent-Length: 0\nTransfer-Encoding: x\n\n",
    };
    static const char lines[] = "cost,provider=aws,service=ec2 cost_usd=3.50 1780272000\n";
    char packed[512];
    z_stream stream = {0};
    for (size_t i = 0; i < CT_COUNT_OF(seeds); i++)
        fuzz_seed_add(seeds[i], strlen(seeds[i]));
    add_packed("zstd", packed, ZSTD_compress(packed, sizeof packed, lines, sizeof lines - 1, 3));
    FUZZ_REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    stream.next_in = (unsigned char *)(uintptr_t)lines;
    stream.avail_in = sizeof lines - 1;
    stream.next_out = (unsigned char *)packed;
    stream.avail_out = sizeof packed;
    FUZZ_REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    add_packed("gzip", packed, stream.total_out);
    deflateEnd(&stream);
    add_packed("snappy", "\x05\x10hello", 7);
}
