/* Rollup files in the manifest: what an edit says comes back, and an edit that breaks the invariant
 * of covers, or is cut or forged, is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "manifest_codec.h"

#define TABLE 3

static ct_status apply(struct ct_manifest_state *state, const struct ct_manifest_edit *edit)
{
    struct ct_byte_buffer bytes = {.allocator = ct_allocator_system()};
    assert_int_equal(ct_manifest_encode(edit, &bytes), CT_OK);
    const struct ct_text text = {.bytes = (const char *)bytes.bytes, .len = bytes.len};
    const ct_status status = ct_manifest_apply(state, ct_allocator_system(), text, "edit", NULL);
    ct_byte_buffer_deinit(&bytes);
    return status;
}

static struct ct_segment_entry segment_of(uint64_t id, uint32_t table)
{
    return (struct ct_segment_entry){.id = id, .info = {.table = table, .row_count = 1}};
}

/* Segments 10, 11 and 12 of TABLE, 13 of another. */
static struct ct_manifest_state make_state(void)
{
    struct ct_manifest_state state = {0};
    const struct ct_segment_entry segments[] = {segment_of(10, TABLE), segment_of(11, TABLE),
                                                segment_of(12, TABLE), segment_of(13, TABLE + 1)};
    const struct ct_manifest_edit edit = {.added = segments, .added_count = 4};
    assert_int_equal(apply(&state, &edit), CT_OK);
    return state;
}

static ct_status add_cover(struct ct_manifest_state *state, uint64_t id, const uint64_t *segments,
                           uint32_t count)
{
    const struct ct_cover_entry cover = {.id = id,
                                         .table = TABLE,
                                         .month_ns = -5,
                                         .file_bytes = 1000,
                                         .footer_checksum = 77,
                                         .segment_count = count};
    const struct ct_manifest_edit edit = {.cover = &cover, .cover_segments = segments};
    return apply(state, &edit);
}

static void a_cover_comes_back_from_the_whole_state(void **state_pointer)
{
    (void)state_pointer;
    struct ct_manifest_state state = make_state();
    struct ct_manifest_state again = {0};
    assert_int_equal(add_cover(&state, 20, (const uint64_t[]){10, 12}, 2), CT_OK);
    struct ct_byte_buffer bytes = {.allocator = ct_allocator_system()};
    assert_int_equal(ct_manifest_encode_state(&state, &bytes), CT_OK);
    const struct ct_text text = {.bytes = (const char *)bytes.bytes, .len = bytes.len};
    assert_int_equal(ct_manifest_apply(&again, ct_allocator_system(), text, "state", NULL), CT_OK);
    assert_int_equal(again.cover_count, 1);
    const struct ct_cover_entry *cover = &again.covers[0];
    assert_int_equal(cover->id, 20);
    assert_int_equal(cover->table, TABLE);
    assert_int_equal(cover->month_ns, -5);
    assert_int_equal(cover->file_bytes, 1000);
    assert_int_equal(cover->footer_checksum, 77);
    assert_int_equal(cover->segment_count, 2);
    assert_int_equal(again.covered[cover->first_segment], 10);
    assert_int_equal(again.covered[cover->first_segment + 1], 12);
    assert_true(again.segments[0].is_covered);
    assert_false(again.segments[1].is_covered);
    ct_byte_buffer_deinit(&bytes);
    ct_manifest_state_deinit(&state, ct_allocator_system());
    ct_manifest_state_deinit(&again, ct_allocator_system());
}

static void expect_refused(uint64_t id, const uint64_t *segments, uint32_t count)
{
    struct ct_manifest_state state = make_state();
    assert_int_equal(add_cover(&state, 20, (const uint64_t[]){10}, 1), CT_OK);
    assert_int_equal(add_cover(&state, id, segments, count), CT_CORRUPT);
    ct_manifest_state_deinit(&state, ct_allocator_system());
}

static void covers_that_break_the_invariant_are_refused(void **state)
{
    (void)state;
    expect_refused(21, (const uint64_t[]){10, 11}, 2); /* 10 is covered already */
    expect_refused(21, (const uint64_t[]){9}, 1);      /* no such segment */
    expect_refused(21, (const uint64_t[]){13}, 1);     /* of another table */
}

static void a_segment_is_not_dropped_under_its_cover(void **state_pointer)
{
    (void)state_pointer;
    const uint64_t segment = 10;
    const uint64_t cover = 20;
    struct ct_manifest_edit edit = {.dropped = &segment, .dropped_count = 1};
    struct ct_manifest_state state = make_state();
    assert_int_equal(add_cover(&state, cover, (const uint64_t[]){10, 11}, 2), CT_OK);
    assert_int_equal(apply(&state, &edit), CT_CORRUPT);
    ct_manifest_state_deinit(&state, ct_allocator_system());
    state = make_state();
    assert_int_equal(add_cover(&state, cover, (const uint64_t[]){10, 11}, 2), CT_OK);
    assert_int_equal(add_cover(&state, 21, (const uint64_t[]){12}, 1), CT_OK);
    edit.dropped_covers = &cover;
    edit.dropped_cover_count = 1;
    assert_int_equal(apply(&state, &edit), CT_OK);
    assert_int_equal(state.cover_count, 1);
    assert_int_equal(state.covers[0].id, 21);
    assert_int_equal(state.covered[state.covers[0].first_segment], 12);
    ct_manifest_state_deinit(&state, ct_allocator_system());
}

static void cut_and_changed_edits_are_refused_or_sound(void **state_pointer)
{
    (void)state_pointer;
    const struct ct_cover_entry cover = {.id = 20, .table = TABLE, .segment_count = 3};
    const struct ct_manifest_edit edit = {.cover = &cover,
                                          .cover_segments = (const uint64_t[]){10, 11, 12}};
    struct ct_byte_buffer bytes = {.allocator = ct_allocator_system()};
    assert_int_equal(ct_manifest_encode(&edit, &bytes), CT_OK);
    for (size_t at = 1; at < bytes.len * 8; at++) {
        struct ct_manifest_state state = make_state();
        struct ct_text text = {.bytes = (const char *)bytes.bytes, .len = bytes.len};
        if (at < bytes.len)
            text.len = at;
        else
            bytes.bytes[at / 8] ^= (uint8_t)(1u << at % 8);
        if (ct_manifest_apply(&state, ct_allocator_system(), text, "edit", NULL) == CT_OK)
            assert_true(ct_manifest_covers_are_sound(&state));
        if (at >= bytes.len)
            bytes.bytes[at / 8] ^= (uint8_t)(1u << at % 8);
        ct_manifest_state_deinit(&state, ct_allocator_system());
    }
    ct_byte_buffer_deinit(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cover_comes_back_from_the_whole_state),
        cmocka_unit_test(covers_that_break_the_invariant_are_refused),
        cmocka_unit_test(a_segment_is_not_dropped_under_its_cover),
        cmocka_unit_test(cut_and_changed_edits_are_refused_or_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
