/* JSON objects to the library's structs, by a table of their members. Layer http.
 *
 *     {"timestamp": 1780272000.5, "provider": "aws", "cost_usd": 3.50, "tags": {"team": "ml"}}
 *
 * A member that is null is as one that is not there. A name that is not in the table is refused,
 * with the one that was probably meant: what is not kept must not seem to be. Money and numbers
 * keep their digits. Texts point into the JSON, all else into the arena. */
#ifndef CT_ITEM_FIELDS_H
#define CT_ITEM_FIELDS_H

#include "arena.h"
#include "json_read.h"

enum ct_item_kind {
    CT_ITEM_TEXT = 0, /* const char *; not empty where it is required */
    CT_ITEM_DOUBLE,
    CT_ITEM_INT64,
    CT_ITEM_DECIMAL, /* const char *: the digits */
    CT_ITEM_TIME,    /* int64_t ns; 0 is refused: it stands for the present */
    CT_ITEM_TAGS,    /* const centime_cost_tag *, then at `extra` their uint32_t count */
    CT_ITEM_NAMES,   /* const char *const *, then at `extra` their size_t count */
    CT_ITEM_IGNORED  /* known to OpenFinOps, and not kept: said in the answer */
};

/* One name of a member; several may fill one place, but not at once. */
struct ct_item_field {
    const char *name;
    enum ct_item_kind kind;
    bool is_required;
    uint32_t has; /* bit to set where it is there */
    size_t at;    /* offset in the struct */
    size_t extra;
};

struct ct_item_shape {
    const char *noun;   /* "a cost entry" */
    size_t size;        /* of the struct, which begins with uint32_t struct_size */
    size_t has_at;      /* offset of uint32_t has; 0: it has none */
    const char *advice; /* added to what is said of an unknown member; "" */
    const struct ct_item_field *fields;
    size_t field_count; /* at most 64 */
};

/* Where and why an item was refused. */
struct ct_item_fault {
    char field[64]; /* "": the item as a whole */
    struct ct_error err;
};

/* *item is cleared and filled in. *ignored gets a bit for each CT_ITEM_IGNORED field that was
 * there. CT_TYPE, CT_RANGE, CT_INVALID (missing, unknown, given twice), CT_NO_MEMORY. */
ct_status ct_item_read(const struct ct_item_shape *shape, const struct ct_json *json,
                       struct ct_arena *arena, void *item, uint64_t *ignored,
                       struct ct_item_fault *fault);

#endif
