/* The halves of a write: lines into a writer's batch, and the batch into a commit. What
 * centime_writer_lines does in one call, for those who do the two in different threads. */
#include "api_writer.h"

static void copy_rejects(centime_write_result *result, const struct ct_reject_list *rejects)
{
    result->rejected = rejects->total;
    result->misfits = rejects->misfits;
    result->reject_count = 0;
    if (!result->rejects)
        return;
    for (uint32_t i = 0; i < rejects->kept && i < result->reject_cap; i++) {
        const struct ct_reject *reject = &rejects->items[i];
        centime_reject *out = &result->rejects[result->reject_count++];
        *out = (centime_reject){
            .line = reject->line, .column = reject->column, .code = (int32_t)reject->code};
        memcpy(out->reason, reject->reason, sizeof reject->reason);
        memcpy(out->excerpt, reject->excerpt, sizeof reject->excerpt);
    }
}

static ct_status start(centime_writer *writer, const centime_write_options *options,
                       struct ct_error *err)
{
    if (options->precision > CENTIME_AUTO)
        return ct_fail(err, CT_INVALID, "unknown precision %u", options->precision);
    const struct ct_line_options line_options = {
        .precision = (enum ct_precision)options->precision,
        .default_time_ns = options->has_default_time ? options->default_time_ns
                                                     : ct_clock_now_ns(writer->store->env.clock),
    };
    return ct_line_parser_start(writer->parser, &line_options, err);
}

int centime_writer_parse(centime_writer *writer, const char *text, size_t len, int is_final,
                         const centime_write_options *options, size_t *consumed,
                         centime_write_result *result, centime_error *err)
{
    struct ct_error story = {0};
    centime_write_options known;
    centime_write_result counts = {0};
    ct_status status =
        api_read_struct(&known, sizeof known, options, "centime_write_options", &story);
    if (status == CT_OK)
        status = api_read_struct(&counts, sizeof counts, result, "centime_write_result", &story);
    if (status == CT_OK)
        status = start(writer, &known, &story);
    if (status != CT_OK)
        return api_answer(status, &story, err);
    ct_reject_list_reset(&writer->rejects);
    status =
        ct_line_parse(writer->parser, text, len, is_final != 0, consumed, &writer->rejects, &story);
    copy_rejects(&counts, &writer->rejects);
    if (result)
        (void)api_write_struct(result, &counts, sizeof counts, "centime_write_result", NULL);
    return api_answer(status, &story, err);
}

int centime_writer_commit(centime_writer *writer, centime_write_result *result, centime_error *err)
{
    struct ct_error story = {0};
    struct ct_commit_result commit = {0};
    centime_write_result counts = {0};
    ct_status status =
        api_read_struct(&counts, sizeof counts, result, "centime_write_result", &story);
    if (status == CT_OK)
        status = api_writer_commit(writer, &commit, &story);
    if (status != CT_STALE) /* whose lines are read again, as the same request */
        writer->has_request = false;
    if (status != CT_OK) {
        api_writer_reset(writer);
        return api_answer(status, &story, err);
    }
    api_copy_counts(&counts, &commit);
    if (result)
        (void)api_write_struct(result, &counts, sizeof counts, "centime_write_result", NULL);
    return CENTIME_OK;
}

void centime_writer_discard(centime_writer *writer)
{
    if (!writer)
        return;
    api_writer_reset(writer);
    writer->is_partial = false;
    writer->has_request = false;
}
