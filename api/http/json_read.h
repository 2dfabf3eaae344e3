/* JSON that came from outside, read strictly: json-c behind one file. Layer http.
 *
 * Numbers keep their text: money and 64-bit ids never pass through a double. Refused besides what
 * RFC 8259 refuses: a repeated key, a zero byte in a string, whole numbers past int64 where such
 * are asked for, bytes that are not UTF-8, nesting deeper than 64, more than CT_JSON_NODES_MAX
 * values. A byte order mark at the beginning is passed over.
 *
 * Values live until ct_json_release of their root. Errors say where: "costs[3].cost_usd: ...". */
#ifndef CT_JSON_READ_H
#define CT_JSON_READ_H

#include "arena.h"
#include "status.h"
#include "text.h"

#define CT_JSON_DEPTH_MAX 64
/* Keys and values. An array counts for 4 and an object for 8, as they take more memory: some 100
 * bytes for each 1. */
#define CT_JSON_NODES_MAX 2000000

struct json_object;

/* One value and how it was reached. Passed by value. */
struct ct_json {
    struct json_object *value;    /* NULL: null, or not there */
    const struct ct_json *parent; /* for the path in errors; NULL: the root */
    const char *key;              /* in an object; NULL: in an array, or the root */
    size_t index;                 /* in an array */
    bool is_there;
};

enum ct_json_kind {
    CT_JSON_NULL = 0, /* also: not there */
    CT_JSON_BOOL,
    CT_JSON_NUMBER,
    CT_JSON_STRING,
    CT_JSON_ARRAY,
    CT_JSON_OBJECT
};

/* CT_PARSE with line and column, CT_LIMIT, CT_NO_MEMORY. */
ct_status ct_json_parse(struct ct_text text, struct ct_json *root, struct ct_error *err);
void ct_json_release(struct ct_json *root);

enum ct_json_kind ct_json_kind_of(struct ct_json json);
/* "a number", ...: for errors. */
const char *ct_json_kind_name(enum ct_json_kind kind);

/* A member of an object; not there where it is none or has none. `object` outlives what is
 * returned. */
struct ct_json ct_json_member(const struct ct_json *object, const char *key);
size_t ct_json_count(struct ct_json array_or_object);
struct ct_json ct_json_at(const struct ct_json *array, size_t index);

/* Members in the order of the text: for (iterator = ct_json_members(&object);
 * ct_json_next(&iterator);) */
struct ct_json_iterator {
    const struct ct_json *object;
    void *entry;
    struct ct_json member; /* its key is member.key */
};
struct ct_json_iterator ct_json_members(const struct ct_json *object);
bool ct_json_next(struct ct_json_iterator *iterator);

/* Each: CT_OK and *out set; CT_NOT_FOUND, err untouched, where the value is null or not there;
 * CT_TYPE or CT_RANGE told with its path else. Texts end in a zero byte. */
ct_status ct_json_text(struct ct_json json, struct ct_text *out, struct ct_error *err);
ct_status ct_json_bool(struct ct_json json, bool *out, struct ct_error *err);
ct_status ct_json_int64(struct ct_json json, int64_t *out, struct ct_error *err); /* 5, not 5.0 */
ct_status ct_json_double(struct ct_json json, double *out, struct ct_error *err);
/* The digits as they stood: of a number, or of a string that holds one ("3.50"). */
ct_status ct_json_decimal(struct ct_json json, struct ct_text *out, struct ct_error *err);
/* A moment: seconds since 1970 UTC as a number with a fraction (exactly), or RFC 3339 text; a text
 * without a zone is UTC. */
ct_status ct_json_time(struct ct_json json, int64_t *time_ns, struct ct_error *err);

/* "costs[3].cost_usd" into out, cut at cap - 1 bytes; "the body" for the root. */
void ct_json_path(struct ct_json json, char *out, size_t cap);

/* CT_TYPE: "costs[3]: WANTED is wanted, not a number". */
ct_status ct_json_wanted(struct ct_json json, const char *wanted, struct ct_error *err);

/* The value as compact JSON, numbers with the digits they came with, into the arena; NULL bytes:
 * out of memory. */
struct ct_text ct_json_print(struct ct_json json, struct ct_arena *arena);

#endif
