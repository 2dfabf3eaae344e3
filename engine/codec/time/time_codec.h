/* Inside the time family: regular runs, and whatever the integers offer. Layer codec only.
 *
 * The family shares the first bytes of the integers, and has one of its own. */
#ifndef CT_TIME_CODEC_H
#define CT_TIME_CODEC_H

#include "codec.h"
#include "int/int_codec.h"

#define CT_TIME_REGULAR 0x40

/* First byte included; SIZE_MAX where there are too many runs. */
size_t ct_regular_analyse(const int64_t *values, uint32_t count);
void ct_regular_encode(const int64_t *values, uint32_t count, struct ct_writer *w);
ct_status ct_regular_decode(struct ct_reader *r, uint32_t count, int64_t *out) CT_MUST_USE;
ct_status ct_regular_check(struct ct_reader *r, uint32_t count) CT_MUST_USE;

const char *ct_time_codec_name(uint8_t first_byte);
ct_status ct_time_check(struct ct_reader *r, uint32_t count,
                        struct ct_codec_scratch *scratch) CT_MUST_USE;

#endif
