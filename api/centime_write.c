/* Line protocol to commits. A text is one commit, or as many as the intake's limit of rows makes; a
 * commit that finds its definitions overtaken by another writer's reads its lines again. */
#include "api_writer.h"

#define STALE_TRIES 16

ct_status api_writer_make(centime_store *store, const char *database, centime_writer **out,
                          struct ct_error *err)
{
    const struct ct_allocator *allocator = &store->memory->allocator;
    centime_writer *writer = ct_alloc_zeroed(allocator, 1, sizeof *writer);
    if (!writer)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a writer");
    writer->store = store;
    ct_status status = ct_intake_create(ct_store_catalog(store->store), allocator,
                                        api_database(database), &writer->intake, err);
    if (status == CT_OK)
        status = ct_line_parser_create(allocator, writer->intake, &writer->parser, err);
    if (status == CT_OK)
        *out = writer;
    else
        centime_writer_destroy(writer);
    return status;
}

int centime_writer_create(centime_store *store, const char *database, centime_writer **out,
                          centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(api_writer_make(store, database, out, &story), &story, err);
}

void centime_writer_destroy(centime_writer *writer)
{
    if (!writer)
        return;
    ct_line_parser_destroy(writer->parser);
    ct_intake_destroy(writer->intake);
    ct_release(&writer->store->memory->allocator, writer);
}

void api_writer_reset(centime_writer *writer)
{
    ct_intake_reset(writer->intake);
    ct_line_parser_release_strings(writer->parser);
}

ct_status api_writer_commit(centime_writer *writer, struct ct_commit_result *total,
                            struct ct_error *err)
{
    struct ct_commit_result result = {0};
    CT_TRY(ct_store_commit_once(writer->store->store, writer->intake,
                                writer->has_request ? &writer->request : NULL, &result, err));
    ct_line_parser_release_strings(writer->parser);
    if (result.commit)
        total->commit = result.commit;
    total->row_count += result.row_count;
    total->overwritten_rows += result.overwritten_rows;
    total->overwritten_money += result.overwritten_money;
    total->is_repeat = result.is_repeat;
    return CT_OK;
}

ct_status api_writer_request(centime_writer *writer, const char *key, const void *content,
                             size_t len, struct ct_error *err)
{
    const struct ct_text text = api_text(key);
    if (text.len == 0 || text.len > CT_REQUEST_KEY_BYTES_MAX)
        return ct_fail(err, CT_INVALID, "a request key has 1 to %d bytes, not %zu",
                       CT_REQUEST_KEY_BYTES_MAX, text.len);
    memcpy(writer->request_key, text.bytes, text.len);
    writer->request = (struct ct_request_key){.key = {writer->request_key, text.len}};
    for (int i = 0; i < 2; i++)
        writer->request.content[i] = ct_hash(content, len, (uint64_t)i + 1);
    writer->has_request = true;
    return CT_OK;
}

int centime_writer_request(centime_writer *writer, const char *key, const void *content, size_t len,
                           centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(api_writer_request(writer, key, content, len, &story), &story, err);
}

/* -- Rejects ---------------------------------------------------------------------------------- */

uint64_t api_count_lines(const char *text, size_t len)
{
    uint64_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += text[i] == '\n';
    return count;
}

static void keep_reject(struct writing *writing, const struct ct_reject *reject)
{
    centime_write_result *result = &writing->result;
    if (!result->rejects || result->reject_count >= result->reject_cap)
        return;
    centime_reject *out = &result->rejects[result->reject_count++];
    *out = (centime_reject){.line = reject->line + writing->lines_before,
                            .column = reject->column,
                            .code = (int32_t)reject->code};
    static_assert(sizeof out->reason >= sizeof reject->reason, "a reason fits");
    static_assert(sizeof out->excerpt >= sizeof reject->excerpt, "an excerpt fits");
    memcpy(out->reason, reject->reason, sizeof reject->reason);
    memcpy(out->excerpt, reject->excerpt, sizeof reject->excerpt);
}

static void keep_rejects(struct writing *writing)
{
    const struct ct_reject_list *rejects = &writing->writer->rejects;
    if (writing->result.rejected == 0 && rejects->total) {
        const struct ct_reject *first = &rejects->items[0];
        (void)ct_fail(&writing->first_reject, CT_PARSE, "%s, in \"%s\"", first->reason,
                      first->excerpt);
        writing->first_reject.line = (uint32_t)(first->line + writing->lines_before);
        writing->first_reject.column = first->column;
    }
    writing->result.rejected += rejects->total;
    writing->result.misfits += rejects->misfits;
    for (uint32_t i = 0; i < rejects->kept; i++)
        keep_reject(writing, &rejects->items[i]);
}

/* -- Lines ------------------------------------------------------------------------------------ */

/* Reads from `at` on; *consumed is what the intake took. CT_LIMIT with something taken is no
 * failure. */
static ct_status parse(struct writing *writing, size_t at, size_t *consumed, struct ct_error *err)
{
    centime_writer *writer = writing->writer;
    *consumed = 0;
    ct_reject_list_reset(&writer->rejects);
    CT_TRY(ct_line_parser_start(writer->parser, &writing->line_options, err));
    const ct_status status = ct_line_parse(writer->parser, writing->text + at, writing->len - at,
                                           true, consumed, &writer->rejects, err);
    if (status == CT_LIMIT && *consumed && !writing->all_or_nothing)
        return CT_OK;
    return status;
}

static bool is_refused(const struct writing *writing)
{
    const struct ct_reject_list *rejects = &writing->writer->rejects;
    const uint64_t forgiven = writing->may_misfit ? rejects->misfits : 0;
    return writing->all_or_nothing && rejects->total > forgiven;
}

/* One commit's worth of lines. */
static ct_status write_piece(struct writing *writing, size_t at, size_t *consumed,
                             struct ct_error *err)
{
    centime_writer *writer = writing->writer;
    for (int tries = 0; tries < STALE_TRIES; tries++) {
        CT_TRY(parse(writing, at, consumed, err));
        if (writer->has_request && at + *consumed < writing->len)
            return ct_fail(err, CT_LIMIT, "a request with a key is one commit, of at most %u rows",
                           CT_BATCH_ROWS_MAX);
        if (is_refused(writing))
            return CT_OK; /* told, not written */
        const ct_status status = api_writer_commit(writer, &writing->commit, err);
        if (status != CT_STALE)
            return status;
        api_writer_reset(writer);
    }
    return ct_fail(err, CT_STALE, "definitions kept changing while the lines were read");
}

static ct_status write_pieces(struct writing *writing, struct ct_error *err)
{
    for (size_t at = 0; at < writing->len;) {
        size_t consumed = 0;
        CT_TRY(write_piece(writing, at, &consumed, err));
        keep_rejects(writing);
        if (consumed == 0)
            break;
        if (at + consumed < writing->len)
            writing->lines_before += api_count_lines(writing->text + at, consumed);
        at += consumed;
    }
    return CT_OK;
}

static ct_status write_lines(struct writing *writing, const centime_write_options *options,
                             struct ct_error *err)
{
    if (options->precision > CENTIME_AUTO)
        return ct_fail(err, CT_INVALID, "unknown precision %u", options->precision);
    if (options->request_key)
        CT_TRY(api_writer_request(writing->writer, options->request_key, writing->text,
                                  writing->len, err));
    writing->all_or_nothing = options->all_or_nothing != 0;
    writing->may_misfit = options->all_or_nothing == CENTIME_WELL_FORMED;
    writing->line_options.precision = (enum ct_precision)options->precision;
    writing->line_options.default_time_ns =
        options->has_default_time ? options->default_time_ns
                                  : ct_clock_now_ns(writing->writer->store->env.clock);
    const ct_status status = write_pieces(writing, err);
    api_writer_reset(writing->writer);
    writing->writer->has_request = false;
    api_copy_counts(&writing->result, &writing->commit);
    if (status != CT_OK || writing->result.rejected == 0)
        return status;
    *err = writing->first_reject;
    return CT_PARSE;
}

int centime_writer_lines(centime_writer *writer, const char *text, size_t len,
                         const centime_write_options *options, centime_write_result *result,
                         centime_error *err)
{
    struct ct_error story = {0};
    centime_write_options known;
    struct writing writing = {.writer = writer, .text = text, .len = len};
    ct_status status =
        api_read_struct(&known, sizeof known, options, "centime_write_options", &story);
    if (status == CT_OK)
        status = api_read_struct(&writing.result, sizeof writing.result, result,
                                 "centime_write_result", &story);
    if (status != CT_OK)
        return api_answer(status, &story, err);
    api_clear_counts(&writing.result);
    status = write_lines(&writing, &known, &story);
    if (result)
        (void)api_write_struct(result, &writing.result, sizeof writing.result,
                               "centime_write_result", NULL);
    return api_answer(status, &story, err);
}

void centime_writer_partial(centime_writer *writer)
{
    writer->is_partial = true;
}

void api_clear_counts(centime_write_result *result)
{
    result->reject_count = 0;
    result->rows = result->rejected = result->misfits = 0;
    result->overwritten_rows = result->overwritten_money = 0;
    result->commit = 0;
    result->is_repeat = 0;
}

void api_copy_counts(centime_write_result *result, const struct ct_commit_result *commit)
{
    result->rows = commit->row_count;
    result->overwritten_rows = commit->overwritten_rows;
    result->overwritten_money = commit->overwritten_money;
    result->commit = commit->commit;
    result->is_repeat = commit->is_repeat;
}

int centime_write(centime_store *store, const char *database, const char *text, size_t len,
                  const centime_write_options *options, centime_write_result *result,
                  centime_error *err)
{
    centime_writer *writer = NULL;
    int status = centime_writer_create(store, database, &writer, err);
    if (status != CENTIME_OK)
        return status;
    status = centime_writer_lines(writer, text, len, options, result, err);
    centime_writer_destroy(writer);
    return status;
}
