/* What the files of the C library share. Nothing outside api includes it.
 *
 * Invariant: whatever is handed out holds a reference on the memory that it came from, so that it
 * may outlive its store. */
#ifndef CENTIME_API_PRIVATE_H
#define CENTIME_API_PRIVATE_H

#include "arena.h"
#include "budget_cache.h"
#include "centime.h"
#include "civil_time.h"
#include "entry_ids.h"
#include "maintenance.h"
#include "query.h"
#include "store.h"
#include "sync.h"

/* The caller's allocator, copied, as long as anything of it is alive. */
struct api_memory {
    struct ct_allocator allocator;
    struct ct_refcount references;
};

struct api_memory *api_memory_create(const centime_allocator *allocator); /* NULL: out of memory */
struct api_memory *api_memory_take(struct api_memory *memory);
void api_memory_drop(struct api_memory *memory);

struct centime_store {
    struct api_memory *memory;
    struct ct_env env;
    struct ct_io posix;
    struct ct_io *in_memory; /* NULL: files */
    struct ct_logger logger;
    void (*log)(void *context, int level, const char *line, size_t len);
    void *log_context;
    struct ct_store *store;
    struct maintenance *maintenance; /* NULL: the host steps */
    uint32_t query_threads;
    struct api_entry_ids entry_ids;
    struct ct_budget_cache budgets;
};

/* Who holds a result: its owner, and whatever was handed out of it. */
struct api_result_share {
    struct ct_refcount references;
    centime_result *result;
};

struct centime_result {
    struct api_memory *memory;
    struct ct_result *result;
    uint64_t elapsed_ns;
    struct api_result_share *share; /* NULL: part of a summary, which owns it */
};

/* Takes and drops a hold on a result; of a part of a summary neither does anything. */
const centime_result *api_result_take(const centime_result *result);
void api_result_drop(const centime_result *result);

struct centime_cancel {
    _Atomic bool is_set;
};

/* Bytes in the making, then handed out. A failed growth is kept and told at the end. */
struct centime_buffer {
    struct api_memory *memory;
    char *bytes;
    size_t len, cap;
    bool is_short;        /* memory ran out: what was to be added is missing */
    bool quotes_decimals; /* in JSON */
    /* The time printed last: rows of one bucket have the same. */
    int64_t time_ns;
    char time_text[CT_TIME_TEXT_MAX];
    size_t time_len; /* 0: none yet */
};

centime_buffer *api_buffer_create(struct api_memory *memory); /* NULL: out of memory */
void api_buffer_add(centime_buffer *buffer, const char *bytes, size_t len);
/* Where `len` bytes more may be written; the caller counts those that it wrote in buffer->len. NULL
 * where memory ran out. */
char *api_buffer_room(centime_buffer *buffer, size_t len);
void api_buffer_add_text(centime_buffer *buffer, const char *terminated);
/* Hands the buffer out, or destroys it and fails where memory ran out. */
ct_status api_buffer_finish(centime_buffer *buffer, centime_buffer **out, struct ct_error *err);

/* Copies the story to the caller's error, as far as its struct_size goes, and returns the status.
 */
int api_answer(ct_status status, const struct ct_error *err, centime_error *out);

/* Copies a struct of the caller's into one of ours of `size` bytes, which is cleared first. `from`
 * may be NULL. CT_INVALID where struct_size is not set. */
ct_status api_read_struct(void *to, size_t size, const void *from, const char *name,
                          struct ct_error *err) CT_MUST_USE;
/* The other way round; struct_size stays the caller's. */
ct_status api_write_struct(void *to, const void *from, size_t size, const char *name,
                           struct ct_error *err);

/* The options of a summary; CT_INVALID for a format that is not JSON. */
ct_status api_read_summary_options(const centime_summary_options *options,
                                   centime_summary_options *out, struct ct_error *err) CT_MUST_USE;
/* A buffer for a summary in that format; NULL: out of memory. */
centime_buffer *api_summary_buffer(struct api_memory *memory,
                                   const centime_summary_options *options);

/* A zero-terminated text; NULL is "". */
struct ct_text api_text(const char *text);
/* A database's name; NULL or "" is "default". */
struct ct_text api_database(const char *database);

/* CT_NOT_FOUND names what is missing. */
ct_status api_find_table(centime_store *store, const char *database, const char *table,
                         uint32_t *out, struct ct_error *err) CT_MUST_USE;

/* A snapshot as of a commit, of the last commit at or before a time, or, where both are 0, of now.
 * CT_INVALID where both are given, else as ct_snapshot_take_as_of. */
ct_status api_take_snapshot(centime_store *store, uint64_t commit, int64_t time_ns,
                            struct ct_snapshot **out, struct ct_error *err) CT_MUST_USE;

/* The caller's question in the engine's terms; what it points to is in the arena or the caller's.
 */
ct_status api_convert_query(struct ct_arena *arena, const centime_query *query,
                            struct ct_query *out, struct ct_error *err) CT_MUST_USE;

/* Wraps a result for the caller; takes it over, also on failure. */
ct_status api_result_wrap(struct api_memory *memory, struct ct_result *result, uint64_t elapsed_ns,
                          centime_result **out, struct ct_error *err) CT_MUST_USE;

/* One value as the writers print it, into `out` of at least CENTIME_DECIMAL_BYTES; texts are not
 * printed here. Returns the length; 0 for null. */
size_t api_print_value(const struct ct_result_column *column, uint64_t row, char *out);

/* The same of a time; borrowed from the buffer until the next one. */
struct ct_text api_time_text(centime_buffer *buffer, int64_t time_ns);

/* A JSON string: quoted, escaped; bytes that are not UTF-8 become U+FFFD. */
void api_json_text(centime_buffer *buffer, struct ct_text text);
/* A JSON value. */
void api_json_value(centime_buffer *buffer, const struct ct_result_column *column, uint64_t row);

void api_write_json(centime_buffer *buffer, const struct ct_result *result);
void api_write_json_columns(centime_buffer *buffer, const struct ct_result *result);
void api_write_ndjson(centime_buffer *buffer, const struct ct_result *result);
void api_write_csv(centime_buffer *buffer, const struct ct_result *result);
/* One cell of CSV, quoted where it must be; and one of a result's. */
void api_csv_text(centime_buffer *buffer, struct ct_text text);
void api_csv_value(centime_buffer *buffer, const struct ct_result_column *column, uint64_t row);
/* A text for a terminal: control bytes become `?`. */
void api_printable_text(centime_buffer *buffer, struct ct_text text);
/* CT_NO_MEMORY */
ct_status api_write_table(centime_buffer *buffer, const struct ct_result *result,
                          struct ct_error *err) CT_MUST_USE;

#endif
