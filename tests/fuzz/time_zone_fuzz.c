/* Any bytes as a TZif file. One that is taken has instants and offsets that agree with each other
 * at every change and round it. */
#include "driver.h"
#include "time_zone.h"
#include "time_zone_fixture.h"

#define CHANGES_MAX 200

static void check_round(const struct ct_time_zone *zone, int64_t time_s)
{
    const int64_t local_s = ct_time_zone_local(zone, time_s);
    const int64_t first_s = ct_time_zone_instant(zone, local_s);
    FUZZ_REQUIRE(first_s <= time_s);
    FUZZ_REQUIRE(ct_time_zone_local(zone, first_s) >= local_s);
    FUZZ_REQUIRE(ct_time_zone_local(zone, first_s - 1) < local_s);
}

static void check_zone(const struct ct_time_zone *zone)
{
    int64_t time_s = CT_TIME_S_MIN;
    for (int i = 0; i < CHANGES_MAX && time_s <= CT_TIME_S_MAX; i++) {
        check_round(zone, time_s);
        const int64_t next_s = ct_time_zone_next_change(zone, time_s);
        FUZZ_REQUIRE(next_s > time_s);
        if (next_s > CT_TIME_S_MAX)
            return;
        FUZZ_REQUIRE(ct_time_zone_offset(zone, next_s - 1) == ct_time_zone_offset(zone, time_s));
        FUZZ_REQUIRE(ct_time_zone_offset(zone, next_s) != ct_time_zone_offset(zone, time_s));
        check_round(zone, next_s - 1);
        time_s = next_s;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct ct_allocator_counting counting;
    ct_allocator_counting_init(&counting, ct_allocator_system(), 0);
    struct ct_time_zone *zone = NULL;
    if (ct_time_zone_parse(bytes, len, ct_text_of("Fuzz"), &counting.base, &zone, NULL) == CT_OK)
        check_zone(zone);
    ct_time_zone_destroy(zone);
    FUZZ_REQUIRE(counting.live_blocks == 0);
    return 0;
}

void fuzz_seeds(void)
{
    static const struct tzif_change changes[] = {
        {-3000000000, -18000}, {100, -14400}, {7000000, -18000}, {1000000000, 3600}};
    static const char *const rules[] = {"", "EST5EDT,M3.2.0,M11.1.0",
                                        "<-02>2<-01>,M3.5.0/-1,J300/0", "XXX3EDT4,0/0,J365/23"};
    for (size_t i = 0; i < CT_COUNT_OF(rules); i++) {
        const struct tzif file =
            tzif_of(i == 0 ? 0 : '3', -17762, changes, (uint32_t)i + 1, rules[i]);
        fuzz_seed_add(file.bytes, file.len);
    }
}
