/* One definition as bytes: what journal, log and catalog file consist of. Private to the catalog
 * layer and its tests. Bytes: ../FORMAT.md section 6.
 *
 * Invariant: what ct_definition_read accepts has every length and enum checked, tags in strictly
 * ascending order and no code 0; whether its numbers fit a catalog is for apply.c to say. */
#ifndef CT_DEFINITION_H
#define CT_DEFINITION_H

#include "bytes.h"
#include "registry.h"

/* Stored numbers: never renumbered. */
enum ct_definition_kind {
    CT_DEFINE_DATABASE = 1,
    CT_DEFINE_TABLE = 2,
    CT_DEFINE_OPTIONS = 3,
    CT_DEFINE_FIELD = 4,
    CT_DEFINE_TAG = 5,
    CT_DEFINE_VALUE = 6,
    CT_DEFINE_SERIES = 7,
    CT_DEFINE_RECORD = 8, /* of the registry */
};

/* Of a series. Without padding: it is hashed as bytes. */
struct ct_tag_code {
    uint32_t tag;
    uint32_t code;
};

/* Which members count depends on the kind. */
struct ct_definition {
    enum ct_definition_kind kind;
    uint32_t database;   /* table, record */
    uint32_t table;      /* options, field, tag, value, series */
    uint32_t tag;        /* value */
    uint32_t number;     /* all but options and record: of what is defined; of a value its code */
    struct ct_text text; /* name, value of a tag, key of a record */
    enum ct_type type;   /* field */
    bool is_money;       /* field */
    uint32_t tag_count;
    const struct ct_tag_code *tags; /* series: by tag */
    const struct ct_table_options *options;
    enum ct_registry_kind registry_kind; /* record */
    struct ct_text value;                /* record; empty: removed */
};

/* What ct_definition_read puts its arrays into. */
struct ct_definition_room {
    struct ct_tag_code tags[CT_TAGS_MAX];
    struct ct_table_options options;
};

/* Upper bound of what ct_definition_write writes. */
size_t ct_definition_bytes_max(const struct ct_definition *definition);

/* The writer has ct_definition_bytes_max left. */
void ct_definition_write(struct ct_writer *w, const struct ct_definition *definition);

/* False (and the reader is bad) where there is no definition. Text is borrowed from the reader's
 * bytes. */
bool ct_definition_read(struct ct_reader *r, struct ct_definition *out,
                        struct ct_definition_room *room);

/* A type that fields may have. */
static inline bool ct_type_is_known(uint64_t type)
{
    return type >= CT_FLOAT64 && type <= CT_DECIMAL;
}

/* Known kind and partition, retention not negative, currency of three capital letters. */
bool ct_table_options_are_valid(const struct ct_table_options *options);

#endif
