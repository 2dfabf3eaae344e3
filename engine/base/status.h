/* Result codes and the story behind them. Everyone may include this.
 *
 * A fallible function returns a ct_status and takes, last, a `struct ct_error *` that may be NULL.
 * The place that finds the fault calls ct_fail(); callers pass the code up unchanged. On failure
 * outputs are untouched unless the function says otherwise. */
#ifndef CT_STATUS_H
#define CT_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* name, stable number, text. Numbers are part of the C interface: never renumbered. */
#define CT_STATUS_LIST(X)                                                                          \
    X(OK, 0, "ok")                                                                                 \
    X(NO_MEMORY, 1, "out of memory")                                                               \
    X(IO, 2, "input or output failed")                                                             \
    X(CORRUPT, 3, "stored data is damaged")                                                        \
    X(FORMAT, 4, "unknown file format or version")                                                 \
    X(INVALID, 5, "invalid argument")                                                              \
    X(PARSE, 6, "malformed input")                                                                 \
    X(TYPE, 7, "value of another type than its field")                                             \
    X(LIMIT, 8, "a limit was exceeded")                                                            \
    X(RANGE, 9, "number out of range")                                                             \
    X(NOT_FOUND, 10, "not found")                                                                  \
    X(EXISTS, 11, "exists already")                                                                \
    X(READ_ONLY, 12, "store is read-only")                                                         \
    X(BUSY, 13, "in use by another process")                                                       \
    X(STALE, 14, "definitions changed meanwhile")                                                  \
    X(CANCELLED, 15, "cancelled")                                                                  \
    X(DISK_FULL, 16, "no space left on the device")                                                \
    X(CURRENCY, 17, "amounts in several currencies")

typedef enum ct_status {
#define CT_STATUS_ENUM(name, number, text) CT_##name = number,
    CT_STATUS_LIST(CT_STATUS_ENUM)
#undef CT_STATUS_ENUM
} ct_status;

/* What went wrong, where. Owned by the caller, no pointers to free. */
struct ct_error {
    ct_status code;
    int os_errno;    /* 0 where no system call failed */
    uint64_t offset; /* bytes into `file`, where that makes sense */
    uint32_t line;   /* 1-based line of input, 0 where none */
    uint32_t column; /* 1-based byte of that line, 0 where none */
    char file[80];   /* path or input name, cut on the left if long, "" where none */
    char text[256];  /* one sentence: what was found, what was expected, what to do */
};

#define CT_MUST_USE                        __attribute__((warn_unused_result))
#define CT_PRINTF(format_at, arguments_at) __attribute__((format(printf, format_at, arguments_at)))

/* "ok", "out of memory", ...: static text, never NULL. */
const char *ct_status_text(ct_status status);

/* "OK", "NO_MEMORY", ...: static text, never NULL. */
const char *ct_status_name(ct_status status);

/* Fills *err (unless NULL) with code and formatted text, and returns the code. */
ct_status ct_fail(struct ct_error *err, ct_status code, const char *format, ...) CT_PRINTF(3, 4);

/* As ct_fail, for stored bytes: names the file and the offset of what is wrong. */
ct_status ct_fail_at(struct ct_error *err, ct_status code, const char *file, uint64_t offset,
                     const char *format, ...) CT_PRINTF(5, 6);

/* As ct_fail, for a failed system call: `operation` is "fsync", "open", ... ENOSPC and EDQUOT give
 * CT_DISK_FULL, ENOENT gives CT_NOT_FOUND, ENOMEM gives CT_NO_MEMORY, the rest CT_IO. */
ct_status ct_fail_os(struct ct_error *err, int os_errno, const char *operation, const char *file);

/* Returns from the enclosing function where `call` fails. Only while nothing is owned. */
#define CT_TRY(call)                                                                               \
    do {                                                                                           \
        const ct_status ct_try_status = (call);                                                    \
        if (ct_try_status != CT_OK)                                                                \
            return ct_try_status;                                                                  \
    } while (0)

/* For our own mistakes only, never for bad input. On in every build: each test must be O(1). */
#define CT_ASSERT(condition)                                                                       \
    do {                                                                                           \
        if (__builtin_expect(!(condition), 0))                                                     \
            ct_assert_failed(#condition, __FILE__, __LINE__);                                      \
    } while (0)

_Noreturn void ct_assert_failed(const char *condition, const char *file, int line);

#define CT_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
