/* Any text as line protocol: bytes 0 and 1 are the options and where the text is cut, the rest the
 * text. However it is cut, rows and rejects are the same; read again by a parser that knows its
 * like, the rows are the same. */
#include <string.h>

#include "driver.h"
#include "line_fixture.h"

static struct line_fixture whole, cut;

static struct ct_line_options options_of(uint8_t how)
{
    struct ct_line_options options = {.precision = how % (CT_PRECISION_AUTO + 1)};
    if (how & 0x40)
        options = (struct ct_line_options){.line_bytes_max = 64,
                                           .string_bytes_max = 16,
                                           .key_bytes_max = 24,
                                           .fields_max = 3,
                                           .tags_max = 2};
    return options;
}

static void open_both(const struct ct_line_options *options)
{
    fixture_open(&whole);
    fixture_open(&cut);
    fixture_start(&whole, options);
    fixture_start(&cut, options);
}

static void resolve(struct line_fixture *f)
{
    FUZZ_REQUIRE(ct_intake_resolve(f->intake, &f->err) == CT_OK);
}

/* What is in the catalog by now rejects no line that it did not reject before. */
static void read_again(const struct ct_line_options *options, const char *text, size_t len)
{
    const uint64_t rejected = cut.rejects->total;
    fixture_reset(&cut);
    fixture_start(&cut, options);
    fixture_feed(&cut, text, len, true);
    resolve(&cut);
    FUZZ_REQUIRE(cut.rejects->total == rejected);
    FUZZ_REQUIRE(fixture_same_rows(&whole, &cut));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len < 2)
        return 0;
    const struct ct_line_options options = options_of(bytes[0]);
    const char *text = (const char *)bytes + 2;
    const size_t text_len = len - 2;
    open_both(&options);
    fixture_feed(&whole, text, text_len, true);
    if (bytes[0] & 0x80 && text_len / ((size_t)bytes[1] + 1) < FIXTURE_BUFFERS_MAX - 1)
        fixture_feed_in_steps(&cut, text, text_len, (size_t)bytes[1] + 1);
    else
        fixture_feed_split(&cut, text, text_len, bytes[1] < text_len ? bytes[1] : text_len);
    FUZZ_REQUIRE(fixture_same_rejects(whole.rejects, cut.rejects));
    resolve(&whole);
    resolve(&cut);
    FUZZ_REQUIRE(fixture_same_rows(&whole, &cut));
    read_again(&options, text, text_len);
    fixture_close(&whole);
    fixture_close(&cut);
    FUZZ_REQUIRE(whole.allocator.live_blocks == 0 && cut.allocator.live_blocks == 0);
    return 0;
}

void fuzz_seeds(void)
{
    static const char *const seeds[] = {
        "\x00\x05m,t=a v=1,w=2i,x=3u,y=t,z=\"s\" 1780272000000000000\n",
        "\x80\x07"
        "cost,provider=aws,region=us-east-1 cost_usd=0.177811,usage_quantity=1 5\n"
        "cost,provider=aws,region=us-east-1 cost_usd=7.8125e-08,usage_quantity=1.7d 6\n"
        "cost,provider=aws,region=us-east-1 cost_usd=12,usage_quantity=2i 6\n",
        "\x43\x03m,a\\ b=c\\,d v\\=w=\"x\\\"y\\\\\nz\" -7\r\n# comment\r\n\r\nm v=.5,v=1e5\n",
        "\x06\x20\xef\xbb\xbfm\xc3\xa9 f=-0,g=00.10 1780272000\nm f=-0,g=00.10 1780272000\n",
        "\xc1\x01m v=\"open\nm v=\"too long a string for the limit \\\" m v=1\n\" 1\nbad\nm v=+1\n",
    };
    for (size_t i = 0; i < CT_COUNT_OF(seeds); i++)
        fuzz_seed_add(seeds[i], 2 + strlen(seeds[i] + 2));
}
