/* Charges: structs to rows of the ledger. */
#include "row_writer.h"

#define TAG_PREFIX "tag."

/* What the entries of one call have in common. */
struct adding {
    struct api_entry_ids *ids;
    uint64_t first_id; /* one for each entry, needed or not */
};

/* "tag.team", as long as the batch. NULL: out of memory. */
static const char *prefixed(struct api_row *row, const char *key)
{
    const size_t len = strlen(key);
    char *name = ct_arena_alloc(&row->arena, sizeof TAG_PREFIX + len);
    if (name) {
        memcpy(name, TAG_PREFIX, sizeof TAG_PREFIX - 1);
        memcpy(name + sizeof TAG_PREFIX - 1, key, len + 1);
    }
    return name;
}

static void add_tags(struct api_row *row, const centime_cost_entry *entry)
{
    if (entry->tag_count && !entry->tags && row->status == CT_OK)
        row->status = ct_fail(row->err, CT_INVALID, "tag_count without tags");
    for (uint32_t i = 0; i < entry->tag_count && row->status == CT_OK; i++) {
        const centime_cost_tag *tag = &entry->tags[i];
        api_row_require(row, "a tag's key", tag->key);
        if (row->status != CT_OK)
            return;
        const char *name = prefixed(row, tag->key);
        if (name)
            api_row_tag(row, name, tag->value);
        else
            row->status = ct_fail(row->err, CT_NO_MEMORY, "out of memory for a tag");
    }
}

static void add_entry_id(struct api_row *row, const char *given, const struct adding *adding)
{
    char made[API_ENTRY_ID_BYTES];
    struct ct_text id = api_text(given);
    if (row->status != CT_OK)
        return;
    if (id.len && id.bytes[0] == API_ENTRY_ID_MARK) {
        row->status = ct_fail(row->err, CT_INVALID,
                              "entry_id \"%.80s\" begins with \"%c\", as only those made here do",
                              given, API_ENTRY_ID_MARK);
        return;
    }
    if (id.len == 0) {
        id.len = api_entry_id_print(adding->ids, adding->first_id + row->item, made);
        id.bytes = made;
        id = ct_arena_copy(&row->arena, id);
        if (!id.bytes)
            row->status = ct_fail(row->err, CT_NO_MEMORY, "out of memory for entry ids");
    }
    api_row_string(row, "entry_id", id);
}

/* Fresh is a batch of nothing but entries that get their ids here. */
static void note_freshness(struct api_row *row, const centime_cost_entry *entry)
{
    struct ct_intake *intake = row->writer->intake;
    if (row->item == 0)
        intake->is_fresh = intake->row_count == 0;
    if (entry->entry_id && entry->entry_id[0])
        intake->is_fresh = false;
}

static ct_status add_entry(struct api_row *row, const void *item, void *context)
{
    const centime_cost_entry *entry = item;
    note_freshness(row, entry);
    api_row_require(row, "cost_usd", entry->cost_usd);
    api_row_tag(row, "provider", entry->provider);
    api_row_tag(row, "service", entry->service);
    api_row_tag(row, "resource_id", entry->resource_id);
    api_row_tag(row, "region", entry->region);
    api_row_tag(row, "account", entry->account);
    api_row_tag(row, "cluster", entry->cluster);
    api_row_tag(row, "currency", entry->currency);
    api_row_tag(row, "source", entry->source);
    api_row_tag(row, "billing_period", entry->billing_period);
    api_row_tag(row, "invoice_id", entry->invoice_id);
    add_tags(row, entry);
    api_row_decimal(row, "cost_usd", entry->cost_usd);
    api_row_decimal(row, "usage_quantity", entry->usage_quantity);
    if (entry->charge_end_ns)
        api_row_int64(row, "charge_end", entry->charge_end_ns);
    add_entry_id(row, entry->entry_id, context);
    return api_row_end(row, entry->time_ns);
}

static ct_status add_costs(centime_writer *writer, const centime_cost_entry *items, size_t count,
                           centime_write_result *result, struct ct_error *err)
{
    centime_store *store = writer->store;
    struct adding adding = {.ids = &store->entry_ids};
    const struct api_items all = {
        "cost", "centime_cost_entry", items, count, sizeof *items, add_entry, &adding};
    CT_TRY(api_entry_ids_take(&store->entry_ids, store->store, count, &adding.first_id, err));
    return api_write_items(writer, &all, result, err);
}

int centime_writer_costs(centime_writer *writer, const centime_cost_entry *items, size_t count,
                         centime_write_result *result, centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(add_costs(writer, items, count, result, &story), &story, err);
}
