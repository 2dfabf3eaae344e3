/* centime: a time-series store for what things cost and what they did for that money.
 *
 * A store is a folder, opened by one process for writing and by any number for reading. It holds
 * databases, these hold tables, these hold rows of a time (ns since 1970 UTC), tags (text) and
 * fields (numbers, text, exact decimals; see README.md). Money is decimal: no amount ever passes
 * through a double.
 *
 *     centime_store *store;
 *     centime_error err = CENTIME_ERROR_INIT;
 *     if (centime_open("costs", NULL, &store, &err) != CENTIME_OK) ...
 *     centime_write(store, NULL, lines, len, NULL, NULL, &err);
 *     centime_query query = CENTIME_QUERY_INIT; ...
 *     centime_run(store, &query, &result, &err);
 *     centime_close(store, &err);
 *
 * Rules for all calls
 *   Results   A fallible function returns an enum centime_status. On failure its outputs are
 *             untouched and *err, unless NULL, tells the story. Bad input never ends the program.
 *   Texts     Inputs are UTF-8, ended by a zero byte where no length is given, and are not kept.
 *             NULL as a database means "default". Texts handed out have their length beside them
 *             and end in a zero byte all the same.
 *   Structs   begin with struct_size, which the caller sets to sizeof (the _INIT macros do), so
 *             that a program understands a newer or older library. All else 0 is the default.
 *   Handles   are opaque. What a _destroy or _close takes may be NULL. A store outlives its
 *             writers; results, buffers and summaries may outlive their store.
 *   Threads   A store may be used by any threads at once, a writer by one at a time. Results are
 *             read by any number of threads. The library keeps nothing global. It starts one
 *             thread for each store opened for writing, unless told not to.
 *   Fork      Use a store only in the process that opened it.
 *
 * C99 and C++. Only names with centime_ and CENTIME_ are defined, and Arrow's. */
#ifndef CENTIME_H
#define CENTIME_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define CENTIME_API __attribute__((visibility("default")))
#else
#define CENTIME_API
#endif

#define CENTIME_VERSION_MAJOR 0
#define CENTIME_VERSION_MINOR 1
#define CENTIME_VERSION_PATCH 0

/* -- Outcomes --------------------------------------------------------------------------------- */

/* Stable numbers. */
enum centime_status {
    CENTIME_OK = 0,
    CENTIME_NO_MEMORY = 1,
    CENTIME_IO = 2,         /* input or output failed: os_errno says how */
    CENTIME_CORRUPT = 3,    /* stored data is damaged: file and offset say where */
    CENTIME_FORMAT = 4,     /* unknown file format or version */
    CENTIME_INVALID = 5,    /* an argument that makes no sense */
    CENTIME_PARSE = 6,      /* malformed input: line and column say where */
    CENTIME_TYPE = 7,       /* a value of another type than its field */
    CENTIME_LIMIT = 8,      /* a limit was exceeded: the text names it */
    CENTIME_RANGE = 9,      /* a number out of range */
    CENTIME_NOT_FOUND = 10, /* no such store, database, table, field or column */
    CENTIME_EXISTS = 11,
    CENTIME_READ_ONLY = 12, /* opened so, or after a failed write: see centime_state_of */
    CENTIME_BUSY = 13,      /* another process writes to the store */
    CENTIME_STALE = 14,     /* definitions changed meanwhile: try again */
    CENTIME_CANCELLED = 15,
    CENTIME_DISK_FULL = 16,
    CENTIME_CURRENCY = 17 /* a sum over several currencies: the text lists them */
};

/* What went wrong, and where. The caller's; nothing in it needs freeing. */
typedef struct centime_error {
    uint32_t struct_size;
    int32_t code;     /* enum centime_status */
    int32_t os_errno; /* 0 where no system call failed */
    uint32_t line;    /* 1-based line of input, 0 where none */
    uint32_t column;  /* 1-based byte of that line */
    uint32_t reserved;
    uint64_t offset; /* bytes into `file` */
    char file[80];   /* path, its end where it is long; "" where none */
    char text[256];  /* one sentence: what was found, what was expected, what to do */
} centime_error;

#define CENTIME_ERROR_INIT                                                                         \
    {                                                                                              \
        (uint32_t)sizeof(centime_error), 0, 0, 0, 0, 0, 0, "", ""                                  \
    }

/* "ok", "out of memory", ...; "unknown status" for other numbers. Static text. */
CENTIME_API const char *centime_status_text(int status);

/* Version of the library that runs: "0.1.0", and 10000 x major + 100 x minor + patch. */
CENTIME_API const char *centime_version(void);
CENTIME_API uint32_t centime_version_number(void);

/* -- Stores ----------------------------------------------------------------------------------- */

typedef struct centime_store centime_store;

enum centime_durability {
    CENTIME_SYNC = 0,     /* on the device before a write returns */
    CENTIME_INTERVAL = 1, /* within interval_ms */
    CENTIME_NONE = 2      /* when the system likes */
};

enum centime_log_level {
    CENTIME_LOG_DEBUG = 0,
    CENTIME_LOG_INFO = 1,
    CENTIME_LOG_WARNING = 2,
    CENTIME_LOG_ERROR = 3
};

/* Memory for all that a store and its results own. Calls come from any thread; must work like
 * malloc, realloc, free. */
typedef struct centime_allocator {
    void *context;
    void *(*allocate)(void *context, size_t size);
    void *(*resize)(void *context, void *pointer, size_t size);
    void (*release)(void *context, void *pointer);
} centime_allocator;

typedef struct centime_options {
    uint32_t struct_size;
    uint8_t read_only;      /* 1: nothing is ever written; any number of processes may do so */
    uint8_t must_exist;     /* 1: CENTIME_NOT_FOUND where there is no store; 0: it is made */
    uint8_t in_memory;      /* 1: nothing is kept; the path is a name only */
    uint8_t no_thread;      /* 1: the host calls centime_step itself */
    uint32_t durability;    /* enum centime_durability */
    uint32_t interval_ms;   /* 0: 200 */
    uint32_t series_max;    /* of one table; 0: 16 million */
    uint32_t query_threads; /* of one query, the caller's with them; 0: 2 */
    size_t memory_bytes;    /* for rows not yet sealed; 0: 256 MiB */
    /* What an operator may want to know, one line each in logfmt, not ended by a zero byte; NULL:
     * silent. From any thread. */
    void (*log)(void *context, int level, const char *line, size_t len);
    void *log_context;
    uint32_t log_level; /* the lowest that is told */
    uint32_t reserved;
    const centime_allocator *allocator; /* copied; NULL: malloc */
} centime_options;

#define CENTIME_OPTIONS_INIT                                                                       \
    {                                                                                              \
        (uint32_t)sizeof(centime_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, 0, 0, NULL       \
    }

/* Opens a store, making it where there is none, and recovers what a crash left.
 * path     a folder
 * options  NULL: the defaults
 * Owns     *out is the caller's until centime_close.
 * Errors   BUSY, NOT_FOUND (must_exist, or read_only without a store), CORRUPT, FORMAT, IO,
 * DISK_FULL, NO_MEMORY. Threads  any. */
CENTIME_API int centime_open(const char *path, const centime_options *options, centime_store **out,
                             centime_error *err);

/* Ends the store's thread, makes durable what is not yet, and frees the store, whatever it returns.
 * Errors   IO, DISK_FULL: what was not yet durable may be lost.
 * Threads  one, when no other uses the store or a writer of it. */
CENTIME_API int centime_close(centime_store *store, centime_error *err);

enum centime_table_kind {
    CENTIME_METRICS = 0, /* the same series and time again overwrites, field by field */
    CENTIME_LEDGER = 1   /* rows with an entry_id are told apart by it; `cost` is one by default */
};

enum centime_partition { CENTIME_PARTITION_AUTO = 0, CENTIME_DAY = 1, CENTIME_MONTH = 2 };

typedef struct centime_table_options {
    uint32_t struct_size;
    uint32_t kind;        /* enum centime_table_kind */
    uint32_t partition;   /* enum centime_partition: how much time one file covers */
    char currency[4];     /* of rows without a `currency` tag; "": USD */
    int64_t retention_ns; /* older rows are dropped; 0: never */
} centime_table_options;

/* Declares a table, or changes its options; durable when it returns. Undeclared tables are made by
 * their first row.
 * Errors   INVALID, READ_ONLY, IO, DISK_FULL.
 * Threads  any. */
CENTIME_API int centime_declare_table(centime_store *store, const char *database, const char *table,
                                      const centime_table_options *options, centime_error *err);

/* -- Writing ---------------------------------------------------------------------------------- */

enum centime_precision {
    CENTIME_NS = 0,
    CENTIME_US = 1,
    CENTIME_MS = 2,
    CENTIME_S = 3,
    CENTIME_MINUTE = 4,
    CENTIME_HOUR = 5,
    CENTIME_AUTO = 6 /* by each number's size: s, ms, us or ns */
};

/* As all_or_nothing: one malformed line and none is written, but lines that do not fit their table
 * (another type, a limit) are left out. */
#define CENTIME_WELL_FORMED 2

typedef struct centime_write_options {
    uint32_t struct_size;
    uint32_t precision;       /* enum centime_precision: what timestamps count */
    uint8_t all_or_nothing;   /* 1: one bad line and none is written; CENTIME_WELL_FORMED */
    uint8_t has_default_time; /* 0: lines without a timestamp get the present time */
    uint8_t reserved[6];
    int64_t default_time_ns;
    const char *request_key; /* of centime_writer_lines and centime_write: see
                                centime_writer_request, the text being the content; NULL: none */
} centime_write_options;

/* A line that was not taken. */
typedef struct centime_reject {
    uint64_t line;   /* 1-based */
    uint32_t column; /* 1-based byte of that line */
    int32_t code;    /* enum centime_status */
    char reason[200];
    char excerpt[72]; /* how the line begins */
} centime_reject;

/* What a write did. Set struct_size, and rejects with reject_cap where the rejected lines are
 * wanted. */
typedef struct centime_write_result {
    uint32_t struct_size;
    uint32_t reject_cap;   /* entries that `rejects` has room for */
    uint32_t reject_count; /* entries filled in: the first of all, at most 100 */
    uint32_t reserved;
    centime_reject *rejects;    /* the caller's; may be NULL */
    uint64_t rows;              /* written, durably (see enum centime_durability) */
    uint64_t rejected;          /* lines not taken */
    uint64_t overwritten_rows;  /* rows that were there already */
    uint64_t overwritten_money; /* of these, those that changed an amount of money */
    uint64_t commit;            /* number of the (last) commit; 0: nothing was written */
    uint32_t is_repeat;         /* 1: the request was written before: rows and commit are that
                                   one's answer, and nothing was written now */
    uint32_t reserved_2;
    uint64_t misfits; /* of the rejected, well-formed lines that do not fit: code TYPE or LIMIT */
} centime_write_result;

#define CENTIME_WRITE_RESULT_INIT                                                                  \
    {                                                                                              \
        (uint32_t)sizeof(centime_write_result), 0, 0, 0, NULL, 0, 0, 0, 0, 0, 0, 0, 0              \
    }

/* One way into one database, with the caches that make the second write faster than the first. */
typedef struct centime_writer centime_writer;

/* Makes a writer. The database need not exist: the first row makes it.
 * Errors   INVALID (name), NO_MEMORY.
 * Threads  any; the writer is then used by one at a time. */
CENTIME_API int centime_writer_create(centime_store *store, const char *database,
                                      centime_writer **out, centime_error *err);
CENTIME_API void centime_writer_destroy(centime_writer *writer);

/* Writes rows in line protocol: `cost,provider=aws,service=ec2 cost_usd=3.50 1780272000000000000`.
 * text, len  any number of lines, kept by the caller for the time of the call
 * options    NULL: ns, bad lines are left out and told
 * result     counts and rejects, filled in also on failure; NULL: not wanted
 * Errors     PARSE where lines were rejected: with all_or_nothing nothing was written, else the
 *            good ones were. READ_ONLY, IO, DISK_FULL, LIMIT, NO_MEMORY: nothing of the commit
 *            that failed is there.
 * Threads    one at a time for each writer; several writers share one fsync.
 * Cost       one commit for each 16 million rows. */
CENTIME_API int centime_writer_lines(centime_writer *writer, const char *text, size_t len,
                                     const centime_write_options *options,
                                     centime_write_result *result, centime_error *err);

/* The first half of centime_writer_lines, for streams of any length: one thread reads lines into a
 * writer while another commits a second one. Adds the rows of the text's lines to the writer's
 * batch. Without is_final it stops before a last line that may go on (a string may hold newlines).
 * text      unchanged until the batch is committed or discarded: strings are borrowed
 * options   as centime_writer_lines; all_or_nothing is the caller's to see to
 * consumed  bytes dealt with; read the rest again with what follows it
 * result    rejected, misfits and rejects are set, lines counted from the start of text; may be
 * NULL Errors    LIMIT: the batch is full, commit and go on at *consumed. INVALID, NO_MEMORY.
 * Rejected lines are no error here. Threads   one at a time for each writer. */
CENTIME_API int centime_writer_parse(centime_writer *writer, const char *text, size_t len,
                                     int is_final, const centime_write_options *options,
                                     size_t *consumed, centime_write_result *result,
                                     centime_error *err);
/* The second half: commits the batch, durably, and empties it.
 * result    rows, overwritten_rows, overwritten_money and commit are set, the rest is left; may be
 *           NULL
 * Errors    STALE: another writer typed a new field, or took the last series: nothing is left, read
 *           its lines again. READ_ONLY, IO, DISK_FULL, NO_MEMORY: nothing of it is there.
 * Threads   one at a time for each writer. */
CENTIME_API int centime_writer_commit(centime_writer *writer, centime_write_result *result,
                                      centime_error *err);
/* Forgets the batch, and what centime_writer_partial and centime_writer_request said: the writer is
 * as new, but for its caches. */
CENTIME_API void centime_writer_discard(centime_writer *writer);

/* Makes the writer's next call that writes (lines, columns, costs, measurements, commit) count
 * once, however often it is sent: the key is durable with its rows, and for a day a request of the
 * same database with the same key and content, by any writer, also after a crash, gets the first
 * one's answer (result->is_repeat) and writes nothing. Of several at once one writes. key       1
 * to 255 bytes, such as an Idempotency-Key; new for each new request content   what the request
 * says, such as its body: only a hash is kept. With the same key and other content the write is
 * refused Errors    INVALID. Of the write that follows: INVALID (other content), LIMIT (more than
 * 4,194,304 keys in a day, or more rows than one commit takes). Threads   one at a time for each
 * writer. */
CENTIME_API int centime_writer_request(centime_writer *writer, const char *key, const void *content,
                                       size_t len, centime_error *err);

/* Makes the writer's next call that takes an array of structs (costs, measurements) leave out items
 * that do not fit, as centime_writer_lines does with lines: it then returns PARSE with the rest
 * written, and result->rejects tells which (`line` is the item, counted from 1). */
CENTIME_API void centime_writer_partial(centime_writer *writer);

/* As centime_writer_lines, with a writer of its own: for programs that seldom write. Any thread. */
CENTIME_API int centime_write(centime_store *store, const char *database, const char *text,
                              size_t len, const centime_write_options *options,
                              centime_write_result *result, centime_error *err);

typedef struct centime_text {
    const char *bytes;
    size_t len;
} centime_text;

enum centime_type {
    CENTIME_FLOAT64 = 1, /* double; NaN and infinities are refused */
    CENTIME_INT64 = 2,   /* int64_t */
    CENTIME_UINT64 = 3,  /* uint64_t */
    CENTIME_BOOL = 4,    /* uint8_t, 0 or 1 */
    CENTIME_STRING = 5,  /* centime_text */
    CENTIME_DECIMAL = 6, /* int64_t mantissas, with `scale` or `scales` digits after the point */
    /* in batches only */
    CENTIME_DECIMAL_TEXT = 7, /* centime_text: "3.50", "-7.8125e-08" */
    CENTIME_TAG = 8,          /* centime_text: a tag; "" is no tag */
    /* in results only */
    CENTIME_TIME = 9, /* int64_t: ns since 1970 UTC */
    CENTIME_TEXT = 10 /* a tag or a string */
};

/* One column of a batch: `values` points to row_count values of the type. */
typedef struct centime_column {
    const char *name;
    uint32_t type; /* enum centime_type */
    uint8_t scale; /* CENTIME_DECIMAL: of all rows, where scales is NULL; 0 to 38 */
    uint8_t reserved[3];
    const uint8_t *present; /* 1 or 0 for each row; NULL: all have a value */
    const void *values;
    const uint8_t *scales; /* CENTIME_DECIMAL: of each row */
} centime_column;

typedef struct centime_batch {
    uint32_t struct_size;
    uint32_t column_count;
    const char *table;
    const centime_column *columns; /* tags and fields, no name twice */
    const int64_t *times_ns;       /* row_count of them, in any order */
    size_t row_count;
} centime_batch;

/* Writes rows given in columns, all or none; visible and durable when it returns.
 * batch    borrowed for the call
 * result   counts; NULL: not wanted
 * Errors   TYPE (a field has another type: names both), INVALID (a bad name, a row without a field,
 *          NaN), RANGE, PARSE (a decimal's text), LIMIT (more than 16 million rows), READ_ONLY, IO,
 *          DISK_FULL, NO_MEMORY. err->line is the row, counted from 1.
 * Threads  one at a time for each writer. */
CENTIME_API int centime_writer_columns(centime_writer *writer, const centime_batch *batch,
                                       centime_write_result *result, centime_error *err);

typedef struct centime_row_tag {
    centime_text key;
    centime_text value; /* "" is no tag */
} centime_row_tag;

typedef struct centime_row {
    uint32_t struct_size;
    uint32_t tag_count;
    const char *table;
    const centime_row_tag *tags;  /* in any order, no key twice; at most 128 */
    const centime_column *fields; /* each with one value; `present` is not looked at */
    uint32_t field_count;         /* 1 to 1,024 */
    uint32_t reserved;
    int64_t time_ns;
} centime_row;

/* Adds one row of any table to the writer's batch, which centime_writer_commit writes: rows of many
 * tables in one commit. A row that is refused leaves the batch as it was.
 * row      borrowed for the call, but texts of string fields until the batch is committed or
 *          discarded
 * Errors   as centime_writer_columns, for this row alone: LIMIT is too many tags or fields, a name
 *          too long, or a batch of 16 million rows.
 * Threads  one at a time for each writer. */
CENTIME_API int centime_writer_row(centime_writer *writer, const centime_row *row,
                                   centime_error *err);

/* Removes, in one commit, the rows of a table whose tags equal all of the given and whose time is
 * in [start_ns, end_ns).
 * keys, values  count of each; the value "" matches rows without the tag; count 0: all rows
 * end_ns        INT64_MAX includes it
 * commit        NULL: not wanted
 * Errors        NOT_FOUND, LIMIT, READ_ONLY, IO, DISK_FULL.
 * Threads       any. */
CENTIME_API int centime_delete(centime_store *store, const char *database, const char *table,
                               const char *const *keys, const char *const *values, size_t count,
                               int64_t start_ns, int64_t end_ns, uint64_t *commit,
                               centime_error *err);

/* -- Restating -------------------------------------------------------------------------------- */

/* Which rows are replaced: those of the table whose tags equal all of the given and whose time is
 * in [start_ns, end_ns). */
typedef struct centime_restate_scope {
    uint32_t struct_size;
    uint32_t reserved;
    const char *database;
    const char *table;         /* need not exist yet */
    const char *const *keys;   /* key_count of them, none twice */
    const char *const *values; /* "": without the tag */
    size_t key_count;
    int64_t start_ns, end_ns; /* both 0: all times */
} centime_restate_scope;

#define CENTIME_RESTATE_SCOPE_INIT                                                                 \
    {                                                                                              \
        (uint32_t)sizeof(centime_restate_scope), 0, NULL, NULL, NULL, NULL, 0, 0, 0                \
    }

typedef struct centime_restate_options {
    uint32_t struct_size;
    uint32_t precision;    /* enum centime_precision, for centime_restate */
    uint8_t expects_count; /* 1: expected_count must be met; needed to give no rows at all */
    uint8_t has_sequence;  /* 1: refused where `sequence` is below that of the scope's last */
    uint8_t is_forced;     /* 1: whatever the sequence says */
    uint8_t reserved[5];
    uint64_t expected_count;    /* rows that the scope has afterwards */
    const char *expected_total; /* "123.45": what `field` adds up to, exactly; NULL: anything */
    const char *field;          /* a decimal or integer; NULL: cost_usd */
    uint64_t sequence;          /* of the artifact: a revision, a time of writing */
} centime_restate_options;

#define CENTIME_RESTATE_OPTIONS_INIT                                                               \
    {                                                                                              \
        (uint32_t)sizeof(centime_restate_options), 0, 0, 0, 0, {0, 0, 0, 0, 0}, 0, NULL, NULL, 0   \
    }

typedef struct centime_restate_result {
    uint32_t struct_size;
    uint8_t is_unchanged; /* 1: the scope holds these rows since `commit`; nothing was written */
    uint8_t reserved[3];
    uint64_t commit; /* that made the scope what it is; 0: there was and is nothing */
    uint64_t given_rows;
    uint64_t numbered_rows; /* of these, equal charges that got an entry_id to count each */
    uint64_t folded_rows;   /* of these, repeats that others took the place of */
    uint64_t rows_before, rows_after; /* of the scope */
    /* Exact, "" where there is no total: without the field, or of several currencies. */
    char total_before[128], total_after[128];
} centime_restate_result;

#define CENTIME_RESTATE_RESULT_INIT                                                                \
    {                                                                                              \
        (uint32_t)sizeof(centime_restate_result), 0, {0, 0, 0}, 0, 0, 0, 0, 0, 0, "", ""           \
    }

/* Replaces, in one commit, every row of a scope by the rows of a text in line protocol: all of it
 * or nothing, also through a crash. Queries see the old rows until then, and the new ones after. In
 * a ledger (cost) lines that are alike count each: the second of the same series and time gets the
 * entry_id "2", and so on; the same entry_id twice is one row, the last. In other tables the last
 * of the same series and time wins. The same rows again change nothing. options  NULL: nothing is
 * expected result   NULL: not wanted Errors   PARSE, TYPE: a bad line (err->line). INVALID: a line
 * outside the scope (err->line), a count or total that was not expected, no lines. STALE: an older
 * sequence. NOT_FOUND: the field. CURRENCY. READ_ONLY, IO, DISK_FULL, LIMIT, NO_MEMORY. Nothing was
 * changed. Threads  any. */
CENTIME_API int centime_restate(centime_store *store, const centime_restate_scope *scope,
                                const char *text, size_t len,
                                const centime_restate_options *options,
                                centime_restate_result *result, centime_error *err);

/* The same in steps, for texts of any length: begin, lines as often as there are some, finish or
 * abandon. Rows are staged in files where they are many. Every restatement is finished or abandoned
 * before its store is closed. */
typedef struct centime_restatement centime_restatement;

/* Errors: INVALID, LIMIT (the scope), READ_ONLY, NO_MEMORY. Any thread; used by one at a time. */
CENTIME_API int centime_restate_begin(centime_store *store, const centime_restate_scope *scope,
                                      centime_restatement **out, centime_error *err);
/* Stages the lines of a text.
 * is_final  0: a last line that may go on is left; read it again with what follows
 * options   NULL: ns; only precision and default time count
 * consumed  bytes dealt with; NULL with is_final
 * Errors    as centime_restate, err->line counted through all texts. After any of them the
 *           restatement can only be abandoned. */
CENTIME_API int centime_restate_lines(centime_restatement *restatement, const char *text,
                                      size_t len, int is_final,
                                      const centime_write_options *options, size_t *consumed,
                                      centime_error *err);
/* Commits, or changes nothing. The restatement is gone in any case. */
CENTIME_API int centime_restate_finish(centime_restatement *restatement,
                                       const centime_restate_options *options,
                                       centime_restate_result *result, centime_error *err);
CENTIME_API void centime_restate_abandon(centime_restatement *restatement);

/* -- Asking ----------------------------------------------------------------------------------- */

enum centime_function {
    CENTIME_COUNT = 0, /* of values; without a field, of rows */
    CENTIME_SUM = 1,   /* exact for decimals and integers */
    CENTIME_MEAN = 2,  /* of these half to even, 6 digits more after the point than the sum has */
    CENTIME_MIN = 3,
    CENTIME_MAX = 4,
    CENTIME_FIRST = 5, /* value with the smallest time; of several the largest */
    CENTIME_LAST = 6,
    CENTIME_FIRST_TIME = 7, /* the time of that value */
    CENTIME_LAST_TIME = 8,
    CENTIME_SPREAD = 9,          /* largest less smallest, exact */
    CENTIME_STDDEV = 10,         /* of a sample, a double from exact sums; null of one value */
    CENTIME_MEDIAN = 11,         /* of an even number the mean of the two in the middle, exact */
    CENTIME_QUANTILE = 12,       /* the value of rank ceil(quantile x n): one of the values */
    CENTIME_MODE = 13,           /* the most frequent value; of several the smallest */
    CENTIME_COUNT_DISTINCT = 14, /* different values of a field, or of a tag */
    /* For each series by itself, then the sum over series: */
    CENTIME_INCREASE = 15, /* of a counter; a drop is a reset, which began from 0 */
    CENTIME_RATE = 16,     /* that by the time that it took, per second unless unit_ns says else */
    CENTIME_INTEGRAL = 17, /* of a rate such as dollars per hour: each value holds until the next,
                              the last until the range ends; per hour unless unit_ns says else */
    /* In little memory, and from rollups that keep them: */
    CENTIME_APPROXIMATE_QUANTILE = 18, /* within 1 % of the value, a double */
    CENTIME_APPROXIMATE_DISTINCT = 19  /* of a field, standard error 1.6 % */
};

typedef struct centime_aggregate {
    uint32_t function; /* enum centime_function */
    uint32_t reserved;
    const char *field; /* NULL: rows, for CENTIME_COUNT */
    const char *name;  /* of the result's column; NULL: "sum_cost_usd", "count" */
} centime_aggregate;

/* What some functions need to know besides. Digits: results of exact types are rounded half to
 * even, once. */
typedef struct centime_aggregate_options {
    uint32_t struct_size;
    uint8_t has_scale; /* 1: `scale` digits after the point, for MEAN, RATE and INTEGRAL */
    uint8_t scale;     /* at most 38 */
    uint8_t reserved[2];
    const char *tag;    /* of COUNT_DISTINCT, in place of a field; rows without it do not count */
    double quantile;    /* 0 to 1, as 0.95 */
    int64_t unit_ns;    /* of RATE and INTEGRAL; 0: a second, an hour */
    int64_t gap_max_ns; /* of INCREASE, RATE and INTEGRAL: a sample says nothing about what is
                           further away; samples that much before the range are seen. 0: any gap,
                           and nothing before the range */
} centime_aggregate_options;

enum centime_filter_kind {
    CENTIME_AND = 0,     /* all of children */
    CENTIME_OR = 1,      /* one of children */
    CENTIME_NOT = 2,     /* not its one child */
    CENTIME_IN = 3,      /* the tag has one of values; "" is a missing tag */
    CENTIME_MATCH = 4,   /* the tag matches the regular expression values[0] (PCRE2, within limits);
                            the text of a missing tag is "" */
    CENTIME_PRESENT = 5, /* the row has the tag */
    /* `tag` is the name of a field; what has no value in it does not pass. values[0] is read as the
     * field's type: "12.50", "true", a text. Numbers are compared exactly, floats as doubles. */
    CENTIME_FIELD_EQUAL = 6,
    CENTIME_FIELD_NOT_EQUAL = 7,
    CENTIME_FIELD_LESS = 8,
    CENTIME_FIELD_LESS_EQUAL = 9,
    CENTIME_FIELD_GREATER = 10,
    CENTIME_FIELD_GREATER_EQUAL = 11,
    CENTIME_FIELD_MATCH = 12, /* the regular expression values[0], of a string */
    CENTIME_FIELD_PRESENT = 13
};

typedef struct centime_filter {
    uint32_t kind; /* enum centime_filter_kind */
    uint32_t child_count;
    const struct centime_filter *children;
    const char *tag; /* or field */
    const char *const *values;
    size_t value_count;
} centime_filter;

/* Lets another thread end a query early. */
typedef struct centime_cancel centime_cancel;

/* Errors: NO_MEMORY. The flag outlives the queries that it was given to. */
CENTIME_API int centime_cancel_create(centime_cancel **out, centime_error *err);
/* Queries that have the flag end with CANCELLED, soon. Any thread. */
CENTIME_API void centime_cancel_set(centime_cancel *cancel);
CENTIME_API void centime_cancel_destroy(centime_cancel *cancel);

enum centime_arithmetic {
    CENTIME_ADD = 0,
    CENTIME_SUBTRACT = 1,
    CENTIME_MULTIPLY = 2,
    CENTIME_DIVIDE = 3 /* null where the divisor is 0 */
};

/* A column worked out from two that stand before it, or from one and a constant: exactly, but with
 * floats in doubles; null where one of them is. */
typedef struct centime_computed {
    uint32_t struct_size;
    uint32_t operation;      /* enum centime_arithmetic */
    const char *name;        /* of the column */
    const char *left;        /* name of a column; NULL: left_value */
    const char *left_value;  /* a number as text */
    const char *right;       /* as left */
    const char *right_value; /* as left_value */
    uint8_t has_scale;       /* 1: rounded half to even at `scale` digits after the point; else only
                                ratios are, at 12 */
    uint8_t scale;
    uint8_t reserved[6];
} centime_computed;

/* Time buckets as calendars have them. */
enum centime_unit {
    CENTIME_NO_UNIT = 0,
    CENTIME_HOURS = 1,
    CENTIME_DAYS = 2,
    CENTIME_WEEKS = 3,
    CENTIME_MONTHS = 4,
    CENTIME_QUARTERS = 5,
    CENTIME_YEARS = 6
};

/* Rows for time buckets without rows, over the whole range (an open end: to the last bucket with
 * rows), for each group that has rows somewhere, and what stands in them. */
enum centime_fill {
    CENTIME_FILL_NONE = 0, /* no such rows */
    CENTIME_FILL_NULL = 1,
    CENTIME_FILL_PREVIOUS = 2,
    CENTIME_FILL_LINEAR = 3, /* between the bucket before and the one after; exact types are rounded
                                half to even, at fill_scale or with 6 digits more than those have */
    CENTIME_FILL_VALUE = 4   /* fill_value */
};

/* The cost that aggregates without a field are of; the first field there is of the names. */
enum centime_basis {
    CENTIME_BASIS_NONE = 0,
    CENTIME_BILLED = 1,    /* cost_usd, billed_cost, cost */
    CENTIME_EFFECTIVE = 2, /* effective_cost, effective_cost_usd */
    CENTIME_LIST = 3,      /* list_cost, list_cost_usd */
    CENTIME_CONTRACTED = 4 /* contracted_cost, contracted_cost_usd */
};

/* By which date a charge counts. By billing: at the start of the month in its tag billing_period,
 * or, without one, of the month of the charge. Time buckets are then months or longer. */
enum centime_dating { CENTIME_BY_CHARGE = 0, CENTIME_BY_BILLING = 1 };

enum centime_query_mode {
    CENTIME_AGGREGATE = 0, /* columns: time (with time buckets), tags, aggregates, computed */
    CENTIME_ROWS = 1       /* columns: time, tags, fields */
};

/* A question. Rows of the answer are sorted by its columns from left to right unless order_by says
 * otherwise; nulls come last. */
typedef struct centime_query {
    uint32_t struct_size;
    uint32_t mode; /* enum centime_query_mode */
    const char *database;
    const char *table;
    const centime_aggregate *aggregates;
    size_t aggregate_count;
    const char *const *fields; /* of CENTIME_ROWS */
    size_t field_count;
    const char *const *tags; /* grouped by, or selected */
    size_t tag_count;
    const centime_filter *filter; /* NULL: all rows */
    int64_t start_ns, end_ns;     /* start <= time < end; both 0: all times */
    int64_t bucket_ns;            /* width of time buckets; 0: none */
    int64_t origin_ns;            /* a time at which a bucket begins */
    const char *order_by;         /* name of a result's column; NULL: none */
    uint8_t is_descending;
    uint8_t skips_empty;     /* 1: leaves out rows in which every field's value is null */
    uint8_t ignores_rollups; /* 1: reads rows, never rollups: the same answer, slower */
    uint8_t reserved;
    uint32_t threads;             /* 0: the store's */
    uint64_t limit;               /* rows of the answer; 0: all */
    uint64_t rows_max;            /* LIMIT beyond; 0: 10 million */
    size_t memory_bytes;          /* LIMIT beyond; 0: none */
    const centime_cancel *cancel; /* NULL: cannot be cancelled */
    /* The store as it was: after that commit, or after the last one made at or before that time.
     * Both 0: as it is. */
    uint64_t as_of_commit;
    int64_t as_of_time_ns;
    const centime_aggregate_options *aggregate_options; /* one for each aggregate; NULL: none */
    const centime_computed *computed;
    size_t computed_count;
    uint32_t unit;       /* enum centime_unit: calendar buckets, in place of bucket_ns */
    uint32_t unit_count; /* in one bucket, as 3 months; 0: 1 */
    int32_t unit_phase;  /* units by which buckets of several begin later; from -10,000 to 10,000 */
    uint8_t week_start;  /* 1 Monday to 7 Sunday; 0: Monday */
    uint8_t year_month;  /* in which years and quarters begin, 1 to 12; 0: January */
    uint8_t month_day;   /* on which months, quarters and years begin; 0: the 1st */
    uint8_t reserved2;
    const char *time_zone; /* of the calendar, IANA name; NULL: UTC */
    uint32_t fill;         /* enum centime_fill */
    uint8_t has_fill_scale;
    uint8_t fill_scale;
    uint8_t has_convert_scale;
    uint8_t convert_scale;
    const char *fill_value; /* a number as text */
    uint64_t bucket_limit;  /* rows of each time bucket, the first by order_by; 0: all */
    uint32_t basis;         /* enum centime_basis */
    uint32_t dating;        /* enum centime_dating */
    /* Sums and means of money brought to this currency, each amount at the rate of its time; NULL:
     * amounts in several currencies are refused unless grouped by currency. Rounded half to even
     * where has_convert_scale is 1. */
    const char *convert_to;
    const char *rate_table; /* see centime_rate_set; NULL: "default" */
    int64_t elapsed_max_ns; /* LIMIT beyond; 0: none */
} centime_query;

#define CENTIME_QUERY_INIT                                                                         \
    {                                                                                              \
        (uint32_t)sizeof(centime_query), 0, NULL, NULL, NULL, 0, NULL, 0, NULL, 0, NULL, 0, 0, 0,  \
            0, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, 0, 0, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, NULL, \
            0, 0, 0, 0, 0, NULL, 0, 0, 0, NULL, NULL, 0                                            \
    }

typedef struct centime_result centime_result;

/* Answers a question from the rows that were committed when the call began.
 * Owns     *out is the caller's until centime_result_destroy, also after centime_close.
 * Errors   NOT_FOUND (names what), TYPE, INVALID, CURRENCY (names them), LIMIT, RANGE, CANCELLED,
 *          CORRUPT, IO, NO_MEMORY.
 * Threads  any. */
CENTIME_API int centime_run(centime_store *store, const centime_query *query, centime_result **out,
                            centime_error *err);
CENTIME_API void centime_result_destroy(centime_result *result);

/* What centime_run would read for the question, without reading it: a row for each kind of source.
 * Columns: source (rows, merged rows, live cells, segment cells, rollup file), grain and tags of
 * its rollup, parts, segments, rows (which it stands for, before the filter), cells, start, end.
 * Owns, errors, threads: as centime_run. */
CENTIME_API int centime_explain(centime_store *store, const centime_query *query,
                                centime_result **out, centime_error *err);

CENTIME_API uint64_t centime_result_rows(const centime_result *result);
CENTIME_API uint32_t centime_result_columns(const centime_result *result);
/* NULL past the last column. Lives as long as the result. */
CENTIME_API const char *centime_result_name(const centime_result *result, uint32_t column);
/* CENTIME_TIME, TEXT, INT64, UINT64, FLOAT64, BOOL or DECIMAL; 0 past the last column. */
CENTIME_API int centime_result_type(const centime_result *result, uint32_t column);
/* Index of the column, -1 where there is none. */
CENTIME_API int centime_result_find(const centime_result *result, const char *name);

/* One value. 1 for null, and for a row or column that is not there. */
CENTIME_API int centime_result_is_null(const centime_result *result, uint32_t column, uint64_t row);
/* Of TIME, INT64, BOOL, and of UINT64 as the same bits; else 0. */
CENTIME_API int64_t centime_result_int64(const centime_result *result, uint32_t column,
                                         uint64_t row);
/* The nearest double of any number; 0 for texts and nulls. */
CENTIME_API double centime_result_double(const centime_result *result, uint32_t column,
                                         uint64_t row);
/* Of TEXT; {"", 0} else. Lives as long as the result. */
CENTIME_API centime_text centime_result_text(const centime_result *result, uint32_t column,
                                             uint64_t row);

/* Room for any value of a DECIMAL as text, with its zero byte. */
#define CENTIME_DECIMAL_BYTES 128

/* Any value as text, as the writers below print it, ended by a zero byte: decimals with all their
 * digits (money with at least two after the point), times in RFC 3339, null as "". Texts are cut at
 * cap - 1 bytes. Returns the length of the whole. */
CENTIME_API size_t centime_result_print(const centime_result *result, uint32_t column, uint64_t row,
                                        char *out, size_t cap);

/* mantissa x 10^-scale, the mantissa in two's complement, 128 bits. */
typedef struct centime_decimal {
    uint64_t low;
    int64_t high;
    uint32_t scale;
    uint32_t reserved;
} centime_decimal;

/* Of DECIMAL. Errors: INVALID (another type, null), RANGE (a sum past 128 bits: print it). */
CENTIME_API int centime_result_decimal(const centime_result *result, uint32_t column, uint64_t row,
                                       centime_decimal *out, centime_error *err);

/* A whole column: int64_t, uint64_t, double, uint8_t or centime_text, by its type; NULL for
 * DECIMAL. And its nulls: 1 or 0 for each row. Live as long as the result. */
CENTIME_API const void *centime_result_values(const centime_result *result, uint32_t column);
CENTIME_API const uint8_t *centime_result_nulls(const centime_result *result, uint32_t column);

typedef struct centime_result_stats {
    uint32_t struct_size;
    uint32_t reserved;
    uint64_t rows_scanned;     /* that matched range and filter, save those of groups known not
                                  to be among the first */
    uint64_t blocks_read;      /* decoded */
    uint64_t blocks_from_sums; /* answered from stored sums */
    uint64_t elapsed_ns;
    uint64_t cells_read;      /* of rollups */
    uint64_t rows_from_cells; /* rows that those stand for */
} centime_result_stats;

/* Errors: INVALID (struct_size). */
CENTIME_API int centime_result_stats_of(const centime_result *result, centime_result_stats *out);

/* -- Looking back -----------------------------------------------------------------------------
 *
 * Commits are numbered from 1. What was overwritten, deleted or restated is kept for as many days
 * as the store remembers history (400 unless told otherwise), and questions may be asked as of any
 * commit, or any time, in that reach. */

/* Sets how far back history is kept, durably: 0 keeps none. What is past it is dropped in the
 * background.
 * Errors   READ_ONLY, LIMIT (more than 36,500 days), IO, DISK_FULL, NO_MEMORY.
 * Threads  any. */
CENTIME_API int centime_keep_history(centime_store *store, uint32_t days, centime_error *err);

/* The last commit made at or before a time; 0 where there was none yet. Known to the second, and to
 * the minute for commits that are more than an hour older than the last.
 * Errors   RANGE: so far back that it is not known any more.
 * Threads  any. */
CENTIME_API int centime_commit_at(centime_store *store, int64_t time_ns, uint64_t *commit,
                                  centime_error *err);

/* When a commit was made, as exactly.
 * Errors   RANGE (it has not been made), NOT_FOUND (not known).
 * Threads  any. */
CENTIME_API int centime_commit_time(centime_store *store, uint64_t commit, int64_t *time_ns,
                                    centime_error *err);

/* What to compare. All zero but struct_size, table, field and a `from` is a useful default. */
typedef struct centime_difference_query {
    uint32_t struct_size;
    uint32_t threads; /* 0: the store's */
    const char *database;
    const char *table;
    const char *field;       /* a decimal or an integer: its sums are compared */
    const char *const *tags; /* grouped by */
    size_t tag_count;
    const centime_filter *filter; /* NULL: all rows */
    int64_t start_ns, end_ns;     /* start <= time < end; both 0: all times */
    uint64_t from_commit;         /* compared with what there was after this commit, or */
    int64_t from_time_ns;         /* at this time: one of the two must be given */
    uint64_t to_commit;           /* likewise; both 0: with what there is now */
    int64_t to_time_ns;
    uint64_t rows_max;            /* LIMIT beyond; 0: 10 million */
    size_t memory_bytes;          /* LIMIT beyond; 0: none */
    const centime_cancel *cancel; /* NULL: cannot be cancelled */
} centime_difference_query;

/* What has changed between two moments, by tags: columns of the tags, then before, after, change
 * (exact decimals; before and after null where the group has no value) and status ("new": no rows
 * before; "gone": no rows after; "changed"). Groups that have not changed are left out, so the
 * changes add up to that of the whole.
 * Owns     as centime_run.
 * Errors   as centime_run; RANGE too where history does not reach, TYPE for floats.
 * Threads  any. */
CENTIME_API int centime_difference(centime_store *store, const centime_difference_query *query,
                                   centime_result **out, centime_error *err);

/* -- Bytes handed out ------------------------------------------------------------------------- */

typedef struct centime_buffer centime_buffer;

/* Live until the buffer is destroyed; a zero byte follows them. */
CENTIME_API const char *centime_buffer_bytes(const centime_buffer *buffer);
CENTIME_API size_t centime_buffer_len(const centime_buffer *buffer);
CENTIME_API void centime_buffer_destroy(centime_buffer *buffer);

/* JSON: {"rows":[{"time":"2026-06-01T00:00:00Z","provider":"aws","sum_cost_usd":3.50}]} */
enum centime_format {
    CENTIME_JSON = 0,
    CENTIME_CSV = 1,    /* RFC 4180, a header line, CRLF; null is an empty cell, "" a quoted one */
    CENTIME_TABLE = 2,  /* aligned columns for people */
    CENTIME_NDJSON = 3, /* one JSON object a line */
    /* {"columns":[{"name":"time","type":"time"},...],"rows":[["2026-06-01T00:00:00Z","aws",3.50]]};
     * types: time, text, int64, uint64, float64, bool, decimal */
    CENTIME_JSON_COLUMNS = 4,
    CENTIME_ARROW = 5, /* bytes: an Arrow IPC stream, of the types of centime_result_arrow_stream */
    /* or'ed to one of JSON: decimals as "3.50", for readers whose numbers are doubles */
    CENTIME_DECIMALS_QUOTED = 0x100
};

/* Decimals keep every digit: they are numbers in JSON, but never doubles on the way.
 * Owns     *out is the caller's until centime_buffer_destroy.
 * Errors   INVALID (format), NO_MEMORY; of Arrow also RANGE (a decimal of more than 76 digits).
 * Threads  any. */
CENTIME_API int centime_result_format(const centime_result *result, int format,
                                      centime_buffer **out, centime_error *err);

/* -- Arrow ------------------------------------------------------------------------------------
 *
 * The structs of Arrow's C data and C stream interfaces, as Arrow defines them; left out where
 * another header has brought them already. */

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE           2
#define ARROW_FLAG_MAP_KEYS_SORTED    4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

#endif

/* An answer as a stream of record batches of at most 65,536 rows. TIME is timestamp[ns, UTC], TEXT
 * utf8 (bytes that are not UTF-8 become U+FFFD), DECIMAL decimal128(38, s), or decimal256(76, s)
 * where a value needs more than 38 digits, s the least scale that holds the whole column; INT64,
 * UINT64, FLOAT64 and BOOL are themselves. All columns may have nulls. Numbers and times are not
 * copied.
 * Owns     *out is the caller's until its release. It and what comes from it may outlive the result
 *          and the store; what comes from a part of a summary may not outlive the summary.
 * Errors   RANGE (names a column with a decimal of more than 76 digits), NO_MEMORY.
 * Threads  any; the stream is then used by one at a time. */
CENTIME_API int centime_result_arrow_stream(const centime_result *result,
                                            struct ArrowArrayStream *out, centime_error *err);

/* -- InfluxQL --------------------------------------------------------------------------------- */

/* How times are printed. */
enum centime_influx_epoch {
    CENTIME_EPOCH_RFC3339 = 0, /* "2026-06-01T00:00:00Z"; in CSV as CENTIME_EPOCH_NS */
    CENTIME_EPOCH_NS = 1,      /* whole numbers since 1970 UTC, rounded towards 0 */
    CENTIME_EPOCH_US = 2,
    CENTIME_EPOCH_MS = 3,
    CENTIME_EPOCH_S = 4,
    CENTIME_EPOCH_M = 5,
    CENTIME_EPOCH_H = 6
};

enum centime_influx_parameter_kind {
    CENTIME_PARAMETER_STRING = 0,
    CENTIME_PARAMETER_INTEGER = 1,
    CENTIME_PARAMETER_NUMBER = 2,
    CENTIME_PARAMETER_BOOLEAN = 3, /* "true" or "false" */
    CENTIME_PARAMETER_REGEX = 4,   /* without slashes */
    CENTIME_PARAMETER_DURATION = 5,
    CENTIME_PARAMETER_IDENTIFIER = 6
};

/* What stands for $name: never read as a part of the statement's text. */
typedef struct centime_influx_parameter {
    const char *name;
    const char *value; /* text of the value */
    uint32_t kind;     /* enum centime_influx_parameter_kind */
    uint32_t reserved;
} centime_influx_parameter;

/* What a caller may do with a database. */
typedef struct centime_influx_grant {
    const char *database; /* "*": every one */
    uint8_t reads, writes;
    uint8_t reserved[6];
} centime_influx_grant;

typedef struct centime_influx_options {
    uint32_t struct_size;
    uint8_t epoch;        /* enum centime_influx_epoch */
    uint8_t format;       /* CENTIME_JSON, CENTIME_CSV or CENTIME_TABLE */
    uint8_t is_read_only; /* 1: CREATE, DROP and DELETE are refused */
    uint8_t is_get;       /* 1: DROP and DELETE are refused, CREATE DATABASE warns: as GET asks */
    const char *database; /* of statements that name none; NULL: they fail */
    const centime_influx_parameter *parameters;
    size_t parameter_count;
    int64_t now_ns;      /* what now() is; 0: now */
    uint64_t rows_max;   /* of a statement; 0: 10 million */
    size_t memory_bytes; /* of the answer at any time, its text apart; 0: none */
    uint32_t threads;    /* 0: the store's */
    uint32_t chunk_rows; /* JSON: a document a line for each so many rows, as InfluxDB's chunks; 0:
                            one document */
    const centime_cancel *cancel; /* NULL: cannot be cancelled */
    uint32_t *failed_count; /* set to how many statements failed, where CENTIME_OK; may be NULL */
    const char *retention_policy; /* of sources that name none; NULL: autogen, the only one */
    /* NULL: every database is the caller's. Else one without a grant does not exist for the caller:
     * it is not listed, and naming it is answered as for a name that nobody has. */
    const centime_influx_grant *grants;
    size_t grant_count;
    uint8_t is_pretty; /* 1: JSON over many lines */
    uint8_t reserved[7];
} centime_influx_options;

#define CENTIME_INFLUX_OPTIONS_INIT                                                                \
    {                                                                                              \
        (uint32_t)sizeof(centime_influx_options), 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, 0, 0, NULL,  \
            NULL, NULL, NULL, 0, 0,                                                                \
        {                                                                                          \
            0, 0, 0, 0, 0, 0, 0                                                                    \
        }                                                                                          \
    }

/* Runs statements of InfluxQL, separated by semicolons, and answers as InfluxDB 1.x does:
 * {"results":[{"statement_id":0,"series":[{"name":"cpu","columns":["time","mean"],"values":[[..]]}]}]}.
 * What a statement may be: README.md of query/influxql. Decimals keep every digit.
 * text     of `len` bytes
 * options  NULL: the defaults
 * Owns     *out is the caller's until centime_buffer_destroy.
 * Errors   PARSE (the text says "error parsing query: ..."), LIMIT (of the text), INVALID,
 *          NO_MEMORY. What goes wrong in a statement is in its result:
 *          {"statement_id":0,"error":..}; after one that failed the others are "not executed".
 * Threads  any. */
CENTIME_API int centime_influxql(centime_store *store, const char *text, size_t len,
                                 const centime_influx_options *options, centime_buffer **out,
                                 centime_error *err);

/* The same text piece by piece, for answers of any length: begin, next until there is no more, end.
 * No more is held at a time than one statement's result and one piece. Every answer is ended before
 * its store is closed. */
typedef struct centime_influx_answer centime_influx_answer;

/* Reads the statements; none is run yet. Text and options are copied; options->cancel and
 * failed_count, which is counted up, live until the end.
 * Errors   as centime_influxql; INVALID for tables, which come in one piece. Threads: any; the
 *          answer is then used by one at a time. */
CENTIME_API int centime_influxql_begin(centime_store *store, const char *text, size_t len,
                                       const centime_influx_options *options,
                                       centime_influx_answer **out, centime_error *err);
/* Runs what there is to run for it, and gives the next piece: about 64 KiB, or what one statement
 * answers where that is less.
 * bytes    lives until the next call
 * len      0: there is no more
 * Errors   NO_MEMORY: the answer can only be ended. */
CENTIME_API int centime_influxql_next(centime_influx_answer *answer, const char **bytes,
                                      size_t *len, centime_error *err);
CENTIME_API void centime_influxql_end(centime_influx_answer *answer); /* NULL is fine */

/* -- Summaries -------------------------------------------------------------------------------- */

typedef struct centime_cost_options {
    uint32_t struct_size;
    uint32_t top_count; /* of resources; 0: 10 */
    const char *database;
    const char *currency; /* only costs in it; NULL: all, CURRENCY where they are several */
    int64_t end_ns;       /* inclusive; 0: now */
    int64_t window_ns;    /* costs later than end - window; 0: 24 hours */
} centime_cost_options;

typedef struct centime_cost_summary centime_cost_summary;

/* Sums up field cost_usd of the table `cost` over (end - window, end]. No such table: a total of 0
 * and nothing else. The costs by provider add up to the total exactly, as do those by service.
 * options  NULL: the last 24 hours
 * Owns     *out is the caller's until centime_cost_summary_destroy, also after centime_close.
 * Errors   CURRENCY, INVALID, LIMIT, CORRUPT, IO, NO_MEMORY.
 * Threads  any. */
CENTIME_API int centime_cost_summary_run(centime_store *store, const centime_cost_options *options,
                                         centime_cost_summary **out, centime_error *err);
CENTIME_API void centime_cost_summary_destroy(centime_cost_summary *summary);

/* Parts of a summary: those below, and CENTIME_BY_TAG + i for its entry tags. */
enum centime_cost_part {
    CENTIME_BY_PROVIDER = 0,
    CENTIME_BY_SERVICE = 1,
    CENTIME_BY_CLUSTER = 2,
    CENTIME_BY_REGION = 3,
    CENTIME_TOP_RESOURCES = 4, /* by cost, descending; ties by id */
    CENTIME_BY_TAG = 5
};

/* Exact text, with at least two digits after the point; cap CENTIME_DECIMAL_BYTES suffices. Returns
 * its length. */
CENTIME_API size_t centime_cost_summary_total(const centime_cost_summary *summary, char *out,
                                              size_t cap);
/* "USD". */
CENTIME_API const char *centime_cost_summary_currency(const centime_cost_summary *summary);
CENTIME_API uint32_t centime_cost_summary_tags(const centime_cost_summary *summary);
/* "provider", ..., "resource_id", or an entry tag's name without "tag."; NULL where there is no
 * such part. */
CENTIME_API const char *centime_cost_summary_name(const centime_cost_summary *summary,
                                                  uint32_t part);
/* Two columns: the tag's value and the cost. NULL for an empty part. Lives as long as the summary.
 */
CENTIME_API const centime_result *centime_cost_summary_part(const centime_cost_summary *summary,
                                                            uint32_t part);
/* JSON: total_cost, by_provider, by_service, by_cluster, by_region, by_tag, top_resources,
 * currency, window. Errors: NO_MEMORY. */
CENTIME_API int centime_cost_summary_json(const centime_cost_summary *summary, centime_buffer **out,
                                          centime_error *err);
/* The same in another format: CENTIME_JSON | CENTIME_DECIMALS_QUOTED. Errors: INVALID too. */
CENTIME_API int centime_cost_summary_format(const centime_cost_summary *summary, int format,
                                            centime_buffer **out, centime_error *err);

/* How other summaries are asked for and printed. All 0: the present, money as numbers. */
typedef struct centime_summary_options {
    uint32_t struct_size;
    uint32_t format; /* CENTIME_JSON, or'ed with CENTIME_DECIMALS_QUOTED: money as "3.50" */
    int64_t end_ns;  /* as it was at that time: from rows up to it, itself included, or, of budgets,
                        in the period that holds it; 0: now */
} centime_summary_options;

/* JSON by cluster id: health_status, total_nodes, healthy_nodes, avg_cpu_usage, avg_memory_usage,
 * avg_disk_usage, avg_gpu_usage, of all clusters that are registered or have sent rows to the table
 * `system`. A node not heard for 5 minutes, or never since its registration 5 minutes ago, counts
 * as down; a cluster is "unknown" as long as no node was heard and none is overdue.
 * now_ns   samples after it are left out; 0: now, and all count, as clocks may run ahead
 * Owns     *out is the caller's until centime_buffer_destroy.
 * Errors   LIMIT, CORRUPT, IO, NO_MEMORY.
 * Threads  any. */
CENTIME_API int centime_cluster_health_json(centime_store *store, const char *database,
                                            int64_t now_ns, centime_buffer **out,
                                            centime_error *err);

/* -- What observability programs report -------------------------------------------------------
 *
 * Measurements and charges are kept in ordinary tables (`system`, `service`, `llm_training`, `rag`,
 * `cost`) and may be written and asked in any other way too. Clusters, services and budgets are
 * small records under the same log.
 *
 * In structs of measurements a text that is NULL or "" is not given, and a member that CENTIME_HAS_
 * names counts only where its bit is set in `has`: what is unknown is not zero. Money is decimal
 * text ("3.50", "7.8125e-08"), and no double. A time of 0 is the present. Arrays are of structs of
 * one size; a call writes all of them in one commit or none. */

#define CENTIME_HAS_ALL UINT32_MAX /* every member counts */

/* Registers a cluster with the nodes that it should have, durably; again: takes the place of what
 * was said before, but the time of the first registration stays, of each node too.
 * nodes     node_count names, in any order; at most 65,536
 * region    NULL: "us-east-1"
 * answer {"status":"registered","cluster_id":...,"region":...,"nodes":[...],"registered_at":...},
 *           the caller's until centime_buffer_destroy; NULL: not wanted
 * Errors    INVALID (no id, an empty name), LIMIT, READ_ONLY, IO, DISK_FULL, NO_MEMORY.
 * Threads   any. */
CENTIME_API int centime_cluster_register(centime_store *store, const char *database,
                                         const char *cluster, const char *const *nodes,
                                         size_t node_count, const char *region,
                                         centime_buffer **answer, centime_error *err);

/* Registers a service of a cluster, which need not be registered, with the services that it needs.
 * answer   {"status":"registered","service":...,"cluster_id":...,"dependencies":[...],
 *          "registered_at":...}; else as centime_cluster_register. */
CENTIME_API int centime_service_register(centime_store *store, const char *database,
                                         const char *service, const char *cluster,
                                         const char *const *dependencies, size_t dependency_count,
                                         centime_buffer **answer, centime_error *err);

/* What was registered: a JSON array of what was answered then, by id, without status.
 * Owns     *out is the caller's until centime_buffer_destroy.
 * Errors   CORRUPT, NO_MEMORY.
 * Threads  any. */
CENTIME_API int centime_clusters_json(centime_store *store, const char *database,
                                      centime_buffer **out, centime_error *err);
CENTIME_API int centime_services_json(centime_store *store, const char *database,
                                      centime_buffer **out, centime_error *err);

enum centime_system_has {
    CENTIME_HAS_CPU = 1,
    CENTIME_HAS_MEMORY = 2,
    CENTIME_HAS_DISK = 4,
    CENTIME_HAS_GPU = 8,
    CENTIME_HAS_TEMPERATURE = 16,
    CENTIME_HAS_POWER = 32,
    CENTIME_HAS_ERROR_RATE = 64
};

/* One sample of one node. */
typedef struct centime_system_metrics {
    uint32_t struct_size;
    uint32_t has; /* enum centime_system_has */
    int64_t time_ns;
    const char *cluster; /* NULL: "default" */
    const char *node;    /* NULL: "default" */
    const char *region;
    double cpu_usage, memory_usage, disk_usage, gpu_usage; /* percent, 0 to 100 */
    double temperature;                                    /* degrees Celsius */
    double power;                                          /* watt */
    double error_rate;                                     /* percent */
    const char *cost_per_hour;                             /* dollars an hour */
} centime_system_metrics;

enum centime_service_has {
    CENTIME_HAS_REQUESTS = 1,
    CENTIME_HAS_SUCCESS_RATE = 2,
    CENTIME_HAS_RESPONSE_TIME = 4
};

typedef struct centime_service_metrics {
    uint32_t struct_size;
    uint32_t has; /* enum centime_service_has */
    int64_t time_ns;
    const char *service; /* required */
    const char *cluster; /* NULL: that of the service's registration, if any */
    const char *status;  /* "running" */
    int64_t request_count;
    double success_rate;      /* percent, 0 to 100 */
    double avg_response_time; /* ms */
} centime_service_metrics;

enum centime_training_has {
    CENTIME_HAS_TRAINING_LOSS = 1,
    CENTIME_HAS_VALIDATION_LOSS = 2,
    CENTIME_HAS_LEARNING_RATE = 4,
    CENTIME_HAS_GPU_MEMORY = 8,
    CENTIME_HAS_BATCH_SIZE = 16,
    CENTIME_HAS_THROUGHPUT = 32,
    CENTIME_HAS_GPU_USAGE = 64
};

/* One step, or whatever a training run reports at a time. */
typedef struct centime_training_metrics {
    uint32_t struct_size;
    uint32_t has; /* enum centime_training_has */
    int64_t time_ns;
    const char *run_id; /* required */
    const char *model_name;
    const char *cluster;
    int64_t epoch, step;
    double training_loss, validation_loss, learning_rate;
    double gpu_memory_mb;
    int64_t batch_size;
    double throughput_samples_per_sec;
    double gpu_usage; /* percent, 0 to 100 */
} centime_training_metrics;

enum centime_rag_has {
    CENTIME_HAS_RETRIEVAL_TIME = 1,
    CENTIME_HAS_GENERATION_TIME = 2,
    CENTIME_HAS_TOTAL_TIME = 4,
    CENTIME_HAS_RELEVANCE = 8,
    CENTIME_HAS_RETRIEVED_DOCS = 16,
    CENTIME_HAS_EMBEDDING_TOKENS = 32,
    CENTIME_HAS_GENERATION_TOKENS = 64
};

/* One query of a retrieval pipeline. */
typedef struct centime_rag_metrics {
    uint32_t struct_size;
    uint32_t has; /* enum centime_rag_has */
    int64_t time_ns;
    const char *pipeline_id; /* required */
    const char *query;       /* what was asked: may be private, see enum centime_query_text */
    double retrieval_time_ms, generation_time_ms, total_time_ms;
    double relevance_score; /* 0 to 1 */
    int64_t num_retrieved_docs, embedding_tokens, generation_tokens;
} centime_rag_metrics;

/* What becomes of the text of queries. A hash tells equal queries, and is no protection against
 * someone who tries out likely ones. */
enum centime_query_text {
    CENTIME_QUERY_KEPT = 0,
    CENTIME_QUERY_HASHED = 1, /* 16 hex digits of XXH3 */
    CENTIME_QUERY_DROPPED = 2
};

/* Each writes an array of one kind, durably, as centime_writer_columns does. The same series and
 * time again overwrites, so that a report may be sent twice.
 * items    `count` of them, borrowed for the call
 * result   counts; NULL: not wanted
 * Errors   INVALID (struct_size, a required text missing, NaN; err->line is the item, counted from
 *          1; see also centime_writer_partial), PARSE, RANGE (money), TYPE, LIMIT, READ_ONLY, IO,
 * DISK_FULL, NO_MEMORY. Threads  one at a time for each writer. */
CENTIME_API int centime_writer_system(centime_writer *writer, const centime_system_metrics *items,
                                      size_t count, centime_write_result *result,
                                      centime_error *err);
CENTIME_API int centime_writer_service(centime_writer *writer, const centime_service_metrics *items,
                                       size_t count, centime_write_result *result,
                                       centime_error *err);
CENTIME_API int centime_writer_training(centime_writer *writer,
                                        const centime_training_metrics *items, size_t count,
                                        centime_write_result *result, centime_error *err);
CENTIME_API int centime_writer_rag(centime_writer *writer, const centime_rag_metrics *items,
                                   size_t count, int query_text, centime_write_result *result,
                                   centime_error *err);

typedef struct centime_cost_tag {
    const char *key, *value;
} centime_cost_tag;

/* One charge, credit or refund: an amount, not a rate. */
typedef struct centime_cost_entry {
    uint32_t struct_size;
    uint32_t tag_count;
    int64_t time_ns;
    const char *provider, *service, *resource_id;
    const char *cost_usd; /* required: decimal text, negative for credits; in `currency` */
    const char *region, *account, *cluster;
    const char *currency; /* NULL: the table's, by default USD */
    const char *source, *billing_period, *invoice_id;
    const char *usage_quantity; /* decimal text */
    int64_t charge_end_ns;      /* 0: not given */
    /* An entry with the same tags, time and entry_id counts once, whatever it says the last time.
     * NULL: a fresh one, so that equal entries count each. None begins with "~". */
    const char *entry_id;
    const centime_cost_tag *tags; /* stored as tag.<key> */
} centime_cost_entry;

/* Adds charges to the ledger `cost`; else as centime_writer_system. */
CENTIME_API int centime_writer_costs(centime_writer *writer, const centime_cost_entry *items,
                                     size_t count, centime_write_result *result,
                                     centime_error *err);

/* A training run, as JSON: run_id, model_name (of the latest record), total_steps (records),
 * max_step, current_epoch, current_loss (the latest by time), best_loss (the smallest; both are
 * left out where no loss was ever given), avg_gpu_usage (percent, the mean where it was given, 0
 * where it never was), avg_throughput_samples_per_sec, start, end, duration_s; and where rows of
 * `cost` carry the run's id as tag `run_id` or `tag.run_id` total_cost, cost_per_step (of each
 * record, rounded half to even at 12 digits after the point) and currency. Owns     *out is the
 * caller's until centime_buffer_destroy. Errors   NOT_FOUND (no such run), CURRENCY (costs in
 * several), INVALID, LIMIT, CORRUPT, IO, NO_MEMORY. Threads  any. */
CENTIME_API int centime_training_summary_json(centime_store *store, const char *database,
                                              const char *run_id, centime_buffer **out,
                                              centime_error *err);

/* The same as it was at a time: NOT_FOUND before the run's first record. Errors: INVALID too. */
CENTIME_API int centime_training_summary_with(centime_store *store, const char *database,
                                              const char *run_id,
                                              const centime_summary_options *options,
                                              centime_buffer **out, centime_error *err);

/* A retrieval pipeline over all its queries, as JSON: pipeline_id, total_queries,
 * avg_retrieval_time_ms, avg_generation_time_ms, avg_total_time_ms, avg_relevance_score,
 * avg_retrieved_docs (each the mean where it was given, 0 where it never was), p50_total_time_ms,
 * p95_ and p99_ (nearest rank: of n values in order the ceil(p/100 x n)th), total_embedding_tokens,
 * total_generation_tokens.
 * Errors   NOT_FOUND (no such pipeline); else as above. */
CENTIME_API int centime_rag_summary_json(centime_store *store, const char *database,
                                         const char *pipeline_id, centime_buffer **out,
                                         centime_error *err);
/* The same as it was at a time: NOT_FOUND before the pipeline's first query. Errors: INVALID too.
 */
CENTIME_API int centime_rag_summary_with(centime_store *store, const char *database,
                                         const char *pipeline_id,
                                         const centime_summary_options *options,
                                         centime_buffer **out, centime_error *err);

/* -- Budgets ---------------------------------------------------------------------------------- */

/* Calendar periods, in the budget's time zone. */
enum centime_budget_period {
    CENTIME_BUDGET_MONTHLY = 0,
    CENTIME_BUDGET_DAILY = 1,
    CENTIME_BUDGET_WEEKLY = 2, /* from Monday */
    CENTIME_BUDGET_QUARTERLY = 3,
    CENTIME_BUDGET_YEARLY = 4
};

/* Which period a charge belongs to. */
enum centime_budget_calendar {
    CENTIME_BUDGET_CHARGE = 0, /* the one that holds its time */
    CENTIME_BUDGET_BILLING =
        1 /* the one in which its billing_period starts; without one, its time */
};

/* The rows whose tag `key` (as it is stored: entry tags are "tag.team") has one of the values; with
 * is_negated, those that have none of them. A value of NULL or "" is a row without the tag; one
 * that ends in `*` is all that begin like it. */
typedef struct centime_budget_condition {
    const char *key;
    const char *const *values;
    uint32_t value_count;
    uint32_t is_negated;
} centime_budget_condition;

typedef struct centime_budget {
    uint32_t struct_size;
    uint32_t period;             /* enum centime_budget_period */
    const char *id;              /* required */
    const char *name;            /* NULL: the id */
    const char *amount;          /* required: decimal text, more than 0; of each period */
    const char *currency;        /* NULL: "USD" */
    const char *alert_threshold; /* decimal text: a part of the amount; NULL: "0.8" */
    const char *time_zone;       /* IANA name; NULL: UTC */
    const centime_budget_condition *conditions; /* all must hold; none: every charge */
    uint32_t condition_count;                   /* at most 64 */
    uint32_t calendar;                          /* enum centime_budget_calendar */
} centime_budget;

/* Puts a budget, durably, in the place of one with its id. What was spent before in the period
 * counts.
 * Errors   INVALID, PARSE, RANGE (amounts), NOT_FOUND (time zone), LIMIT, READ_ONLY, IO, DISK_FULL.
 * Threads  any. */
CENTIME_API int centime_budget_set(centime_store *store, const char *database,
                                   const centime_budget *budget, centime_error *err);

/* Errors: NOT_FOUND; else as centime_budget_set. */
CENTIME_API int centime_budget_remove(centime_store *store, const char *database, const char *id,
                                      centime_error *err);

/* How budgets stand in the period that holds now_ns: the sum over the charges that are there, never
 * a counter beside them. Columns: budget_id, name, status ("exceeded" where spent > amount, else
 * "warning" where spent >= alert_threshold x amount, else "ok"), amount, spent, remaining,
 * percentage_used (rounded half to even at 6 digits after the point), currency, period ("monthly"),
 * period_start, period_end, other_currency_rows (charges of the scope in another currency, which
 * are not in `spent`).
 * id       NULL: all, by id
 * now_ns   0: now
 * Owns     *out is the caller's until centime_result_destroy.
 * Errors   NOT_FOUND (id, time zone), RANGE, LIMIT, CORRUPT, IO, NO_MEMORY.
 * Threads  any.
 * Cost     microseconds where nothing was written since the last time, else one query a budget. */
CENTIME_API int centime_budget_status(centime_store *store, const char *database, const char *id,
                                      int64_t now_ns, centime_result **out, centime_error *err);

/* The same as JSON: {"<budget_id>":{"name":...,"amount":50000.00,"spent":...,...}}. */
CENTIME_API int centime_budget_status_json(centime_store *store, const char *database,
                                           const char *id, int64_t now_ns, centime_buffer **out,
                                           centime_error *err);
CENTIME_API int centime_budget_status_with(centime_store *store, const char *database,
                                           const char *id, const centime_summary_options *options,
                                           centime_buffer **out, centime_error *err);

/* What was set: a JSON array of budgets by id, with budget_id, name, amount, currency,
 * alert_threshold, period, time_zone, calendar ("charge" or "billing") and scope: a list of {"key":
 * ..., "values": [...], "is_negated": ...}, null for a missing tag.
 * Owns     *out is the caller's until centime_buffer_destroy.
 * Errors   CORRUPT, NO_MEMORY.
 * Threads  any. */
CENTIME_API int centime_budgets_json(centime_store *store, const char *database,
                                     centime_buffer **out, centime_error *err);
/* The same, with the options' format. */
CENTIME_API int centime_budgets_with(centime_store *store, const char *database,
                                     const centime_summary_options *options, centime_buffer **out,
                                     centime_error *err);

/* Is a budget exceeded, or would it be with a further amount? Reserves nothing.
 * id        NULL: any of all
 * further   decimal text in the budget's currency; NULL: nothing more
 * exceeded  how many are, or would be
 * Errors    PARSE, RANGE (further); else as centime_budget_status. */
CENTIME_API int centime_budget_check(centime_store *store, const char *database, const char *id,
                                     int64_t now_ns, const char *further, size_t *exceeded,
                                     centime_error *err);

/* -- Agents ----------------------------------------------------------------------------------- */

#define CENTIME_AGENTS_MAX             10000 /* of a database; the one registered longest ago makes room */
#define CENTIME_AGENT_DETAIL_BYTES_MAX 65536

/* Registers a program that reports, durably; again: takes the place of what was said before, but
 * the time of the first registration stays.
 * agent    its id
 * details  `len` bytes that say what it is, kept as they are: JSON, usually; may be NULL with 0
 * now_ns   when; 0: now
 * Errors   INVALID (no id), LIMIT (details too long), READ_ONLY, IO, DISK_FULL, NO_MEMORY.
 * Threads  any. */
CENTIME_API int centime_agent_register(centime_store *store, const char *database,
                                       const char *agent, const char *details, size_t len,
                                       int64_t now_ns, centime_error *err);

/* What was registered, by id: columns agent_id, registered (time of the first registration),
 * renewed (of the last), details.
 * agent    NULL: all
 * Owns     *out is the caller's until centime_result_destroy.
 * Errors   NOT_FOUND (the agent), CORRUPT, NO_MEMORY.
 * Threads  any. */
CENTIME_API int centime_agents(centime_store *store, const char *database, const char *agent,
                               centime_result **out, centime_error *err);

/* -- Exchange rates --------------------------------------------------------------------------- */

/* An amount in `base` times the rate is the amount in `quote`, from a day on up to the pair's next
 * rate. */
typedef struct centime_rate {
    uint32_t struct_size;
    uint32_t reserved;
    const char *table; /* rates that belong together; NULL: "default" */
    const char *base;  /* "EUR" */
    const char *quote; /* "USD" */
    int64_t from_ns;   /* a midnight UTC */
    const char *rate;  /* "1.0837", above 0; NULL: the rate of that day is forgotten */
} centime_rate;

/* Sets a rate; durable when it returns. Replaces the one of the same table, pair and day.
 * Errors   INVALID (a name, a time that is no midnight, a rate of 0 or less), PARSE, READ_ONLY, IO,
 *          DISK_FULL, LIMIT, NO_MEMORY.
 * Threads  any. */
CENTIME_API int centime_rate_set(centime_store *store, const char *database,
                                 const centime_rate *rate, centime_error *err);
/* The rates of a table, or of all (NULL): columns table, base, quote, from, rate. Any thread. */
CENTIME_API int centime_rates(centime_store *store, const char *database, const char *table,
                              centime_result **out, centime_error *err);

/* -- Rollups ---------------------------------------------------------------------------------- */

/* Sums are kept beside the rows, for grouping sets of tags and grains of time, and answer questions
 * that they fit. They never change an answer. Tables have sets by default; more are declared. */
enum centime_grain { /* bits */
                     CENTIME_GRAIN_MINUTE = 2,
                     CENTIME_GRAIN_HOUR = 4,
                     CENTIME_GRAIN_DAY = 8,
                     CENTIME_GRAIN_MONTH = 16
};

typedef struct centime_rollup {
    uint32_t struct_size;
    uint32_t grains; /* bits of enum centime_grain; 0: hour, day and month */
    const char *table;
    const char *const *tags; /* at most 7; none: the total. `currency` is always kept apart */
    size_t tag_count;
    const char *const *quantiles; /* fields of which a sketch of quantiles is kept: 1 % */
    size_t quantile_count;
    const char *const *distinct; /* fields of which a sketch of distinct values is kept */
    size_t distinct_count;
} centime_rollup;

/* Declares a set, or changes one, durably. It is built from what is stored by the store's thread,
 * or by centime_step; until then rows answer. Table and tags need not exist yet. Errors   INVALID,
 * LIMIT, READ_ONLY, IO, DISK_FULL, NO_MEMORY. Threads  any. */
CENTIME_API int centime_rollup_declare(centime_store *store, const char *database,
                                       const centime_rollup *rollup, centime_error *err);
/* No more is kept for the set, be it declared or there by default. Errors, threads: as above. */
CENTIME_API int centime_rollup_drop(centime_store *store, const char *database, const char *table,
                                    const char *const *tags, size_t tag_count, centime_error *err);
/* A table's sets: columns tags, grains, origin (default or declared), quantiles, distinct, segments
 * that have cells of it, cells stored. Any thread. */
CENTIME_API int centime_rollups(centime_store *store, const char *database, const char *table,
                                centime_result **out, centime_error *err);

/* -- Upkeep ----------------------------------------------------------------------------------- */

/* One bounded piece of background work, if any is due. Only for stores opened with no_thread.
 * did_work  1: call again at once
 * Errors    IO, DISK_FULL, CORRUPT, NO_MEMORY.
 * Threads   any; a second caller waits. */
CENTIME_API int centime_step(centime_store *store, int *did_work, centime_error *err);

/* Makes durable all that was committed, whatever the durability. Any thread. */
CENTIME_API int centime_sync(centime_store *store, centime_error *err);
/* Moves all rows into files now. Any thread. */
CENTIME_API int centime_seal(centime_store *store, centime_error *err);
/* Seals, then rewrites files into few and small ones; may take long. Any thread. */
CENTIME_API int centime_compact(centime_store *store, centime_error *err);

typedef struct centime_verified {
    uint32_t struct_size;
    uint32_t reserved;
    uint64_t files, segments, rows, blocks;
} centime_verified;

/* Checks every checksum of every file; with `deep` also decodes every block and recomputes its
 * sums.
 * Errors   CORRUPT: file and offset of the first fault.
 * Threads  any. */
CENTIME_API int centime_verify(centime_store *store, int deep, centime_verified *out,
                               centime_error *err);

typedef struct centime_state {
    uint32_t struct_size;
    uint32_t is_read_only;
    uint64_t last_commit, sealed_commit;
    uint64_t live_rows, live_bytes;
    uint64_t log_bytes, catalog_bytes, segment_bytes;
    uint64_t segment_count, segment_rows, log_files;
    uint64_t seals, merges;     /* since open */
    uint64_t overwritten_money; /* since open */
    uint64_t step_failures;     /* of the store's thread, since open */
    char read_only_reason[256]; /* "" where it writes */
    uint64_t history_low;       /* the first commit that can still be asked for */
    uint64_t history_count, history_rows, history_bytes; /* files of what counts no more */
    uint32_t history_days; /* how far back history is kept; 0: not at all */
    uint32_t reserved;
    uint64_t rollup_files, rollup_bytes;
    uint64_t covered_segments; /* whose cells stand in rollup files */
    uint64_t table_count, series_count;
    uint64_t log_syncs, log_sync_ns; /* since open: groups of commits written and synced, and how
                                        long they took together */
} centime_state;

/* Errors: INVALID (struct_size). Any thread. */
CENTIME_API int centime_state_of(centime_store *store, centime_state *out);

/* All tables: columns database, table, kind, currency, fields, tags, series. Any thread. */
CENTIME_API int centime_tables(centime_store *store, centime_result **out, centime_error *err);
/* A table's columns: name, role (tag or field), type, is_money, values (of a tag). Any thread. */
CENTIME_API int centime_table_columns(centime_store *store, const char *database, const char *table,
                                      centime_result **out, centime_error *err);
/* Where a table's bytes are: columns name, codec, blocks, values, bytes. Any thread. */
CENTIME_API int centime_table_usage(centime_store *store, const char *database, const char *table,
                                    centime_result **out, centime_error *err);

#ifdef __cplusplus
}
#endif

#endif
