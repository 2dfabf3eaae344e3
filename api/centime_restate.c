/* Restatement: line protocol to staged rows, and these to one commit. A text is staged in pieces,
 * so that what is parsed and not yet staged stays small. */
#include "api_writer.h"
#include "restate.h"

#define PIECE_BYTES ((size_t)8 << 20)
#define STALE_TRIES 16

struct centime_restatement {
    centime_writer *writer;
    struct ct_restate *restate;
    uint64_t lines_before; /* of all texts, before the piece being read */
    bool has_failed;
};

/* -- Beginning -------------------------------------------------------------------------------- */

static ct_status begin(centime_restatement *restatement, centime_store *store,
                       const centime_restate_scope *scope, struct ct_error *err)
{
    const bool has_times = scope->start_ns != 0 || scope->end_ns != 0;
    struct ct_tag *tags =
        ct_alloc_zeroed(&store->memory->allocator, scope->key_count + 1, sizeof *tags);
    if (!tags)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a restatement");
    for (size_t i = 0; i < scope->key_count; i++)
        tags[i] = (struct ct_tag){api_text(scope->keys[i]), api_text(scope->values[i])};
    const struct ct_restate_scope known = {
        .database = api_database(scope->database),
        .table = api_text(scope->table),
        .tags = tags,
        .tag_count = scope->key_count > UINT32_MAX ? UINT32_MAX : (uint32_t)scope->key_count,
        .start_ns = has_times ? scope->start_ns : INT64_MIN,
        .end_ns = has_times ? scope->end_ns : INT64_MAX};
    const ct_status status = ct_restate_begin(store->store, &known, &restatement->restate, err);
    ct_release(&store->memory->allocator, tags);
    return status;
}

static ct_status make_restatement(centime_store *store, const centime_restate_scope *scope,
                                  centime_restatement **out, struct ct_error *err)
{
    const struct ct_allocator *allocator = &store->memory->allocator;
    centime_writer *writer;
    CT_TRY(api_writer_make(store, scope->database, &writer, err));
    centime_restatement *restatement = ct_alloc_zeroed(allocator, 1, sizeof *restatement);
    if (!restatement) {
        centime_writer_destroy(writer);
        return ct_fail(err, CT_NO_MEMORY, "out of memory for a restatement");
    }
    restatement->writer = writer;
    const ct_status status = begin(restatement, store, scope, err);
    if (status == CT_OK)
        *out = restatement;
    else
        centime_restate_abandon(restatement);
    return status;
}

int centime_restate_begin(centime_store *store, const centime_restate_scope *scope,
                          centime_restatement **out, centime_error *err)
{
    struct ct_error story = {0};
    centime_restate_scope known;
    ct_status status =
        api_read_struct(&known, sizeof known, scope, "centime_restate_scope", &story);
    if (status == CT_OK)
        status = make_restatement(store, &known, out, &story);
    return api_answer(status, &story, err);
}

void centime_restate_abandon(centime_restatement *restatement)
{
    if (!restatement)
        return;
    const struct ct_allocator *allocator = &restatement->writer->store->memory->allocator;
    ct_restate_abandon(restatement->restate);
    centime_writer_destroy(restatement->writer);
    ct_release(allocator, restatement);
}

/* -- Lines ------------------------------------------------------------------------------------ */

struct piece {
    const char *text;
    size_t len;
    bool is_final;
    struct ct_line_options options;
};

static ct_status parse(centime_writer *writer, const struct piece *piece, size_t *consumed,
                       struct ct_error *err)
{
    *consumed = 0;
    ct_reject_list_reset(&writer->rejects);
    CT_TRY(ct_line_parser_start(writer->parser, &piece->options, err));
    const ct_status status = ct_line_parse(writer->parser, piece->text, piece->len, piece->is_final,
                                           consumed, &writer->rejects, err);
    return status == CT_LIMIT && *consumed ? CT_OK : status; /* a full batch: the rest comes next */
}

static ct_status fail_at_line(const centime_restatement *restatement, struct ct_error *err)
{
    const struct ct_reject *first = &restatement->writer->rejects.items[0];
    (void)ct_fail(err, first->code, "%s, in \"%s\"", first->reason, first->excerpt);
    err->line = (uint32_t)(first->line + restatement->lines_before);
    err->column = first->column;
    return first->code;
}

/* Reads the piece again, line by line, to say which one is outside the scope. */
static void find_line(const centime_restatement *restatement, const struct piece *piece,
                      struct ct_error *err)
{
    centime_writer *writer = restatement->writer;
    uint64_t lines = restatement->lines_before;
    err->line = 0;
    for (size_t at = 0, end = 0; end < piece->len;) {
        const char *newline = memchr(piece->text + end, '\n', piece->len - end);
        end = newline ? (size_t)(newline - piece->text) + 1 : piece->len;
        const struct piece line = {.text = piece->text + at,
                                   .len = end - at,
                                   .is_final = end == piece->len,
                                   .options = piece->options};
        size_t consumed;
        api_writer_reset(writer);
        if (parse(writer, &line, &consumed, NULL) != CT_OK)
            return;
        if (ct_restate_check(restatement->restate, writer->intake, NULL) != CT_OK) {
            err->line = (uint32_t)(lines + 1);
            return;
        }
        lines += api_count_lines(line.text, consumed);
        at += consumed;
    }
}

/* Stages what of the piece is whole lines. */
static ct_status stage(centime_restatement *restatement, const struct piece *piece,
                       size_t *consumed, struct ct_error *err)
{
    centime_writer *writer = restatement->writer;
    for (int tries = 0; tries < STALE_TRIES; tries++) {
        CT_TRY(parse(writer, piece, consumed, err));
        if (writer->rejects.total)
            return fail_at_line(restatement, err);
        const ct_status status = ct_restate_add(restatement->restate, writer->intake, err);
        if (status == CT_INVALID)
            find_line(restatement, piece, err);
        ct_line_parser_release_strings(writer->parser);
        if (status != CT_STALE)
            return status;
        api_writer_reset(writer);
    }
    return ct_fail(err, CT_STALE, "definitions kept changing while the lines were read");
}

static ct_status stage_all(centime_restatement *restatement, const char *text, size_t len,
                           bool is_final, const struct ct_line_options *options, size_t *consumed,
                           struct ct_error *err)
{
    *consumed = 0;
    for (size_t piece_bytes = PIECE_BYTES; *consumed < len;) {
        const size_t left = len - *consumed;
        const struct piece piece = {.text = text + *consumed,
                                    .len = left < piece_bytes ? left : piece_bytes,
                                    .is_final = is_final && left <= piece_bytes,
                                    .options = *options};
        size_t taken;
        CT_TRY(stage(restatement, &piece, &taken, err));
        if (taken == 0 && piece.len == left)
            break;
        piece_bytes = taken ? PIECE_BYTES : piece_bytes * 2; /* one line longer than a piece */
        restatement->lines_before += api_count_lines(piece.text, taken);
        *consumed += taken;
    }
    return CT_OK;
}

static ct_status read_lines(centime_restatement *restatement, const char *text, size_t len,
                            bool is_final, const centime_write_options *options, size_t *consumed,
                            struct ct_error *err)
{
    if (restatement->has_failed)
        return ct_fail(err, CT_INVALID, "the restatement has failed before: abandon it");
    if (options->precision > CENTIME_AUTO)
        return ct_fail(err, CT_INVALID, "unknown precision %u", options->precision);
    const struct ct_line_options line_options = {
        .precision = (enum ct_precision)options->precision,
        .default_time_ns = options->has_default_time
                               ? options->default_time_ns
                               : ct_clock_now_ns(restatement->writer->store->env.clock),
    };
    const ct_status status =
        stage_all(restatement, text, len, is_final, &line_options, consumed, err);
    restatement->has_failed = status != CT_OK;
    api_writer_reset(restatement->writer);
    return status;
}

int centime_restate_lines(centime_restatement *restatement, const char *text, size_t len,
                          int is_final, const centime_write_options *options, size_t *consumed,
                          centime_error *err)
{
    struct ct_error story = {0};
    centime_write_options known;
    size_t taken = 0;
    ct_status status =
        api_read_struct(&known, sizeof known, options, "centime_write_options", &story);
    if (status == CT_OK)
        status = read_lines(restatement, text, len, is_final != 0, &known, &taken, &story);
    if (consumed)
        *consumed = taken;
    return api_answer(status, &story, err);
}

/* -- Finishing -------------------------------------------------------------------------------- */

static ct_status read_options(const centime_restate_options *options,
                              struct ct_restate_options *out, struct ct_error *err)
{
    *out = (struct ct_restate_options){
        .has_count = options->expects_count != 0,
        .count = options->expected_count,
        .has_total = options->expected_total != NULL,
        .field = api_text(options->field),
        .has_sequence = options->has_sequence != 0,
        .sequence = options->sequence,
        .is_forced = options->is_forced != 0,
    };
    if (!out->has_total)
        return CT_OK;
    const ct_status status = ct_decimal_parse(api_text(options->expected_total), &out->total);
    if (status == CT_OK)
        return CT_OK;
    return ct_fail(err, CT_INVALID, "the expected total \"%.60s\" is no decimal number",
                   options->expected_total);
}

static void print_total(const struct ct_restate_amount *amount, char *out)
{
    const size_t len = amount->has_total ? ct_decimal_sum_print(&amount->total, 2, out) : 0;
    out[len] = 0;
}

static void copy_result(const struct ct_restate_result *from, centime_restate_result *out)
{
    static_assert(sizeof out->total_after > CT_DECIMAL_TEXT_MAX, "a total fits");
    *out = (centime_restate_result){.struct_size = sizeof *out,
                                    .is_unchanged = from->is_unchanged,
                                    .commit = from->commit,
                                    .given_rows = from->staged_rows,
                                    .numbered_rows = from->numbered_rows,
                                    .folded_rows = from->folded_rows,
                                    .rows_before = from->before.row_count,
                                    .rows_after = from->after.row_count};
    print_total(&from->before, out->total_before);
    print_total(&from->after, out->total_after);
}

static ct_status finish(centime_restatement *restatement, const centime_restate_options *options,
                        centime_restate_result *result, struct ct_error *err)
{
    struct ct_restate_options known;
    struct ct_restate_result found = {0};
    if (restatement->has_failed)
        return ct_fail(err, CT_INVALID, "lines of the restatement could not be staged");
    CT_TRY(read_options(options, &known, err));
    struct ct_restate *restate = restatement->restate;
    restatement->restate = NULL;
    CT_TRY(ct_restate_finish(restate, &known, &found, err));
    centime_restate_result answer;
    copy_result(&found, &answer);
    return result ? api_write_struct(result, &answer, sizeof answer, "centime_restate_result", err)
                  : CT_OK;
}

/* Asked before anything is done: what could not be told should not happen. */
static ct_status check_result(const centime_restate_result *result, struct ct_error *err)
{
    centime_restate_result known;
    return api_read_struct(&known, sizeof known, result, "centime_restate_result", err);
}

int centime_restate_finish(centime_restatement *restatement, const centime_restate_options *options,
                           centime_restate_result *result, centime_error *err)
{
    struct ct_error story = {0};
    centime_restate_options known;
    ct_status status =
        api_read_struct(&known, sizeof known, options, "centime_restate_options", &story);
    if (status == CT_OK)
        status = check_result(result, &story);
    if (status == CT_OK)
        status = finish(restatement, &known, result, &story);
    centime_restate_abandon(restatement);
    return api_answer(status, &story, err);
}

int centime_restate(centime_store *store, const centime_restate_scope *scope, const char *text,
                    size_t len, const centime_restate_options *options,
                    centime_restate_result *result, centime_error *err)
{
    struct ct_error story = {0};
    centime_restate_options known;
    const ct_status status =
        api_read_struct(&known, sizeof known, options, "centime_restate_options", &story);
    if (status != CT_OK)
        return api_answer(status, &story, err);
    centime_restatement *restatement;
    int answer = centime_restate_begin(store, scope, &restatement, err);
    if (answer != CENTIME_OK)
        return answer;
    const centime_write_options lines = {.struct_size = sizeof lines, .precision = known.precision};
    answer = centime_restate_lines(restatement, text, len, 1, &lines, NULL, err);
    if (answer == CENTIME_OK)
        return centime_restate_finish(restatement, options, result, err);
    centime_restate_abandon(restatement);
    return answer;
}
