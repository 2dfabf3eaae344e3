/* Values of settings from text and to text. */
#include "setting_table.h"

#include <stdio.h>

#include "number.h"
#include "utf8.h"

/* Units of sizes and of durations, each after all that are multiples of it: the first that divides
 * a value prints it. */
struct unit {
    const char *name;
    uint64_t worth;
    bool prints;
};

static const struct unit size_units[] = {
    {"GiB", UINT64_C(1) << 30, true},
    {"MiB", UINT64_C(1) << 20, true},
    {"KiB", UINT64_C(1) << 10, true},
    {"GB", 1000000000, false},
    {"MB", 1000000, false},
    {"kB", 1000, false},
    {"B", 1, false},
    {"", 1, true},
    {NULL, 0, false},
};

static const struct unit time_units[] = {
    {"d", 86400, true}, {"h", 3600, true}, {"m", 60, true},
    {"s", 1, true},     {"", 1, false},    {NULL, 0, false},
};

static const struct unit no_units[] = {{"", 1, true}, {NULL, 0, false}};

static const struct unit *units_of(enum ct_setting_kind kind)
{
    return kind == CT_KIND_SIZE ? size_units : kind == CT_KIND_SECONDS ? time_units : no_units;
}

static const char *example_of(enum ct_setting_kind kind)
{
    return kind == CT_KIND_SIZE      ? "a size such as 64MiB, 512KiB or 1048576"
           : kind == CT_KIND_SECONDS ? "a time such as 30s, 5m or 2h"
                                     : "a whole number";
}

static void store_number(const struct ct_setting_row *row, uint64_t value,
                         struct ct_server_config *config)
{
    char *member = (char *)config + row->offset;
    const uint32_t narrow = (uint32_t)value;
    if (row->size_bytes == sizeof narrow)
        memcpy(member, &narrow, sizeof narrow);
    else
        memcpy(member, &value, sizeof value);
}

static uint64_t load_number(const struct ct_setting_row *row, const struct ct_server_config *config)
{
    const char *member = (const char *)config + row->offset;
    uint64_t value = 0; /* little-endian, as all that this is built for */
    memcpy(&value, member, row->size_bytes);
    return value;
}

/* As the kind prints numbers. */
static void print_number(enum ct_setting_kind kind, uint64_t value, char *out, size_t cap)
{
    const struct unit *unit = units_of(kind);
    while (!unit->prints || value % unit->worth != 0)
        unit++;
    snprintf(out, cap, "%llu%s", (unsigned long long)(value / unit->worth), unit->name);
}

static ct_status refuse_range(const struct ct_setting_row *row, const char *text,
                              struct ct_error *err)
{
    char min[32], max[32];
    print_number(row->kind, row->min, min, sizeof min);
    print_number(row->kind, row->max, max, sizeof max);
    return ct_fail(err, CT_RANGE, "'%.40s' is not from %s to %s", text, min, max);
}

static ct_status read_number(const struct ct_setting_row *row, const char *text,
                             struct ct_server_config *config, struct ct_error *err)
{
    const char *end = text + strlen(text), *stop = text;
    const bool has_digit = *text >= '0' && *text <= '9';
    uint64_t value = 0;
    const ct_status status = has_digit ? ct_scan_uint64(text, end, &value, &stop) : CT_PARSE;
    if (status == CT_RANGE)
        return refuse_range(row, text, err);
    const struct unit *unit = units_of(row->kind);
    while (unit->name && strcmp(unit->name, stop) != 0)
        unit++;
    if (status != CT_OK || !unit->name)
        return ct_fail(err, CT_INVALID, "'%.40s' is not %s", text, example_of(row->kind));
    if (__builtin_mul_overflow(value, unit->worth, &value) || value < row->min || value > row->max)
        return refuse_range(row, text, err);
    store_number(row, value, config);
    return CT_OK;
}

static ct_status read_switch(const struct ct_setting_row *row, const char *text,
                             struct ct_server_config *config, struct ct_error *err)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};
    for (size_t i = 0; i < CT_COUNT_OF(words); i++)
        if (strcmp(words[i], text) == 0) {
            const bool value = i % 2;
            memcpy((char *)config + row->offset, &value, sizeof value);
            return CT_OK;
        }
    return ct_fail(err, CT_INVALID, "'%.40s' is neither yes nor no", text);
}

/* Is it one of the words of a list? */
static bool is_choice(const char *choices, const char *text)
{
    const size_t len = strlen(text);
    for (const char *at = choices; len > 0 && *at;) {
        const size_t word = strcspn(at, " ");
        if (word == len && memcmp(at, text, len) == 0)
            return true;
        at += word + (at[word] == ' ');
    }
    return false;
}

static ct_status read_text(const struct ct_setting_row *row, const char *text,
                           struct ct_server_config *config, struct ct_error *err)
{
    const size_t len = strlen(text);
    if (row->kind == CT_KIND_CHOICE && !is_choice(row->choices, text))
        return ct_fail(err, CT_INVALID, "'%.40s' is none of: %s", text, row->choices);
    if (len < row->min)
        return ct_fail(err, CT_INVALID, "a text is needed");
    if (len >= row->size_bytes)
        return ct_fail(err, CT_RANGE, "%zu bytes, at most %zu", len, row->size_bytes - 1);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return ct_fail(err, CT_INVALID, "a control byte in a text");
    if (!ct_utf8_is_valid(ct_text_of(text)))
        return ct_fail(err, CT_INVALID, "a text that is not UTF-8");
    memcpy((char *)config + row->offset, text, len + 1);
    return CT_OK;
}

ct_status ct_setting_read(const struct ct_setting_row *row, const char *text,
                          struct ct_server_config *config, struct ct_error *err)
{
    switch (row->kind) {
    case CT_KIND_TEXT:
    case CT_KIND_CHOICE:
        return read_text(row, text, config, err);
    case CT_KIND_SWITCH:
        return read_switch(row, text, config, err);
    case CT_KIND_SIZE:
    case CT_KIND_SECONDS:
    case CT_KIND_COUNT:
    case CT_KIND_COUNT64:
        return read_number(row, text, config, err);
    }
    return CT_OK;
}

void ct_setting_write(const struct ct_setting_row *row, const struct ct_server_config *config,
                      char out[CT_SETTING_TEXT_BYTES])
{
    const char *member = (const char *)config + row->offset;
    switch (row->kind) {
    case CT_KIND_TEXT:
    case CT_KIND_CHOICE:
        memcpy(out, member, row->size_bytes);
        break;
    case CT_KIND_SWITCH:
        snprintf(out, CT_SETTING_TEXT_BYTES, "%s", *member ? "yes" : "no");
        break;
    case CT_KIND_SIZE:
    case CT_KIND_SECONDS:
    case CT_KIND_COUNT:
    case CT_KIND_COUNT64:
        print_number(row->kind, load_number(row, config), out, CT_SETTING_TEXT_BYTES);
        break;
    }
}
