/* Claim: running out of memory at any moment is an error and nothing else: no crash, no leak, no
 * acknowledged commit lost, and no commit half there (P7 of the durability promise). Method: a
 * short scripted life (writes, a delete, a restatement, seals, a merge, a scan), with the n-th
 * allocation failing, for n = 1, 2, 3 ... until the life passes unharmed; after each the store is
 * opened with memory again and compared with the model. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "store_model.h"

#define PATH "/store"
#ifdef CT_SANITIZED
#define STRIDE 397 /* the full number runs in builds without sanitizers */
#else
#define STRIDE 61 /* every so many allocations one life, others in each seed */
#endif
#define SEEDS 7

/* Fails one allocation and counts what is live. */
struct failing {
    struct ct_allocator base;
    uint64_t fail_at; /* 0: never */
    uint64_t calls;
    int64_t live;
};

static bool is_failing(struct failing *failing)
{
    return ++failing->calls == failing->fail_at;
}

static void *failing_allocate(void *context, size_t size_bytes)
{
    struct failing *failing = context;
    if (is_failing(failing))
        return NULL;
    void *block = malloc(size_bytes ? size_bytes : 1);
    failing->live += block != NULL;
    return block;
}

static void *failing_resize(void *context, void *pointer, size_t size_bytes)
{
    struct failing *failing = context;
    if (is_failing(failing))
        return NULL;
    void *block = realloc(pointer, size_bytes ? size_bytes : 1);
    failing->live += block != NULL && pointer == NULL;
    return block;
}

static void failing_release(void *context, void *pointer)
{
    struct failing *failing = context;
    failing->live -= pointer != NULL;
    free(pointer);
}

_Noreturn static void fail(uint64_t seed, uint64_t at, const char *what)
{
    fprintf(stderr, "seed %" PRIu64 ", allocation %" PRIu64 ": %s\n", seed, at, what);
    exit(1);
}

static ct_status write(struct ct_store *store, struct model *model, struct model_commit commit,
                       size_t *acknowledged, struct ct_error *err)
{
    uint64_t number;
    const ct_status status = model_send(store, &commit, &number, err);
    if (status == CT_OK && number == 0) {
        model_commit_deinit(&commit);
        return CT_OK;
    }
    model_add(model, commit);
    if (status == CT_OK)
        *acknowledged = model->commit_count;
    return status;
}

static ct_status restate(struct ct_store *store, struct model *model, struct sim_random *random,
                         size_t *acknowledged, struct ct_error *err)
{
    struct model_commit commit = model_random_restatement(random, true);
    uint64_t number;
    bool is_unchanged = false;
    const ct_status status = model_restate(store, &commit, random, &number, &is_unchanged, err);
    if (status == CT_OK && is_unchanged) {
        model_commit_deinit(&commit);
        return CT_OK;
    }
    model_add(model, commit);
    if (status == CT_OK)
        *acknowledged = model->commit_count;
    return status;
}

static ct_status scan_source(struct ct_source *source, struct ct_error *err)
{
    const struct ct_cursor_plan plan = {.fields = (const uint32_t[]){0},
                                        .field_count = 1,
                                        .end_unit = ct_source_unit_count(source)};
    struct ct_cursor *cursor;
    CT_TRY(ct_cursor_open(source, &plan, &cursor, err));
    ct_status status = CT_OK;
    bool found = true;
    while (status == CT_OK && found) {
        struct ct_block block;
        struct ct_vector vector;
        status = ct_cursor_next(cursor, &block, &found, err);
        if (status == CT_OK && found)
            status = ct_cursor_column(cursor, 0, &vector, err);
    }
    ct_cursor_close(cursor);
    return status;
}

static ct_status scan_table(struct ct_snapshot *snapshot, uint32_t table, struct ct_error *err)
{
    struct ct_scan *scan;
    CT_TRY(ct_scan_open(snapshot, table, INT64_MIN, INT64_MAX, &scan, err));
    ct_status status = CT_OK;
    for (uint32_t i = 0; status == CT_OK && i < ct_scan_source_count(scan); i++)
        status = scan_source(ct_scan_source(scan, i), err);
    ct_scan_close(scan);
    return status;
}

static ct_status scan(struct ct_store *store, struct ct_error *err)
{
    struct ct_snapshot *snapshot;
    CT_TRY(ct_snapshot_take(store, &snapshot, err));
    ct_status status = scan_table(snapshot, 0, err);
    if (status == CT_OK)
        status = scan_table(snapshot, 1, err);
    ct_snapshot_release(snapshot);
    return status;
}

static ct_status live(struct ct_store *store, struct model *model, struct sim_random *random,
                      size_t *acknowledged, struct ct_error *err)
{
    for (int i = 0; i < 6; i++)
        CT_TRY(write(store, model, model_random_rows(random, i == 2), acknowledged, err));
    CT_TRY(ct_store_seal(store, err));
    CT_TRY(write(store, model, model_random_delete(random), acknowledged, err));
    CT_TRY(write(store, model, model_random_rows(random, false), acknowledged, err));
    CT_TRY(scan(store, err));
    CT_TRY(restate(store, model, random, acknowledged, err));
    CT_TRY(scan(store, err));
    return ct_store_compact(store, err);
}

static void compare(struct ct_io *io, struct model *model, size_t acknowledged, uint64_t seed,
                    uint64_t at)
{
    const struct ct_env env = {
        .allocator = ct_allocator_system(), .io = io, .clock = ct_clock_system()};
    struct ct_error err;
    struct ct_store *store;
    if (ct_store_open(&env, PATH, NULL, &store, &err) != CT_OK) {
        fprintf(stderr, "%s\n", err.text);
        fail(seed, at, "does not open again");
    }
    struct ct_store_state state;
    ct_store_state_of(store, &state);
    if (state.last_commit < acknowledged || state.last_commit > model->commit_count)
        fail(seed, at, "acknowledged commits are gone");
    struct sim_random random = sim_random_of(seed);
    struct ct_snapshot *snapshot;
    if (ct_snapshot_take(store, &snapshot, NULL) != CT_OK ||
        !model_matches(model, state.last_commit, snapshot, &random))
        fail(seed, at, "the rows are not those of the commits");
    ct_snapshot_release(snapshot);
    (void)ct_store_close(store, NULL);
}

/* True where the life passed without meeting the failure. */
static bool try_one(uint64_t seed, uint64_t at)
{
    struct failing failing = {.fail_at = at};
    failing.base = (struct ct_allocator){.context = &failing,
                                         .allocate = failing_allocate,
                                         .resize = failing_resize,
                                         .release = failing_release};
    struct ct_io *io = ct_io_memory_create(ct_allocator_system());
    struct sim_random random = sim_random_of(seed);
    struct model model = {0};
    size_t acknowledged = 0;
    const struct ct_env env = {.allocator = &failing.base, .io = io, .clock = ct_clock_system()};
    /* So small that staged rows go to files. */
    const struct ct_store_options options = {.seed = seed, .memory_bytes = 256 << 10};
    struct ct_store *store = NULL;
    struct ct_error err = {0};
    ct_status status = ct_store_open(&env, PATH, &options, &store, &err);
    if (status == CT_OK) {
        status = live(store, &model, &random, &acknowledged, &err);
        (void)ct_store_close(store, NULL);
    }
    const bool is_over = failing.calls < at;
    if (status != CT_OK && is_over)
        fail(seed, at, "failed without cause");
    if (failing.live != 0)
        fail(seed, at, "memory was not given back");
    failing.fail_at = 0;
    compare(io, &model, acknowledged, seed, at);
    model_deinit(&model);
    ct_io_memory_destroy(io);
    return is_over;
}

int main(void)
{
    uint64_t lives = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        bool is_over = false;
        for (uint64_t at = seed; !is_over; at += STRIDE, lives++)
            is_over = try_one(seed, at);
    }
    printf("%" PRIu64
           " lives, each with another allocation failing: nothing lost, nothing leaked\n",
           lives);
    return lives < 100;
}
