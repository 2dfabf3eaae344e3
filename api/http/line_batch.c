#include "line_batch.h"

#include "line_request.h"
#include "server_private.h"
#include "writer_pool.h"

#define STALE_TRIES 16

struct batch {
    centime_writer *writer;
    centime_write_options options;
    const struct ct_text *texts;
    size_t count;
    bool is_final;
};

/* One text into the writer; its rejects are added to those of the others. */
static int parse(const struct batch *batch, size_t index, struct ct_line_outcome *out)
{
    const struct ct_text text = batch->texts[index];
    const bool is_final = batch->is_final || index + 1 < batch->count;
    centime_reject reject;
    centime_write_result counts = CENTIME_WRITE_RESULT_INIT;
    counts.rejects = &reject;
    counts.reject_cap = 1;
    const int status = centime_writer_parse(batch->writer, text.bytes, text.len, is_final,
                                            &batch->options, &out->consumed, &counts, &out->err);
    if (counts.reject_count && out->counts.rejected == 0) {
        out->first_reject = reject;
        out->text_of_reject = index;
    }
    out->counts.rejected += counts.rejected;
    return status;
}

static int parse_and_commit(const struct batch *batch, struct ct_line_outcome *out)
{
    int status = CENTIME_OK;
    out->counts.rejected = 0;
    for (size_t i = 0; i < batch->count && status == CENTIME_OK; i++)
        status = parse(batch, i, out);
    return status == CENTIME_OK ? centime_writer_commit(batch->writer, &out->counts, &out->err)
                                : status;
}

/* Another writer may have given a new field another type meanwhile: then the lines are read again.
 */
static int write_batch(const struct batch *batch, struct ct_line_outcome *out)
{
    int status = CENTIME_STALE;
    for (int tries = 0; tries < STALE_TRIES && status == CENTIME_STALE; tries++)
        status = parse_and_commit(batch, out);
    return status;
}

static const char *database_of(const struct ct_server *server)
{
    const struct ct_server_config *config = &server->config;
    return config->lines_database[0] ? config->lines_database : config->default_database;
}

static void count(struct ct_server *server, enum ct_write_path path,
                  const struct ct_line_outcome *out)
{
    if (out->status == CENTIME_OK)
        ct_meters_write(server->meters, path, &out->counts);
    else if (out->status == CENTIME_READ_ONLY || out->status == CENTIME_DISK_FULL)
        ct_meters_refuse(server->meters, CT_REFUSED_STORE);
}

void ct_line_batch_write(struct ct_server *server, enum ct_write_path path,
                         const struct ct_text *texts, size_t count_of_texts, bool is_final,
                         struct ct_line_outcome *out)
{
    struct batch batch = {.options = {.struct_size = sizeof batch.options},
                          .texts = texts,
                          .count = count_of_texts,
                          .is_final = is_final};
    (void)ct_line_precision(ct_text_of(server->config.udp_precision), &batch.options.precision);
    *out = (struct ct_line_outcome){.counts = CENTIME_WRITE_RESULT_INIT, .err = CENTIME_ERROR_INIT};
    const char *database = database_of(server);
    out->status = ct_writer_pool_borrow(server->writers, database, &batch.writer, &out->err);
    if (out->status != CENTIME_OK)
        return;
    out->status = write_batch(&batch, out);
    ct_writer_pool_return(server->writers, database, batch.writer);
    count(server, path, out);
}
