/* --by and --where, as commands that ask questions take them. Layer tools. */
#ifndef CT_TAG_OPTIONS_H
#define CT_TAG_OPTIONS_H

#include "commands.h"

#define CT_TAG_OPTIONS_MAX       64
#define CT_TAG_OPTIONS_BYTES_MAX 8192

#define CT_TAG_OPTIONS                                                                             \
    {"by", 0, "TAG,TAG", "a row of the answer for each combination"},                              \
    {                                                                                              \
        "where", 0, "TAG=VALUE",                                                                   \
            "also != and, for regular expressions, =~ and !~; all must hold, but several "         \
            "values of one tag with = are alternatives"                                            \
    }

/* What was given, with room for what its pointers point to: not to be copied. */
struct ct_tag_options {
    const char *tags[CT_TAG_OPTIONS_MAX];
    size_t tag_count;
    const centime_filter *filter; /* NULL: all */
    /* What those point to. */
    centime_filter all, conditions[CT_TAG_OPTIONS_MAX];
    centime_filter negated[CT_TAG_OPTIONS_MAX]; /* what stands in conditions that are a NOT */
    const char *values[CT_TAG_OPTIONS_MAX];     /* those of one condition stand together */
    size_t value_count;
    char text[CT_TAG_OPTIONS_BYTES_MAX]; /* pieces of options, each ended by a zero byte */
    size_t text_len;
};

/* Into options that are all zero. False, told on stderr, for wrong use. */
bool ct_tag_options_read(const struct ct_arguments *arguments, struct ct_tag_options *options);

#endif
