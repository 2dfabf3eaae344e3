/* JSON objects in the making: `"key":value` after a comma where one is due. Private to api. */
#ifndef CENTIME_JSON_MEMBERS_H
#define CENTIME_JSON_MEMBERS_H

#include "api_private.h"

/* Keys are ours: nothing in them needs escaping. */
void api_json_key(centime_buffer *buffer, const char *key);
void api_json_text_member(centime_buffer *buffer, const char *key, struct ct_text text);
void api_json_int_member(centime_buffer *buffer, const char *key, int64_t value);
void api_json_double_member(centime_buffer *buffer, const char *key, double value);
/* RFC 3339. */
void api_json_time_member(centime_buffer *buffer, const char *key, int64_t time_ns);
/* At least digits_min digits after the point: 2 for money, which is a string where the buffer
 * quotes decimals. */
void api_json_sum_member(centime_buffer *buffer, const char *key, const struct ct_decimal_sum *sum,
                         unsigned digits_min);
void api_json_decimal_member(centime_buffer *buffer, const char *key, struct ct_decimal value,
                             unsigned digits_min);

#endif
