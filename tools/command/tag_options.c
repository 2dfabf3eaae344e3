#include "tag_options.h"

#include <string.h>

/* A copy of the piece that lives as long as the options; NULL where they are too long. */
static const char *keep(const struct ct_arguments *arguments, struct ct_tag_options *options,
                        const char *piece, size_t len)
{
    if (len >= sizeof options->text - options->text_len) {
        ct_args_wrong(arguments, "the names and values given are too long");
        return NULL;
    }
    char *kept = options->text + options->text_len;
    memcpy(kept, piece, len);
    kept[len] = 0;
    options->text_len += len + 1;
    return kept;
}

/* --by TAG,TAG */
static bool add_tags(const struct ct_arguments *arguments, struct ct_tag_options *options)
{
    const char *at = ct_args_value(arguments, "by");
    while (at) {
        const size_t len = strcspn(at, ",");
        if (len == 0 || options->tag_count == CT_TAG_OPTIONS_MAX) {
            ct_args_wrong(arguments, "--by takes up to %d tags with commas between",
                          CT_TAG_OPTIONS_MAX);
            return false;
        }
        const char *tag = keep(arguments, options, at, len);
        if (!tag)
            return false;
        options->tags[options->tag_count++] = tag;
        at = at[len] ? at + len + 1 : NULL;
    }
    return true;
}

/* All values given for one tag become one condition; conditions must all hold. */
static void add_condition(const struct ct_arguments *arguments, struct ct_tag_options *options,
                          const char *tag, size_t *value_count)
{
    centime_filter *condition = &options->conditions[options->all.child_count++];
    *condition =
        (centime_filter){.kind = CENTIME_IN, .tag = tag, .values = options->values + *value_count};
    for (size_t i = 0; i < arguments->given_count; i++) {
        const char *where = arguments->given[i].value;
        if (strcmp(arguments->given[i].option->name, "where") != 0 ||
            strncmp(where, tag, strlen(tag)) != 0 || where[strlen(tag)] != '=')
            continue;
        options->values[(*value_count)++] = where + strlen(tag) + 1;
        condition->value_count++;
    }
}

static bool has_condition(const struct ct_tag_options *options, const char *tag)
{
    for (uint32_t i = 0; i < options->all.child_count; i++) {
        if (strcmp(options->conditions[i].tag, tag) == 0)
            return true;
    }
    return false;
}

/* --where TAG=VALUE, any number of times */
static bool add_filters(const struct ct_arguments *arguments, struct ct_tag_options *options)
{
    size_t value_count = 0, where_count = 0;
    for (size_t i = 0; i < arguments->given_count; i++) {
        const struct ct_given *given = &arguments->given[i];
        if (strcmp(given->option->name, "where") != 0)
            continue;
        const size_t len = strcspn(given->value, "=");
        if (len == 0 || given->value[len] != '=' || ++where_count > CT_TAG_OPTIONS_MAX) {
            ct_args_wrong(arguments, "--where takes TAG=VALUE, up to %d times, not '%s'",
                          CT_TAG_OPTIONS_MAX, given->value);
            return false;
        }
        const char *tag = keep(arguments, options, given->value, len);
        if (!tag)
            return false;
        if (!has_condition(options, tag))
            add_condition(arguments, options, tag, &value_count);
    }
    options->all.kind = CENTIME_AND;
    options->all.children = options->conditions;
    options->filter = options->all.child_count ? &options->all : NULL;
    return true;
}

bool ct_tag_options_read(const struct ct_arguments *arguments, struct ct_tag_options *options)
{
    return add_tags(arguments, options) && add_filters(arguments, options);
}
