#include "request_key_table.h"

#include "intake.h"
#include "store.h"

#include <string.h>

#define PAGE_KEYS  512
#define NUMBER_MAX 0x7fffffffu /* what the index has of a place: far more than there are keys */

#define DATABASE_BITS 17
#define ROW_BITS      25
#define SECONDS_BIAS  ((int64_t)1 << 38) /* what is stored is not negative */

struct ct_request_packed {
    uint64_t hash;
    uint64_t content;
    uint64_t commit_database;
    uint64_t seconds_rows;
};

static_assert(CT_COMMITS_MAX >> (64 - DATABASE_BITS) == 0, "a commit fits");
static_assert(CT_DATABASES_MAX <= 1 << DATABASE_BITS, "a database fits");
static_assert(CT_BATCH_ROWS_MAX < 1 << ROW_BITS, "a number of rows fits");
static_assert(CT_REQUEST_SECONDS_MAX < SECONDS_BIAS, "a time fits");

static struct ct_request_packed pack(const struct ct_request_done *done)
{
    CT_ASSERT(done->commit <= CT_COMMITS_MAX && done->database < CT_DATABASES_MAX &&
              done->row_count <= CT_BATCH_ROWS_MAX);
    CT_ASSERT(done->time_seconds >= -CT_REQUEST_SECONDS_MAX &&
              done->time_seconds <= CT_REQUEST_SECONDS_MAX);
    return (struct ct_request_packed){
        .hash = done->hash,
        .content = done->content,
        .commit_database = done->commit << DATABASE_BITS | done->database,
        .seconds_rows = (uint64_t)(done->time_seconds + SECONDS_BIAS) << ROW_BITS | done->row_count,
    };
}

static uint32_t low_bits(uint64_t word, unsigned bits)
{
    return (uint32_t)word & ((UINT32_C(1) << bits) - 1);
}

static struct ct_request_done unpack(const struct ct_request_packed *packed)
{
    return (struct ct_request_done){
        .hash = packed->hash,
        .content = packed->content,
        .commit = packed->commit_database >> DATABASE_BITS,
        .database = low_bits(packed->commit_database, DATABASE_BITS),
        .time_seconds = (int64_t)(packed->seconds_rows >> ROW_BITS) - SECONDS_BIAS,
        .row_count = low_bits(packed->seconds_rows, ROW_BITS),
    };
}

void ct_request_key_table_deinit(struct ct_request_key_table *table)
{
    for (size_t i = 0; i < table->page_count; i++)
        ct_release(table->allocator, table->pages[i]);
    ct_release(table->allocator, table->pages);
    for (size_t i = 0; i < CT_REQUEST_KEY_SHARDS; i++)
        ct_number_index_deinit(&table->shards[i].index, table->allocator);
}

/* -- places ------------------------------------------------------------------------------------ */

static size_t page_of(const struct ct_request_key_table *table, uint64_t place)
{
    return (size_t)(place / PAGE_KEYS - table->begin / PAGE_KEYS);
}

static struct ct_request_packed *slot(const struct ct_request_key_table *table, uint64_t place)
{
    return &table->pages[page_of(table, place)][place % PAGE_KEYS];
}

static uint32_t number_of(uint64_t place)
{
    return (uint32_t)place & NUMBER_MAX;
}

static uint64_t place_of(const struct ct_request_key_table *table, uint32_t number)
{
    return table->begin + ((number - number_of(table->begin)) & NUMBER_MAX);
}

struct ct_request_done ct_request_key_table_at(const struct ct_request_key_table *table,
                                               uint64_t place)
{
    CT_ASSERT(place >= table->begin && place < table->end);
    return unpack(slot(table, place));
}

uint64_t ct_request_key_table_last_commit(const struct ct_request_key_table *table)
{
    return table->end > table->begin ? unpack(slot(table, table->end - 1)).commit : 0;
}

/* -- adding ------------------------------------------------------------------------------------ */

/* By the lower bits: the index looks at the upper ones. */
static struct ct_request_key_shard *shard_of(struct ct_request_key_table *table, uint64_t hash)
{
    return &table->shards[hash % CT_REQUEST_KEY_SHARDS];
}

static bool reserve_page(struct ct_request_key_table *table)
{
    const size_t page = page_of(table, table->end + table->reserved);
    if (page < table->page_count)
        return true;
    if (!ct_grow(table->allocator, &table->pages, &table->page_cap, page + 1,
                 sizeof(struct ct_request_packed *)))
        return false;
    struct ct_request_packed *keys = ct_alloc(table->allocator, PAGE_KEYS * sizeof *keys);
    if (!keys)
        return false;
    CT_ASSERT(page == table->page_count);
    table->pages[table->page_count++] = keys;
    return true;
}

bool ct_request_key_table_reserve(struct ct_request_key_table *table, uint64_t hash)
{
    struct ct_request_key_shard *shard = shard_of(table, hash);
    if (!reserve_page(table) ||
        !ct_number_index_reserve_more(&shard->index, table->allocator, shard->reserved + 1))
        return false;
    table->reserved++;
    shard->reserved++;
    return true;
}

void ct_request_key_table_unreserve(struct ct_request_key_table *table, uint64_t hash)
{
    struct ct_request_key_shard *shard = shard_of(table, hash);
    CT_ASSERT(table->reserved > 0 && shard->reserved > 0);
    table->reserved--;
    shard->reserved--;
}

void ct_request_key_table_add(struct ct_request_key_table *table,
                              const struct ct_request_done *done)
{
    CT_ASSERT(done->commit > ct_request_key_table_last_commit(table));
    ct_request_key_table_unreserve(table, done->hash);
    ct_number_index_add(&shard_of(table, done->hash)->index, done->hash, number_of(table->end));
    *slot(table, table->end++) = pack(done);
}

/* -- finding and dropping ---------------------------------------------------------------------- */

/* A key that was used anew once it was old may stand here twice: the newest counts. */
bool ct_request_key_table_find(const struct ct_request_key_table *table, uint32_t database,
                               uint64_t hash, struct ct_request_done *out)
{
    const struct ct_number_index *index = &table->shards[hash % CT_REQUEST_KEY_SHARDS].index;
    struct ct_number_probe probe = ct_number_index_probe(hash);
    bool is_found = false;
    for (;;) {
        const uint32_t number = ct_number_index_next(index, &probe);
        if (number == UINT32_MAX)
            return is_found;
        const struct ct_request_done done = unpack(slot(table, place_of(table, number)));
        if (done.hash == hash && done.database == database &&
            (!is_found || done.commit > out->commit)) {
            *out = done;
            is_found = true;
        }
    }
}

static void drop_first_page(struct ct_request_key_table *table)
{
    ct_release(table->allocator, table->pages[0]);
    table->page_count--;
    memmove(table->pages, table->pages + 1, table->page_count * sizeof(struct ct_request_packed *));
}

void ct_request_key_table_drop_oldest(struct ct_request_key_table *table)
{
    CT_ASSERT(table->begin < table->end);
    const uint64_t hash = slot(table, table->begin)->hash;
    struct ct_request_key_shard *shard = shard_of(table, hash);
    ct_number_index_remove(&shard->index, hash, number_of(table->begin));
    ct_number_index_shrink(&shard->index, table->allocator, shard->reserved);
    table->begin++;
    if (table->begin % PAGE_KEYS == 0)
        drop_first_page(table);
}
