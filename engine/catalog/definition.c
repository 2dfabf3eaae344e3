#include "definition.h"
#include "registry_state.h"

#define CURRENCY_LETTERS 3

size_t ct_definition_bytes_max(const struct ct_definition *definition)
{
    const size_t numbers_max = 8 + (size_t)definition->tag_count * 2;
    return numbers_max * CT_VARINT_BYTES_MAX + definition->text.len + definition->value.len;
}

bool ct_table_options_are_valid(const struct ct_table_options *options)
{
    if ((uint32_t)options->kind > CT_TABLE_LEDGER ||
        (uint32_t)options->partition > CT_PARTITION_MONTH || options->retention_ns < 0)
        return false;
    for (unsigned i = 0; i < CURRENCY_LETTERS; i++)
        if (options->currency[i] < 'A' || options->currency[i] > 'Z')
            return false;
    return options->currency[CURRENCY_LETTERS] == 0;
}

/* -- Writing ----------------------------------------------------------------------------------- */

static void write_text(struct ct_writer *w, struct ct_text text)
{
    ct_write_varint(w, text.len);
    ct_write_bytes(w, text.bytes, text.len);
}

static void write_options(struct ct_writer *w, const struct ct_table_options *options)
{
    ct_write8(w, (uint8_t)options->kind);
    ct_write8(w, (uint8_t)options->partition);
    ct_write_varint(w, (uint64_t)options->retention_ns);
    ct_write_bytes(w, options->currency, CURRENCY_LETTERS);
}

/* Tags as distances from the one before, the first from -1, less 1. */
static void write_tags(struct ct_writer *w, const struct ct_tag_code *tags, uint32_t count)
{
    ct_write_varint(w, count);
    uint32_t next = 0;
    for (uint32_t i = 0; i < count; i++) {
        ct_write_varint(w, tags[i].tag - next);
        ct_write_varint(w, tags[i].code);
        next = tags[i].tag + 1;
    }
}

static void write_record(struct ct_writer *w, const struct ct_definition *d)
{
    ct_write_varint(w, d->database);
    ct_write8(w, (uint8_t)d->registry_kind);
    write_text(w, d->text);
    write_text(w, d->value);
}

void ct_definition_write(struct ct_writer *w, const struct ct_definition *d)
{
    ct_write8(w, (uint8_t)d->kind);
    if (d->kind == CT_DEFINE_RECORD) {
        write_record(w, d);
        return;
    }
    if (d->kind == CT_DEFINE_TABLE)
        ct_write_varint(w, d->database);
    else if (d->kind != CT_DEFINE_DATABASE)
        ct_write_varint(w, d->table);
    if (d->kind == CT_DEFINE_VALUE)
        ct_write_varint(w, d->tag);
    if (d->kind == CT_DEFINE_OPTIONS) {
        write_options(w, d->options);
        return;
    }
    ct_write_varint(w, d->number);
    if (d->kind == CT_DEFINE_SERIES) {
        write_tags(w, d->tags, d->tag_count);
        return;
    }
    if (d->kind == CT_DEFINE_FIELD) {
        ct_write8(w, (uint8_t)d->type);
        ct_write8(w, d->is_money);
    }
    write_text(w, d->text);
}

/* -- Reading ----------------------------------------------------------------------------------- */

static void require(struct ct_reader *r, bool condition)
{
    if (!condition)
        r->is_bad = true;
}

static uint32_t read_number(struct ct_reader *r)
{
    return (uint32_t)ct_read_varint_max(r, CT_NONE - 1);
}

static struct ct_text read_text(struct ct_reader *r, size_t min_len, size_t max_len)
{
    const size_t len = (size_t)ct_read_varint_max(r, max_len);
    require(r, len >= min_len);
    const uint8_t *bytes = ct_read_bytes(r, len);
    return (struct ct_text){.bytes = (const char *)bytes, .len = bytes ? len : 0};
}

static void read_options(struct ct_reader *r, struct ct_table_options *options)
{
    *options = (struct ct_table_options){0};
    options->kind = (enum ct_table_kind)ct_read8(r);
    options->partition = (enum ct_partition)ct_read8(r);
    options->retention_ns = (int64_t)ct_read_varint_max(r, INT64_MAX);
    const uint8_t *currency = ct_read_bytes(r, CURRENCY_LETTERS);
    if (currency)
        memcpy(options->currency, currency, CURRENCY_LETTERS);
    require(r, ct_table_options_are_valid(options));
}

static void read_tags(struct ct_reader *r, struct ct_definition *out, struct ct_tag_code *tags)
{
    out->tag_count = (uint32_t)ct_read_varint_max(r, CT_TAGS_MAX);
    uint64_t next = 0;
    for (uint32_t i = 0; i < out->tag_count && !r->is_bad; i++) {
        next += ct_read_varint_max(r, CT_TABLE_TAG_KEYS_MAX);
        require(r, next < CT_TABLE_TAG_KEYS_MAX);
        tags[i] = (struct ct_tag_code){.tag = (uint32_t)next, .code = read_number(r)};
        require(r, tags[i].code > 0);
        next++;
    }
    out->tags = tags;
}

static void read_field(struct ct_reader *r, struct ct_definition *out)
{
    const uint8_t type = ct_read8(r);
    const uint8_t money = ct_read8(r);
    require(r, ct_type_is_known(type) && money <= (type == CT_DECIMAL));
    out->type = (enum ct_type)type;
    out->is_money = money == 1;
}

static void read_named(struct ct_reader *r, struct ct_definition *out)
{
    if (out->kind == CT_DEFINE_VALUE)
        out->tag = read_number(r);
    out->number = read_number(r);
    if (out->kind == CT_DEFINE_FIELD)
        read_field(r, out);
    out->text = read_text(r, 1, CT_NAME_BYTES_MAX);
}

static void read_record(struct ct_reader *r, struct ct_definition *out)
{
    out->database = read_number(r);
    const uint8_t kind = ct_read8(r);
    require(r, ct_registry_kind_is_known(kind));
    out->registry_kind = (enum ct_registry_kind)kind;
    out->text = read_text(r, 1, CT_REGISTRY_KEY_BYTES_MAX);
    out->value = read_text(r, 0, CT_REGISTRY_VALUE_BYTES_MAX);
}

bool ct_definition_read(struct ct_reader *r, struct ct_definition *out,
                        struct ct_definition_room *room)
{
    *out = (struct ct_definition){.kind = (enum ct_definition_kind)ct_read8(r)};
    switch (out->kind) {
    case CT_DEFINE_DATABASE:
        read_named(r, out);
        return !r->is_bad;
    case CT_DEFINE_TABLE:
        out->database = read_number(r);
        read_named(r, out);
        return !r->is_bad;
    case CT_DEFINE_OPTIONS:
        out->table = read_number(r);
        read_options(r, &room->options);
        out->options = &room->options;
        return !r->is_bad;
    case CT_DEFINE_FIELD:
    case CT_DEFINE_TAG:
    case CT_DEFINE_VALUE:
        out->table = read_number(r);
        read_named(r, out);
        return !r->is_bad;
    case CT_DEFINE_SERIES:
        out->table = read_number(r);
        out->number = read_number(r);
        read_tags(r, out, room->tags);
        return !r->is_bad;
    case CT_DEFINE_RECORD:
        read_record(r, out);
        return !r->is_bad;
    }
    r->is_bad = true;
    return false;
}
