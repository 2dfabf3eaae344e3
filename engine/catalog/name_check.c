#include "name_check.h"

int ct_shown_len(struct ct_text name)
{
    if (name.len <= CT_SHOWN_BYTES_MAX)
        return (int)name.len;
    int len = CT_SHOWN_BYTES_MAX;
    while (len > 0 && ((unsigned char)name.bytes[len] & 0xc0) == 0x80)
        len--;
    return len;
}

ct_status ct_name_check(struct ct_text name, const char *what, struct ct_error *err)
{
    if (name.len == 0)
        return ct_fail(err, CT_INVALID, "a %s must not be empty", what);
    if (name.len > CT_NAME_BYTES_MAX)
        return ct_fail(err, CT_LIMIT, "a %s has %zu bytes, at most %d are allowed: \"%.*s...\"",
                       what, name.len, CT_NAME_BYTES_MAX, CT_SHOWN(name));
    return CT_OK;
}

static ct_status check_value(const struct ct_tag *tag, struct ct_error *err)
{
    if (tag->value.len == 0)
        return ct_fail(err, CT_INVALID, "tag \"%.*s\" has an empty value; leave the tag out",
                       CT_SHOWN(tag->key));
    return ct_name_check(tag->value, "tag value", err);
}

ct_status ct_tags_check(const struct ct_tag *tags, uint32_t tag_count, struct ct_error *err)
{
    if (tag_count > CT_TAGS_MAX)
        return ct_fail(err, CT_LIMIT, "%u tags, at most %d are allowed", tag_count, CT_TAGS_MAX);
    for (uint32_t i = 0; i < tag_count; i++) {
        CT_TRY(ct_name_check(tags[i].key, "tag key", err));
        CT_TRY(check_value(&tags[i], err));
        const int order = i > 0 ? ct_text_compare(tags[i - 1].key, tags[i].key) : -1;
        if (order == 0)
            return ct_fail(err, CT_INVALID, "tag \"%.*s\" is given twice", CT_SHOWN(tags[i].key));
        if (order > 0)
            return ct_fail(err, CT_INVALID, "tags are not sorted: \"%.*s\" stands after \"%.*s\"",
                           CT_SHOWN(tags[i].key), CT_SHOWN(tags[i - 1].key));
    }
    return CT_OK;
}
