/* Arbitrary bytes as stored sketches. Those that are taken are written as they should have been,
 * which reads back to the same. */
#include "driver.h"
#include "sketch.h"

#define STORED_MAX ((size_t)1 << 17)

static void quantiles(struct ct_text stored)
{
    static uint8_t first[STORED_MAX], second[STORED_MAX];
    struct ct_quantile_sketch sketch, again;
    double value;
    ct_quantile_sketch_init(&sketch, ct_allocator_system());
    ct_quantile_sketch_init(&again, ct_allocator_system());
    if (ct_quantile_sketch_merge_stored(&sketch, stored) == CT_OK) {
        const size_t len = ct_quantile_sketch_size(&sketch);
        FUZZ_REQUIRE(len <= STORED_MAX);
        ct_quantile_sketch_write(&sketch, first);
        const struct ct_text written = {(const char *)first, len};
        FUZZ_REQUIRE(ct_quantile_sketch_merge_stored(&again, written) == CT_OK);
        FUZZ_REQUIRE(ct_quantile_sketch_size(&again) == len);
        ct_quantile_sketch_write(&again, second);
        FUZZ_REQUIRE(memcmp(first, second, len) == 0);
        for (double q = 0; q <= 1; q += 0.25)
            FUZZ_REQUIRE((ct_quantile_sketch_value(&sketch, q, &value) == CT_OK) ==
                         (sketch.count > 0));
    }
    ct_quantile_sketch_deinit(&sketch);
    ct_quantile_sketch_deinit(&again);
}

static void distinct(struct ct_text stored)
{
    static uint8_t first[STORED_MAX];
    struct ct_distinct_sketch sketch;
    ct_distinct_sketch_init(&sketch, ct_allocator_system());
    if (ct_distinct_sketch_merge_stored(&sketch, stored) == CT_OK) {
        FUZZ_REQUIRE(ct_distinct_sketch_size(&sketch) == stored.len);
        ct_distinct_sketch_write(&sketch, first);
        FUZZ_REQUIRE(memcmp(first, stored.bytes, stored.len) == 0);
        (void)ct_distinct_sketch_estimate(&sketch);
    }
    ct_distinct_sketch_deinit(&sketch);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0 || len > STORED_MAX)
        return 0;
    const struct ct_text stored = {(const char *)bytes + 1, len - 1};
    if (bytes[0] % 2)
        quantiles(stored);
    else
        distinct(stored);
    return 0;
}

static void add_quantiles(struct ct_quantile_sketch *sketch)
{
    static uint8_t input[4096] = {1};
    if (ct_quantile_sketch_size(sketch) < sizeof input) {
        ct_quantile_sketch_write(sketch, input + 1);
        fuzz_seed_add(input, 1 + ct_quantile_sketch_size(sketch));
    }
}

static void add_distinct(struct ct_distinct_sketch *sketch)
{
    static uint8_t input[4096] = {0};
    ct_distinct_sketch_write(sketch, input + 1);
    fuzz_seed_add(input, 1 + ct_distinct_sketch_size(sketch));
}

void fuzz_seeds(void)
{
    struct ct_quantile_sketch some;
    struct ct_distinct_sketch hashes;
    ct_quantile_sketch_init(&some, ct_allocator_system());
    ct_distinct_sketch_init(&hashes, ct_allocator_system());
    for (int i = 0; i < 600; i++) {
        const double value = (i % 40 - 20) * (i % 7) * 1.37;
        const uint64_t hash = (uint64_t)(i + 1) * UINT64_C(0x9e3779b97f4a7c15);
        FUZZ_REQUIRE(ct_quantile_sketch_add(&some, value, 1 + (uint64_t)i % 300) == CT_OK);
        FUZZ_REQUIRE(ct_distinct_sketch_add(&hashes, hash) == CT_OK);
        if (i == 3 || i == 100 || i == 599) {
            add_quantiles(&some);
            add_distinct(&hashes);
        }
    }
    ct_quantile_sketch_deinit(&some);
    ct_distinct_sketch_deinit(&hashes);
}
