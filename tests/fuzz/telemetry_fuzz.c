/* Any bytes as a request of telemetry: byte 0 says which protocol. Every request is answered, never
 * by a fault of the server's; the same again is answered the same; nothing is left behind. */
#include "driver.h"
#include "json_read.h"
#include "protobuf_bytes.h"
#include "wire_fixture.h"

static const struct {
    const char *path, *type;
} protocols[] = {
    {"/v1/metrics?db=a&buckets=true&resource_tags=*", "application/x-protobuf"},
    {"/v1/metrics?db=a&buckets=true&resource_tags=*", "application/json"},
    {"/api/v1/write?db=a", "application/x-protobuf"},
};

static unsigned ask(struct wire *wire, unsigned protocol, struct ct_text body)
{
    static char text[(size_t)1 << 17];
    const int head = snprintf(
        text, sizeof text, "POST %s HTTP/1.1\nHost: a\nContent-Type: %s\nContent-Length: %zu\n\n",
        protocols[protocol].path, protocols[protocol].type, body.len);
    FUZZ_REQUIRE(head > 0 && (size_t)head + body.len <= sizeof text);
    if (body.len)
        memcpy(text + head, body.bytes, body.len);
    return wire_ask(wire, (struct ct_text){text, (size_t)head + body.len}, 65536);
}

static void check_reply(const struct ct_reply *reply)
{
    struct ct_json json;
    FUZZ_REQUIRE(reply->status == 200 || reply->status == 204 ||
                 (reply->status >= 400 && reply->status < 500));
    if (!reply->content_type || strcmp(reply->content_type, "application/json") != 0)
        return;
    FUZZ_REQUIRE(ct_json_parse(reply->body, &json, NULL) == CT_OK);
    FUZZ_REQUIRE(ct_json_kind_of(json) == CT_JSON_OBJECT);
    ct_json_release(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct wire wire;
    if (len == 0 || len > (size_t)1 << 16)
        return 0;
    const unsigned protocol = bytes[0] % CT_COUNT_OF(protocols);
    const struct ct_text body = {(const char *)bytes + 1, len - 1};
    FUZZ_REQUIRE(wire_open(&wire));
    const unsigned status = ask(&wire, protocol, body);
    check_reply(&wire.exchange.reply);
    FUZZ_REQUIRE(ask(&wire, protocol, body) == status);
    check_reply(&wire.exchange.reply);
    FUZZ_REQUIRE(wire_close(&wire));
    return 0;
}

/* -- Seeds ------------------------------------------------------------------------------------- */

static void add_seed(char protocol, struct bytes *body)
{
    struct bytes seed = {0};
    bytes_raw(&seed, &protocol, 1);
    bytes_raw(&seed, body->at, body->len);
    fuzz_seed_add(seed.at, seed.len);
    free(seed.at);
    free(body->at);
    *body = (struct bytes){0};
}

static void add_attribute(struct bytes *to, unsigned field, const char *key, unsigned kind)
{
    struct bytes pair = {0}, value = {0}, list = {0}, inner = {0};
    if (kind == 1) {
        bytes_text(&value, 1, "text");
    } else if (kind <= 3) {
        bytes_int(&value, kind, -1);
    } else if (kind == 4) {
        bytes_double(&value, 4, 0.1);
    } else {
        bytes_int(&inner, 3, 5);
        bytes_message(&list, 1, &inner);
        bytes_message(&value, kind, &list);
    }
    bytes_text(&pair, 1, key);
    bytes_message(&pair, 2, &value);
    bytes_message(to, field, &pair);
}

/* A point of any kind: gauge and sum have their value in fields 4 and 6, the others other things
 * there. */
static void add_point(struct bytes *data, unsigned attributes_field)
{
    struct bytes point = {0};
    bytes_fixed(&point, 2, UINT64_C(1780272000000000000));
    bytes_fixed(&point, 3, UINT64_C(1780272060000000000));
    bytes_double(&point, 4, 1.5);
    bytes_double(&point, 5, 42);
    for (unsigned kind = 1; kind <= 7; kind++)
        add_attribute(&point, attributes_field, (const char[]){(char)('a' + kind), 0}, kind);
    bytes_message(data, 1, &point);
}

static void add_otlp_seed(void)
{
    static const unsigned kinds[][2] = {{5, 7}, {7, 7}, {9, 9}, {10, 1}, {11, 7}};
    struct bytes request = {0}, resource_metrics = {0}, resource = {0}, scope = {0};
    for (size_t i = 0; i < CT_COUNT_OF(kinds); i++) {
        struct bytes metric = {0}, data = {0};
        add_point(&data, kinds[i][1]);
        bytes_int(&data, 2, 2);
        bytes_int(&data, 3, 1);
        bytes_text(&metric, 1, "m");
        bytes_message(&metric, kinds[i][0], &data);
        bytes_message(&scope, 2, &metric);
    }
    add_attribute(&resource, 1, "service.name", 1);
    bytes_message(&resource_metrics, 1, &resource);
    bytes_message(&resource_metrics, 2, &scope);
    bytes_message(&request, 1, &resource_metrics);
    add_seed(0, &request);
}

static void add_remote_write_seed(void)
{
    struct bytes request = {0}, series = {0}, label = {0}, sample = {0};
    bytes_text(&label, 1, "__name__");
    bytes_text(&label, 2, "up");
    bytes_message(&series, 1, &label);
    bytes_text(&label, 1, "job");
    bytes_text(&label, 2, "x");
    bytes_message(&series, 1, &label);
    bytes_double(&sample, 1, 1);
    bytes_int(&sample, 2, INT64_C(1780272000000));
    bytes_message(&series, 2, &sample);
    bytes_message(&request, 1, &series);
    add_seed(2, &request);
}

void fuzz_seeds(void)
{
    static const char json[] =
        "\x01{\"resourceMetrics\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\","
        "\"value\":{\"stringValue\":\"s\"}}]},\"scopeMetrics\":[{\"metrics\":[{\"name\":\"c\","
        "\"sum\":{\"aggregationTemporality\":2,\"isMonotonic\":true,\"dataPoints\":[{"
        "\"startTimeUnixNano\":\"1\",\"timeUnixNano\":\"9\",\"asInt\":\"5\",\"attributes\":[{"
        "\"key\":\"a\",\"value\":{\"arrayValue\":{\"values\":[{\"intValue\":1}]}}}]}]}},{"
        "\"name\":\"h\",\"histogram\":{\"dataPoints\":[{\"timeUnixNano\":9,\"count\":1,\"sum\":4,"
        "\"bucketCounts\":[0,1],\"explicitBounds\":[2]}]}},{\"name\":\"s\",\"summary\":{"
        "\"dataPoints\":[{\"timeUnixNano\":9,\"quantileValues\":[{\"quantile\":0.5,\"value\":1}]}]"
        "}}]}]}]}";
    fuzz_seed_add(json, sizeof json - 1);
    add_otlp_seed();
    add_remote_write_seed();
}
