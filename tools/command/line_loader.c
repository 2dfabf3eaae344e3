/* Parsing here, committing there.
 *
 * Invariants: stretches[head..tail) are parsed and wait for their commit, oldest first; the
 * committing thread owns the oldest, the parsing thread all that are not in the queue. A stretch's
 * text stays until its commit, because its batch borrows strings from it. An all-or-nothing load
 * has no queue: every stretch's text is kept and one writer takes them all. */
#include "line_loader.h"

#include "commands.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#define STRETCH_COUNT 3
#define LINE_BYTES_ROOM                                                                            \
    ((size_t)2 << 20) /* more than the longest line takes: what may be carried over */
#define STALE_TRIES 16
#define KEPT_MAX    ((size_t)1 << 16) /* stretches of an all-or-nothing load */

struct stretch {
    centime_writer *writer;
    char *text;
    size_t cap;
    size_t len, consumed; /* bytes of lines in the batch, and what follows is carried over */
    bool is_final;        /* the file ends with it */
    const char *file_name;
    uint64_t lines_before; /* of the file */
    uint64_t input_bytes;
    centime_write_result result;
    centime_reject rejects[CT_LOADER_REJECTS_MAX];
};

struct loader {
    const struct ct_load_plan *plan;
    struct ct_input *input;
    struct ct_progress *progress;
    struct ct_loaded *totals; /* of the committing thread until it is joined */
    struct stretch stretches[STRETCH_COUNT];
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    uint64_t head, tail;
    bool is_at_end, has_failed;
};

/* -- Texts ------------------------------------------------------------------------------------ */

static bool map_text(struct stretch *stretch, size_t cap)
{
    void *text = mmap(NULL, cap, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (text == MAP_FAILED) {
        perror("centime: memory for input");
        return false;
    }
    stretch->text = text;
    stretch->cap = cap;
    return true;
}

static void unmap_text(struct stretch *stretch)
{
    if (stretch->text)
        munmap(stretch->text, stretch->cap);
    stretch->text = NULL;
}

static uint64_t count_lines(const char *text, size_t len)
{
    uint64_t count = 0;
    for (const char *at = text, *end = text + len; (at = memchr(at, '\n', (size_t)(end - at)));
         at++)
        count++;
    return count;
}

/* Text of `stretch`: what `before` left over, then more of the input, so that both are batch_bytes.
 * Only where not even one line ends in there does it grow, up to its cap. */
static bool fill(struct loader *loader, struct stretch *stretch, const struct stretch *before)
{
    size_t carried = 0;
    stretch->lines_before = 0;
    stretch->file_name = ct_input_name(loader->input);
    if (before && !before->is_final) {
        carried = before->len - before->consumed;
        memcpy(stretch->text, before->text + before->consumed, carried);
        stretch->lines_before = before->lines_before + count_lines(before->text, before->consumed);
    }
    const size_t wanted = loader->plan->batch_bytes;
    const bool is_one_line = before && !before->is_final && before->consumed == 0;
    const size_t room =
        is_one_line || carried >= wanted ? stretch->cap - carried : wanted - carried;
    size_t got;
    if (!ct_input_read(loader->input, stretch->text + carried, room, &got, &stretch->is_final))
        return false;
    stretch->len = carried + got;
    stretch->input_bytes = loader->input->read_bytes;
    return true;
}

/* -- Parsing ---------------------------------------------------------------------------------- */

static void reset_result(struct stretch *stretch)
{
    stretch->result = (centime_write_result)CENTIME_WRITE_RESULT_INIT;
    stretch->result.rejects = stretch->rejects;
    stretch->result.reject_cap = CT_LOADER_REJECTS_MAX;
}

/* Into the stretch's writer. A stretch has fewer lines than a batch takes; all-or-nothing may have
 * too many. */
static bool parse(const struct loader *loader, struct stretch *stretch)
{
    centime_error err = CENTIME_ERROR_INIT;
    reset_result(stretch);
    stretch->consumed = 0;
    const int status = centime_writer_parse(stretch->writer, stretch->text, stretch->len,
                                            stretch->is_final, &loader->plan->write_options,
                                            &stretch->consumed, &stretch->result, &err);
    if (status == CENTIME_OK)
        return true;
    ct_report(&err);
    return false;
}

static void tell_rejects(const struct loader *loader, const struct stretch *stretch)
{
    ct_progress_deinit(loader->progress);
    for (uint32_t i = 0; i < stretch->result.reject_count; i++) {
        if (loader->totals->rejected + i >= CT_LOADER_REJECTS_MAX)
            break;
        const centime_reject *reject = &stretch->rejects[i];
        fprintf(stderr, "%s: line %" PRIu64 ", column %u: %s: %s\n", stretch->file_name,
                reject->line + stretch->lines_before, reject->column, reject->reason,
                reject->excerpt);
    }
}

/* -- Committing ------------------------------------------------------------------------------- */

/* A writer whose definitions were overtaken by the one before it reads its text again. */
static bool commit(struct loader *loader, struct stretch *stretch)
{
    for (int tries = 0; tries < STALE_TRIES; tries++) {
        centime_error err = CENTIME_ERROR_INIT;
        const int status = centime_writer_commit(stretch->writer, &stretch->result, &err);
        if (status == CENTIME_OK)
            return true;
        const size_t consumed = stretch->consumed;
        if (status != CENTIME_STALE) {
            ct_report(&err);
            return false;
        }
        if (!parse(loader, stretch))
            return false;
        stretch->consumed = consumed; /* what follows is in the next stretch already */
    }
    fputs("centime: fields kept changing their types while the lines were read\n", stderr);
    return false;
}

static void add_up(struct loader *loader, const struct stretch *stretch)
{
    struct ct_loaded *totals = loader->totals;
    const centime_write_result *result = &stretch->result;
    tell_rejects(loader, stretch);
    totals->rejected += result->rejected;
    totals->rows += result->rows;
    totals->overwritten_rows += result->overwritten_rows;
    totals->overwritten_money += result->overwritten_money;
    totals->input_bytes = stretch->input_bytes;
    if (result->commit) {
        totals->commit = result->commit;
        if (loader->plan->prints_json) {
            printf("{\"commit\": %" PRIu64 ", \"rows\": %" PRIu64 ", \"rows_stored\": %" PRIu64
                   "}\n",
                   result->commit, result->rows, totals->rows);
            fflush(stdout);
        }
    }
    ct_progress_show(loader->progress, totals->input_bytes, totals->rows);
}

static void *commit_all(void *argument)
{
    struct loader *loader = argument;
    pthread_mutex_lock(&loader->lock);
    for (;;) {
        while (loader->head == loader->tail && !loader->is_at_end && !loader->has_failed)
            pthread_cond_wait(&loader->changed, &loader->lock);
        if (loader->head == loader->tail || loader->has_failed)
            break;
        struct stretch *stretch = &loader->stretches[loader->head % STRETCH_COUNT];
        pthread_mutex_unlock(&loader->lock);
        const bool is_done = commit(loader, stretch);
        if (is_done)
            add_up(loader, stretch);
        pthread_mutex_lock(&loader->lock);
        loader->head++;
        loader->has_failed |= !is_done;
        pthread_cond_broadcast(&loader->changed);
    }
    pthread_mutex_unlock(&loader->lock);
    return NULL;
}

/* The next stretch that is nobody's; NULL where committing has failed. */
static struct stretch *take_free(struct loader *loader)
{
    pthread_mutex_lock(&loader->lock);
    while (loader->tail - loader->head >= STRETCH_COUNT && !loader->has_failed)
        pthread_cond_wait(&loader->changed, &loader->lock);
    struct stretch *stretch =
        loader->has_failed ? NULL : &loader->stretches[loader->tail % STRETCH_COUNT];
    pthread_mutex_unlock(&loader->lock);
    return stretch;
}

static void push(struct loader *loader, bool is_parsed, bool is_at_end)
{
    pthread_mutex_lock(&loader->lock);
    loader->tail += is_parsed;
    loader->has_failed |= !is_parsed && !is_at_end;
    loader->is_at_end = is_at_end;
    pthread_cond_broadcast(&loader->changed);
    pthread_mutex_unlock(&loader->lock);
}

static void parse_all(struct loader *loader)
{
    const struct stretch *before = NULL;
    while (!ct_input_is_at_end(loader->input)) {
        struct stretch *stretch = take_free(loader);
        if (!stretch)
            return;
        const bool is_parsed = fill(loader, stretch, before) && parse(loader, stretch);
        push(loader, is_parsed, false);
        if (!is_parsed)
            return;
        before = stretch;
    }
    push(loader, false, true);
}

static bool load_side_by_side(struct loader *loader)
{
    pthread_t committer;
    if (pthread_create(&committer, NULL, commit_all, loader) != 0) {
        fputs("centime: no second thread could be started\n", stderr);
        return false;
    }
    parse_all(loader);
    pthread_join(committer, NULL);
    return !loader->has_failed;
}

/* -- All or nothing --------------------------------------------------------------------------- */

static bool parse_kept(struct loader *loader, struct stretch *kept, size_t *count)
{
    const struct stretch *before = NULL;
    while (!ct_input_is_at_end(loader->input)) {
        if (*count == KEPT_MAX) {
            fputs("centime: too much for one commit; larger --batch-bytes may help\n", stderr);
            return false;
        }
        struct stretch *stretch = &kept[(*count)++];
        stretch->writer = loader->stretches[0].writer;
        if (!map_text(stretch, loader->plan->batch_bytes + LINE_BYTES_ROOM) ||
            !fill(loader, stretch, before) || !parse(loader, stretch))
            return false;
        tell_rejects(loader, stretch);
        loader->totals->rejected += stretch->result.rejected;
        ct_progress_show(loader->progress, stretch->input_bytes, 0);
        before = stretch;
    }
    return true;
}

static bool load_at_once(struct loader *loader)
{
    struct stretch room = {0};
    struct stretch *first = &loader->stretches[0];
    if (!map_text(&room, KEPT_MAX * sizeof(struct stretch)))
        return false;
    struct stretch *kept = (struct stretch *)(void *)room.text;
    size_t count = 0;
    bool is_done = parse_kept(loader, kept, &count);
    if (is_done && loader->totals->rejected == 0) {
        reset_result(first);
        first->input_bytes = loader->input->read_bytes;
        is_done = commit(loader, first);
        if (is_done)
            add_up(loader, first);
    } else {
        centime_writer_discard(first->writer);
    }
    for (size_t i = 0; i < count; i++)
        unmap_text(&kept[i]);
    unmap_text(&room);
    return is_done;
}

/* -- All together ----------------------------------------------------------------------------- */

static bool make_stretches(struct loader *loader)
{
    for (size_t i = 0; i < STRETCH_COUNT; i++) {
        centime_error err = CENTIME_ERROR_INIT;
        struct stretch *stretch = &loader->stretches[i];
        if (!map_text(stretch, loader->plan->batch_bytes + LINE_BYTES_ROOM))
            return false;
        if (centime_writer_create(loader->plan->store, loader->plan->database, &stretch->writer,
                                  &err) != CENTIME_OK) {
            ct_report(&err);
            return false;
        }
    }
    return true;
}

bool ct_load_lines(const struct ct_load_plan *plan, struct ct_input *input,
                   struct ct_progress *progress, struct ct_loaded *totals)
{
    struct loader loader = {.plan = plan, .input = input, .progress = progress, .totals = totals};
    *totals = (struct ct_loaded){0};
    pthread_mutex_init(&loader.lock, NULL);
    pthread_cond_init(&loader.changed, NULL);
    const bool is_done =
        make_stretches(&loader) &&
        (plan->write_options.all_or_nothing ? load_at_once(&loader) : load_side_by_side(&loader));
    for (size_t i = 0; i < STRETCH_COUNT; i++) {
        centime_writer_destroy(loader.stretches[i].writer);
        unmap_text(&loader.stretches[i]);
    }
    pthread_cond_destroy(&loader.changed);
    pthread_mutex_destroy(&loader.lock);
    ct_progress_deinit(progress);
    return is_done;
}
