/* The alias table: what raw bytes `measurement,tags` meant last time.
 *
 * Invariant: at most half of the places are taken, so that every walk ends. A forgotten alias stays
 * as a place that no bytes match, until the table is built anew. */
#include "intake_detail.h"

#define CAP_MIN       ((uint32_t)256)
#define FORGOTTEN_LEN UINT32_MAX /* no alias is that long */

bool ct_intake_aliases_init(struct ct_intake *intake)
{
    intake->aliases = ct_alloc_zeroed(intake->allocator, CAP_MIN, sizeof *intake->aliases);
    if (!intake->aliases)
        return false;
    intake->alias_cap = CAP_MIN;
    ct_arena_init(&intake->detail->alias_texts, intake->allocator, 0);
    return true;
}

void ct_intake_aliases_deinit(struct ct_intake *intake)
{
    if (!intake->aliases)
        return;
    ct_release(intake->allocator, intake->aliases);
    ct_arena_deinit(&intake->detail->alias_texts);
    ct_release(intake->allocator, intake->detail->provisional_aliases);
}

static void forget(struct ct_alias *alias)
{
    *alias = (struct ct_alias){.bytes = "", .len = FORGOTTEN_LEN};
}

static uint32_t put(struct ct_alias *aliases, uint32_t cap, const struct ct_alias *alias)
{
    const uint32_t mask = cap - 1;
    uint32_t at = (uint32_t)alias->hash & mask;
    while (aliases[at].bytes)
        at = (at + 1) & mask;
    aliases[at] = *alias;
    return at;
}

static void start_afresh(struct ct_intake *intake)
{
    memset(intake->aliases, 0, intake->alias_cap * sizeof *intake->aliases);
    intake->alias_count = 0;
    intake->detail->provisional_alias_count = 0;
    intake->detail->alias_bytes = 0;
    ct_arena_reset(&intake->detail->alias_texts);
}

static uint32_t count_remembered(const struct ct_intake *intake)
{
    uint32_t count = 0;
    for (uint32_t at = 0; at < intake->alias_cap; at++)
        count += intake->aliases[at].bytes && intake->aliases[at].len != FORGOTTEN_LEN;
    return count;
}

/* Into a table that is at most a quarter full. The list of provisional ones only shrinks. */
static bool rebuild(struct ct_intake *intake)
{
    struct ct_intake_detail *detail = intake->detail;
    const uint32_t count = count_remembered(intake);
    uint32_t cap = CAP_MIN;
    while (cap / 4 < count)
        cap *= 2;
    struct ct_alias *aliases = ct_alloc_zeroed(intake->allocator, cap, sizeof *aliases);
    if (!aliases)
        return false;
    detail->provisional_alias_count = 0;
    for (uint32_t i = 0; i < intake->alias_cap; i++) {
        const struct ct_alias *alias = &intake->aliases[i];
        if (!alias->bytes || alias->len == FORGOTTEN_LEN)
            continue;
        const uint32_t at = put(aliases, cap, alias);
        if (alias->series & CT_PROVISIONAL)
            detail->provisional_aliases[detail->provisional_alias_count++] = at;
    }
    ct_release(intake->allocator, intake->aliases);
    intake->aliases = aliases;
    intake->alias_cap = cap;
    intake->alias_count = count;
    return true;
}

static bool make_room(struct ct_intake *intake, size_t len)
{
    struct ct_intake_detail *detail = intake->detail;
    if (len > CT_INTAKE_ALIAS_BYTES_MAX / 16)
        return false;
    if (intake->alias_count >= CT_INTAKE_ALIASES_MAX ||
        detail->alias_bytes + len > CT_INTAKE_ALIAS_BYTES_MAX)
        start_afresh(intake);
    if (intake->alias_count >= intake->alias_cap / 2 && !rebuild(intake))
        return false;
    return ct_grow(intake->allocator, &detail->provisional_aliases, &detail->provisional_alias_cap,
                   detail->provisional_alias_count + 1, sizeof *detail->provisional_aliases);
}

void ct_intake_alias_add(struct ct_intake *intake, uint64_t hash, const char *bytes, size_t len,
                         uint32_t table, uint32_t series)
{
    struct ct_intake_detail *detail = intake->detail;
    if (len == 0 || !make_room(intake, len))
        return;
    const struct ct_text copy =
        ct_arena_copy(&detail->alias_texts, (struct ct_text){.bytes = bytes, .len = len});
    if (!copy.bytes)
        return;
    detail->alias_bytes += len;
    const struct ct_alias alias = {
        .hash = hash,
        .bytes = copy.bytes,
        .len = (uint32_t)len,
        .table = table,
        .series = series,
    };
    const uint32_t at = put(intake->aliases, intake->alias_cap, &alias);
    intake->alias_count++;
    if (series & CT_PROVISIONAL)
        detail->provisional_aliases[detail->provisional_alias_count++] = at;
}

void ct_intake_aliases_settle(struct ct_intake *intake)
{
    struct ct_intake_detail *detail = intake->detail;
    for (size_t i = 0; i < detail->provisional_alias_count; i++) {
        struct ct_alias *alias = &intake->aliases[detail->provisional_aliases[i]];
        const struct ct_intake_table_detail *table = &detail->tables[alias->table];
        const uint32_t resolved = table->series[alias->series & ~CT_PROVISIONAL].resolved;
        if (resolved == CT_NONE)
            forget(alias);
        else
            alias->series = resolved;
    }
    detail->provisional_alias_count = 0;
}
