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

/* What stands between a tag and a value. */
enum relation {
    RELATION_NONE,
    RELATION_IS,
    RELATION_IS_NOT,
    RELATION_MATCHES,
    RELATION_MATCHES_NOT
};

/* The relation at the end of the tag's name; *len bytes long. */
static enum relation find_relation(const char *at, size_t *len)
{
    *len = at[0] ? (size_t)(at[0] == '!' || at[1] == '~') + 1 : 0;
    if (at[0] == '=')
        return at[1] == '~' ? RELATION_MATCHES : RELATION_IS;
    if (at[0] == '!' && at[1] == '=')
        return RELATION_IS_NOT;
    return at[0] == '!' && at[1] == '~' ? RELATION_MATCHES_NOT : RELATION_NONE;
}

/* All values given for one tag with = become one condition; conditions must all hold. */
static void add_alternatives(const struct ct_arguments *arguments, struct ct_tag_options *options,
                             const char *tag)
{
    centime_filter *condition = &options->conditions[options->all.child_count++];
    *condition = (centime_filter){
        .kind = CENTIME_IN, .tag = tag, .values = options->values + options->value_count};
    for (size_t i = 0; i < arguments->given_count; i++) {
        const char *where = arguments->given[i].value;
        const size_t len = strlen(tag);
        size_t relation_len;
        if (strcmp(arguments->given[i].option->name, "where") != 0 ||
            strncmp(where, tag, len) != 0 ||
            find_relation(where + len, &relation_len) != RELATION_IS)
            continue;
        options->values[options->value_count++] = where + len + relation_len;
        condition->value_count++;
    }
}

/* A condition of its own; not: inside a NOT. */
static void add_condition(struct ct_tag_options *options, const char *tag, const char *value,
                          enum relation found)
{
    const uint32_t at = options->all.child_count++;
    const bool is_negated = found == RELATION_IS_NOT || found == RELATION_MATCHES_NOT;
    centime_filter *leaf = is_negated ? &options->negated[at] : &options->conditions[at];
    options->values[options->value_count] = value;
    *leaf = (centime_filter){
        .kind = found == RELATION_IS_NOT ? CENTIME_IN : CENTIME_MATCH,
        .tag = tag,
        .values = options->values + options->value_count++,
        .value_count = 1,
    };
    if (is_negated)
        options->conditions[at] =
            (centime_filter){.kind = CENTIME_NOT, .children = leaf, .child_count = 1};
}

static bool has_alternatives(const struct ct_tag_options *options, const char *tag)
{
    for (uint32_t i = 0; i < options->all.child_count; i++) {
        if (options->conditions[i].kind == CENTIME_IN &&
            strcmp(options->conditions[i].tag, tag) == 0)
            return true;
    }
    return false;
}

/* Each --where is one value at most: so there is room for all. */
static bool has_room(const struct ct_arguments *arguments)
{
    size_t count = 0;
    for (size_t i = 0; i < arguments->given_count; i++)
        count += strcmp(arguments->given[i].option->name, "where") == 0;
    if (count > CT_TAG_OPTIONS_MAX)
        ct_args_wrong(arguments, "--where at most %d times", CT_TAG_OPTIONS_MAX);
    return count <= CT_TAG_OPTIONS_MAX;
}

/* --where TAG=VALUE and the like, any number of times */
static bool add_filters(const struct ct_arguments *arguments, struct ct_tag_options *options)
{
    for (size_t i = 0; i < arguments->given_count; i++) {
        const struct ct_given *given = &arguments->given[i];
        if (strcmp(given->option->name, "where") != 0)
            continue;
        size_t relation_len;
        const size_t len = strcspn(given->value, "=!");
        const enum relation found = find_relation(given->value + len, &relation_len);
        if (len == 0 || found == RELATION_NONE) {
            ct_args_wrong(arguments,
                          "--where takes TAG=VALUE, TAG!=VALUE, TAG=~PATTERN or TAG!~PATTERN, not "
                          "'%s'",
                          given->value);
            return false;
        }
        const char *tag = keep(arguments, options, given->value, len);
        if (!tag)
            return false;
        if (found != RELATION_IS)
            add_condition(options, tag, given->value + len + relation_len, found);
        else if (!has_alternatives(options, tag))
            add_alternatives(arguments, options, tag);
    }
    options->all.kind = CENTIME_AND;
    options->all.children = options->conditions;
    options->filter = options->all.child_count ? &options->all : NULL;
    return true;
}

bool ct_tag_options_read(const struct ct_arguments *arguments, struct ct_tag_options *options)
{
    return has_room(arguments) && add_tags(arguments, options) && add_filters(arguments, options);
}
