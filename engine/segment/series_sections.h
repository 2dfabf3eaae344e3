/* The series directory: who has which rows, from when to when, under which tags. Private to the
 * segment layer and its tests. Bytes: ../FORMAT.md section 7.5.
 *
 * Invariant: what decodes has ascending ids, at least one row in each series, and exactly the rows
 * and the span of time that the footer says. */
#ifndef CT_SEGMENT_SERIES_SECTIONS_H
#define CT_SEGMENT_SERIES_SECTIONS_H

#include "footer.h"

/* -- Writing: a slice of plain numbers, encoded each time it is full. ------------------------- */

struct ct_series_writer {
    const struct ct_allocator *allocator;
    struct ct_codec_scratch *scratch;
    enum ct_effort effort;
    uint32_t tag_count;
    uint32_t count;                   /* series in all */
    uint32_t in_slice;                /* series not encoded yet */
    int64_t *ids, *rows, *min, *span; /* [slice] each */
    int64_t *codes;                   /* [tag_count][slice] */
    struct ct_byte_buffer *sections;  /* [1 + tag_count]: series, then each tag */
};

ct_status ct_series_writer_init(struct ct_series_writer *writer,
                                const struct ct_allocator *allocator,
                                struct ct_codec_scratch *scratch, enum ct_effort effort,
                                uint32_t tag_count, struct ct_error *err) CT_MUST_USE;
void ct_series_writer_deinit(struct ct_series_writer *writer);

ct_status ct_series_writer_add(struct ct_series_writer *writer, uint32_t series, uint32_t rows,
                               int64_t min_time_ns, int64_t max_time_ns, const uint32_t *codes,
                               struct ct_error *err) CT_MUST_USE;
/* Encodes what is left; after it `sections` are complete. */
ct_status ct_series_writer_flush(struct ct_series_writer *writer, struct ct_error *err) CT_MUST_USE;

/* -- Reading ---------------------------------------------------------------------------------- */

/* One allocation, given back with ct_release. */
struct ct_series_arrays {
    int64_t *min_time_ns, *max_time_ns;
    uint32_t *series;
    uint32_t *first_row; /* [count + 1] */
};

/* `bytes` are those of the section (checksum verified). */
ct_status ct_series_decode(const uint8_t *bytes, const struct ct_footer *footer, const char *path,
                           const struct ct_allocator *allocator, struct ct_codec_scratch *scratch,
                           struct ct_series_arrays **out, struct ct_error *err) CT_MUST_USE;

/* *codes: series_count numbers, given back with ct_release. */
ct_status ct_tag_codes_decode(const uint8_t *bytes, const struct ct_section *section,
                              uint32_t series_count, const char *path,
                              const struct ct_allocator *allocator,
                              struct ct_codec_scratch *scratch, uint32_t **codes,
                              struct ct_error *err) CT_MUST_USE;

#endif
