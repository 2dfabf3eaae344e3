/* Reads what vectors.py, or another script of its kind, prints, for the tests beside it. Needs
 * python3; without it those tests are skipped. */
#ifndef CT_TEST_VECTORS_H
#define CT_TEST_VECTORS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decimal.h"

#define VECTOR_FIELDS_MAX 64
#define VECTOR_BYTES_MAX  8192

struct vectors {
    FILE *pipe;
    char line[VECTOR_BYTES_MAX]; /* cut into the fields */
    char shown[VECTOR_BYTES_MAX];
    const char *field[VECTOR_FIELDS_MAX];
    size_t field_count;
    size_t at; /* next field to take */
    size_t line_count;
};

/* Of the script beside the test. */
static inline void vectors_open_script(struct vectors *v, const char *test_file, const char *script,
                                       const char *arguments)
{
    if (system("python3 -c pass >/dev/null 2>&1") != 0)
        skip();
    const char *slash = strrchr(test_file, '/');
    assert_non_null(slash);
    char command[4096];
    snprintf(command, sizeof command, "python3 '%.*s/%s' %s", (int)(slash - test_file), test_file,
             script, arguments);
    memset(v, 0, sizeof *v);
    v->pipe = popen(command, "r");
    assert_non_null(v->pipe);
}

static inline void vectors_open(struct vectors *v, const char *test_file, const char *kind,
                                unsigned count)
{
    char arguments[64];
    snprintf(arguments, sizeof arguments, "%s %u", kind, count);
    vectors_open_script(v, test_file, "vectors.py", arguments);
}

static inline bool vectors_next(struct vectors *v)
{
    if (!fgets(v->line, sizeof v->line, v->pipe))
        return false;
    v->line[strcspn(v->line, "\n")] = 0;
    memcpy(v->shown, v->line, sizeof v->line);
    v->field_count = v->at = 0;
    char *rest = NULL;
    for (char *field = strtok_r(v->line, " ", &rest); field; field = strtok_r(NULL, " ", &rest)) {
        assert_true(v->field_count < VECTOR_FIELDS_MAX);
        v->field[v->field_count++] = field;
    }
    v->line_count++;
    return true;
}

static inline void vectors_close(struct vectors *v, unsigned count)
{
    assert_int_equal(v->line_count, count);
    assert_int_equal(pclose(v->pipe), 0);
}

static inline const char *take(struct vectors *v)
{
    assert_true(v->at < v->field_count);
    return v->field[v->at++];
}

static inline bool take_is(struct vectors *v, const char *word)
{
    return strcmp(take(v), word) == 0;
}

static inline unsigned take_small(struct vectors *v)
{
    return (unsigned)strtoul(take(v), NULL, 10);
}

static inline ct_int128 take_int128(struct vectors *v)
{
    const char *text = take(v);
    const bool is_negative = *text == '-';
    ct_int128 value = 0;
    for (text += is_negative; *text; text++)
        value = value * 10 + (*text - '0');
    return is_negative ? -value : value;
}

static inline struct ct_decimal take_decimal(struct vectors *v)
{
    struct ct_decimal value;
    value.mantissa = take_int128(v);
    value.scale = (uint8_t)take_small(v);
    return value;
}

/* As assert_true, and shows the vector. */
#define CHECK(v, condition)                                                                        \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fail_msg("%s: %s", #condition, (v)->shown);                                            \
    } while (0)

#endif
