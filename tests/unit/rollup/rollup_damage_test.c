/* Damaged images and failing memory: an error, or all that was written; never another value, never
 * a leak. */
#include "rollup_digest.h"
#include "rollup_fixture.h"

static const struct ct_rollup_set SETS[] = {
    {.tag_count = 0, .grains = CT_GRAIN_BIT(CT_GRAIN_HOUR) | CT_GRAIN_BIT(CT_GRAIN_MONTH)},
    {.tags = {0, 2},
     .tag_count = 2,
     .grains = CT_GRAIN_BIT(CT_GRAIN_DAY),
     .sketches = {{2, CT_KEEP_QUANTILES}, {7, CT_KEEP_DISTINCT}},
     .sketch_count = 2},
};

static const struct ct_rollup_plan PLAN = {
    .sets = SETS,
    .set_count = CT_COUNT_OF(SETS),
    .columns = COLUMN_PLAN,
    .column_count = COLUMNS,
    .tag_count = TAGS,
    .effort = CT_EFFORT_SMALL,
    .keeps_all = true,
};

static const struct shape SHAPE = {.tag_values = 3, .days = 2};
static const uint32_t FIELDS[] = {2, 3, 5, 6, 7, 8, 12, 13, 40};

static ct_status digest_of(const uint8_t *bytes, size_t len, uint64_t *digest)
{
    uint8_t *copy = malloc(len ? len : 1); /* so that reading past the end is seen */
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    const ct_status status =
        digest_image(ct_allocator_system(), copy, len, FIELDS, CT_COUNT_OF(FIELDS), digest);
    free(copy);
    return status;
}

static uint8_t *some_image(uint32_t row_count, size_t *len)
{
    uint8_t *bytes;
    struct rows *rows = random_rows(&SHAPE, row_count, 5);
    assert_int_equal(build(ct_allocator_system(), &PLAN, rows, 0, &bytes, len), CT_OK);
    free(rows);
    return bytes;
}

static void every_changed_bit_is_found(void **state)
{
    (void)state;
    size_t len;
    uint64_t wanted, got = 0;
    uint8_t *bytes = some_image(40, &len);
    assert_int_equal(digest_of(bytes, len, &wanted), CT_OK);
    for (size_t at = 0; at < len; at++) {
        bytes[at] ^= (uint8_t)(1u << at % 8);
        const ct_status status = digest_of(bytes, len, &got);
        if (status == CT_OK)
            assert_int_equal(got, wanted);
        else
            assert_true(status == CT_CORRUPT || status == CT_FORMAT);
        bytes[at] ^= (uint8_t)(1u << at % 8);
    }
    ct_release(ct_allocator_system(), bytes);
}

static void every_shorter_and_longer_image_is_refused(void **state)
{
    (void)state;
    size_t len;
    uint64_t digest;
    uint8_t *bytes = some_image(40, &len);
    for (size_t shorter = 0; shorter < len; shorter++)
        assert_int_equal(digest_of(bytes, shorter, &digest), CT_CORRUPT);
    uint8_t *longer = calloc(1, len + 1);
    assert_non_null(longer);
    memcpy(longer, bytes, len);
    assert_int_equal(digest_of(longer, len + 1, &digest), CT_CORRUPT);
    free(longer);
    ct_release(ct_allocator_system(), bytes);
}

static void an_image_of_a_newer_format_is_refused_as_such(void **state)
{
    (void)state;
    size_t len;
    uint64_t digest;
    uint8_t *bytes = some_image(5, &len);
    bytes[8] = 2; /* the version; then the header's checksum */
    const uint64_t checksum = ct_checksum(bytes, 32, 0);
    memcpy(bytes + 32, &checksum, sizeof checksum);
    assert_int_equal(digest_of(bytes, len, &digest), CT_FORMAT);
    ct_release(ct_allocator_system(), bytes);
}

/* -- Memory that fails --------------------------------------------------------------------------
 */

struct failing {
    struct ct_allocator base;
    struct ct_allocator_counting counting;
    uint64_t calls, fails_at;
};

static void *failing_resize(void *context, void *pointer, size_t size_bytes)
{
    struct failing *failing = context;
    if (failing->calls++ == failing->fails_at)
        return NULL;
    return ct_resize(&failing->counting.base, pointer, size_bytes);
}

static void *failing_allocate(void *context, size_t size_bytes)
{
    return failing_resize(context, NULL, size_bytes);
}

static void failing_release(void *context, void *pointer)
{
    struct failing *failing = context;
    ct_release(&failing->counting.base, pointer);
}

static void failing_init(struct failing *failing, uint64_t fails_at)
{
    *failing = (struct failing){.fails_at = fails_at};
    ct_allocator_counting_init(&failing->counting, ct_allocator_system(), 0);
    failing->base = (struct ct_allocator){
        .context = failing,
        .allocate = failing_allocate,
        .resize = failing_resize,
        .release = failing_release,
    };
}

/* Built, read, merged with itself, read again. */
static ct_status whole_story(struct failing *failing, const struct rows *rows, uint64_t *digest)
{
    uint8_t *bytes = NULL, *merged = NULL;
    size_t len, merged_len;
    struct ct_rollup_image *image = NULL;
    struct ct_rollup_plan plan = PLAN;
    plan.effort = CT_EFFORT_FAST; /* zstd's contexts take most of the time */
    ct_status status = build(&failing->base, &plan, rows, 0, &bytes, &len);
    if (status == CT_OK)
        status = digest_image(&failing->base, bytes, len, FIELDS, CT_COUNT_OF(FIELDS), digest);
    if (status == CT_OK)
        status = ct_rollup_image_open(&failing->base, bytes, len, &image, NULL);
    if (status == CT_OK)
        status = ct_rollup_merge(&failing->base, &plan, &image, 1, &merged, &merged_len, NULL);
    ct_rollup_image_close(image);
    uint64_t again = 0;
    if (status == CT_OK)
        status =
            digest_image(&failing->base, merged, merged_len, FIELDS, CT_COUNT_OF(FIELDS), &again);
    ct_release(&failing->base, bytes);
    ct_release(&failing->base, merged);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    struct rows *rows = random_rows(&SHAPE, 60, 8);
    struct failing failing;
    uint64_t wanted = 0, calls;
    failing_init(&failing, UINT64_MAX);
    assert_int_equal(whole_story(&failing, rows, &wanted), CT_OK);
    assert_int_equal(failing.counting.live_blocks, 0);
    calls = failing.calls;
    assert_true(calls > 300);
    for (uint64_t at = 0; at < calls; at++) {
        uint64_t got = 0;
        failing_init(&failing, at);
        const ct_status status = whole_story(&failing, rows, &got);
        assert_true(status == CT_OK || status == CT_NO_MEMORY);
        if (status == CT_OK)
            assert_int_equal(got, wanted);
        assert_int_equal(failing.counting.live_blocks, 0);
    }
    free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_changed_bit_is_found),
        cmocka_unit_test(every_shorter_and_longer_image_is_refused),
        cmocka_unit_test(an_image_of_a_newer_format_is_refused_as_such),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
