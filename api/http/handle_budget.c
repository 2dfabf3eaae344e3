/* Budgets: set, removed, and how they stand. Setting replaces, so a request may be sent again. */
#include "budget_scope.h"
#include "item_post.h"
#include "nearest_name.h"
#include "route.h"
#include "server_private.h"
#include "summary_request.h"

/* What a budget's JSON says, before it is one of the library's. */
struct wanted {
    uint32_t struct_size;
    const char *id, *name;
    const char *amount_usd, *amount;
    const char *currency, *alert_threshold, *time_zone;
    const char *period, *calendar;
};

#define TEXT(name, required, place)                                                                \
    {                                                                                              \
        name, CT_ITEM_TEXT, required, 0, offsetof(struct wanted, place), 0                         \
    }
#define DECIMAL(name)                                                                              \
    {                                                                                              \
#name, CT_ITEM_DECIMAL, false, 0, offsetof(struct wanted, name), 0                         \
    }

static const struct ct_item_field fields[] = {
    TEXT("budget_id", true, id),
    TEXT("name", false, name),
    DECIMAL(amount_usd),
    DECIMAL(amount),
    TEXT("currency", false, currency),
    DECIMAL(alert_threshold),
    TEXT("period", false, period),
    TEXT("time_zone", false, time_zone),
    TEXT("calendar", false, calendar),
    {"scope", CT_ITEM_IGNORED, false, 0, 0, 0}, /* read by budget_scope.h */
};

static const struct ct_item_shape shape = {"a budget", sizeof(struct wanted), 0, "",
                                           fields,     CT_COUNT_OF(fields)};

/* -- Setting ----------------------------------------------------------------------------------- */

static const char *const periods[] = {
    [CENTIME_BUDGET_MONTHLY] = "monthly", [CENTIME_BUDGET_DAILY] = "daily",
    [CENTIME_BUDGET_WEEKLY] = "weekly",   [CENTIME_BUDGET_QUARTERLY] = "quarterly",
    [CENTIME_BUDGET_YEARLY] = "yearly",
};
static const char *const calendars[] = {
    [CENTIME_BUDGET_CHARGE] = "charge", [CENTIME_BUDGET_BILLING] = "billing"};

/* Index of the word, 0 for NULL. */
static ct_status read_word(const char *field, const char *word, const char *const *names,
                           uint32_t count, uint32_t *out, struct ct_item_fault *fault)
{
    *out = 0;
    for (uint32_t i = 0; word && i < count; i++)
        if (strcmp(names[i], word) == 0) {
            *out = i;
            return CT_OK;
        }
    if (!word)
        return CT_OK;
    const char *nearest = ct_nearest_name(ct_text_of(word), names, count);
    memcpy(fault->field, field, strlen(field) + 1);
    return ct_fail(&fault->err, CT_INVALID, "%s \"%.60s\" is unknown: did you mean \"%s\"?", field,
                   word, nearest ? nearest : names[0]);
}

static ct_status read_amount(const struct wanted *wanted, centime_budget *out,
                             struct ct_item_fault *fault)
{
    const bool is_usd = !wanted->currency || strcmp(wanted->currency, "USD") == 0;
    (void)memcpy(fault->field, "amount_usd", sizeof "amount_usd");
    if (!wanted->amount_usd == !wanted->amount)
        return ct_fail(&fault->err, CT_INVALID, "give one of amount_usd and amount");
    if (wanted->amount_usd && !is_usd)
        return ct_fail(&fault->err, CT_INVALID,
                       "amount_usd is in USD: give the %.3s as amount, with currency",
                       wanted->currency);
    out->amount = wanted->amount_usd ? wanted->amount_usd : wanted->amount;
    return CT_OK;
}

static ct_status convert(const struct wanted *wanted, struct ct_json json, struct ct_arena *arena,
                         centime_budget *out, struct ct_item_fault *fault)
{
    *out = (centime_budget){.struct_size = sizeof *out,
                            .id = wanted->id,
                            .name = wanted->name,
                            .currency = wanted->currency,
                            .alert_threshold = wanted->alert_threshold,
                            .time_zone = wanted->time_zone};
    CT_TRY(read_amount(wanted, out, fault));
    CT_TRY(read_word("period", wanted->period, periods, CT_COUNT_OF(periods), &out->period, fault));
    CT_TRY(read_word("calendar", wanted->calendar, calendars, CT_COUNT_OF(calendars),
                     &out->calendar, fault));
    memcpy(fault->field, "scope", sizeof "scope");
    CT_TRY(ct_budget_scope_read(ct_json_member(&json, "scope"), arena, out, &fault->err));
    fault->field[0] = 0;
    return CT_OK;
}

static struct ct_json json_of(const struct ct_item_batch *batch, size_t number)
{
    return batch->is_array ? ct_json_at(&batch->root, batch->index[number]) : batch->root;
}

/* Budgets as the library takes them, one for each item, all 0 for one that was refused; NULL: out
 * of memory. */
static centime_budget *convert_all(const struct ct_request *request, struct ct_item_batch *batch)
{
    centime_budget *budgets =
        ct_arena_alloc_zeroed(request->arena, batch->count + 1, sizeof *budgets);
    for (size_t i = 0; budgets && i < batch->count; i++) {
        struct ct_item_fault fault = {0};
        const struct wanted *wanted = (const struct wanted *)batch->items + i;
        const ct_status status =
            convert(wanted, json_of(batch, i), request->arena, &budgets[i], &fault);
        if (status == CT_NO_MEMORY)
            return NULL;
        if (status == CT_OK)
            continue;
        budgets[i] = (centime_budget){0};
        ct_item_batch_reject(batch, i, fault.field, fault.err.text);
    }
    return budgets;
}

static bool is_misfit(int status)
{
    return status == CENTIME_INVALID || status == CENTIME_PARSE || status == CENTIME_RANGE ||
           status == CENTIME_LIMIT || status == CENTIME_NOT_FOUND;
}

/* Sets each, and adds {"status":"set",...} for it; false: the store fails. */
static bool set_all(struct ct_server *server, const struct ct_request *request,
                    struct ct_item_batch *batch, const centime_budget *budgets,
                    struct ct_text_out *out, centime_error *err)
{
    size_t done = 0;
    for (size_t i = 0; i < batch->count; i++) {
        if (budgets[i].struct_size == 0)
            continue;
        const int status = centime_budget_set(server->store, request->database, &budgets[i], err);
        if (is_misfit(status)) {
            ct_item_batch_reject(batch, i, "", err->text);
            continue;
        }
        if (status != CENTIME_OK)
            return false;
        ct_text_out_word(out, done++ ? ",{\"status\":\"set\",\"budget_id\":"
                                     : "{\"status\":\"set\",\"budget_id\":");
        ct_text_out_json(out, ct_text_of(budgets[i].id));
        ct_text_out_word(out, "}");
    }
    return true;
}

static void answer_set(const struct ct_request *request, const struct ct_item_batch *batch,
                       struct ct_text done, struct ct_reply *reply)
{
    struct ct_text_out out;
    ct_text_out_init(&out, request->arena);
    if (batch->rejected) {
        ct_text_out_format(&out, "\"accepted\":%zu,\"rejected\":%zu",
                           batch->given - batch->rejected, batch->rejected);
        ct_item_batch_answer(request, batch, ct_text_out_text(&out), reply);
        return;
    }
    ct_text_out_word(&out, batch->is_array ? "[" : "");
    ct_text_out_add(&out, done);
    ct_text_out_word(&out, batch->is_array ? "]\n" : "\n");
    ct_reply_bytes(reply, "application/json", ct_text_out_text(&out));
}

static void take_batch(struct ct_server *server, const struct ct_request *request,
                       struct ct_item_batch *batch, struct ct_reply *reply)
{
    struct ct_text_out done;
    centime_error err = CENTIME_ERROR_INIT;
    const centime_budget *budgets = convert_all(request, batch);
    ct_text_out_init(&done, request->arena);
    if (!budgets)
        ct_reply_error(request, reply, 503, "no_memory", "out of memory for budgets");
    else if (ct_item_batch_is_refused(request, batch, reply))
        return;
    else if (set_all(server, request, batch, budgets, &done, &err))
        answer_set(request, batch, ct_text_out_text(&done), reply);
    else
        ct_reply_failure(request, reply, &err);
}

static void take_budgets(struct ct_server *server, struct ct_request *request,
                         struct ct_reply *reply)
{
    struct ct_item_batch batch;
    if (!ct_item_batch_read(request, &shape, &batch, reply))
        return;
    take_batch(server, request, &batch, reply);
    ct_item_batch_release(&batch);
}

/* -- Asking ------------------------------------------------------------------------------------ */

/* {"<id>":{...}} without what stands around the inner object. */
static struct ct_text inner_object(const struct ct_request *request, const centime_buffer *buffer)
{
    struct ct_text_out key;
    ct_text_out_init(&key, request->arena);
    ct_text_out_json(&key, request->path_argument);
    const size_t before = key.len + 2;
    const size_t len = centime_buffer_len(buffer);
    if (key.is_short || len < before + 2)
        return (struct ct_text){centime_buffer_bytes(buffer), len};
    return (struct ct_text){centime_buffer_bytes(buffer) + before, len - before - 1};
}

static void list_status(struct ct_server *server, struct ct_request *request,
                        struct ct_reply *reply)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_summary_options options;
    centime_buffer *buffer = NULL;
    const bool is_one = request->path_argument.len > 0;
    if (!ct_summary_options_read(request, &options, reply))
        return;
    if (centime_budget_status_with(server->store, request->database,
                                   is_one ? request->path_argument.bytes : NULL, &options, &buffer,
                                   &err) != CENTIME_OK) {
        ct_reply_failure(request, reply, &err);
        return;
    }
    ct_reply_buffer(reply, "application/json", buffer);
    if (is_one)
        reply->body = inner_object(request, buffer);
}

/* As they were set. */
static void list_settings(struct ct_server *server, struct ct_request *request,
                          struct ct_reply *reply)
{
    centime_error err = CENTIME_ERROR_INIT;
    centime_summary_options options;
    centime_buffer *buffer = NULL;
    if (!ct_summary_options_read(request, &options, reply))
        return;
    if (centime_budgets_with(server->store, request->database, &options, &buffer, &err) ==
        CENTIME_OK)
        ct_reply_buffer(reply, "application/json", buffer);
    else
        ct_reply_failure(request, reply, &err);
}

static void answer_budgets(struct ct_server *server, struct ct_request *request,
                           struct ct_reply *reply)
{
    const struct ct_text view = ct_request_parameter(request, "view");
    if (view.len == 0 || ct_text_equal(view, ct_text_of("status")))
        list_status(server, request, reply);
    else if (ct_text_equal(view, ct_text_of("settings")))
        list_settings(server, request, reply);
    else
        ct_reply_error(request, reply, 400, "bad_parameter", "view takes status or settings");
}

static void remove_budget(struct ct_server *server, struct ct_request *request,
                          struct ct_reply *reply)
{
    centime_error err = CENTIME_ERROR_INIT;
    if (centime_budget_remove(server->store, request->database, request->path_argument.bytes,
                              &err) == CENTIME_OK)
        ct_reply_nothing(reply);
    else
        ct_reply_failure(request, reply, &err);
}

static const struct ct_route routes[] = {
    {CT_METHOD_POST, "/api/v1/budgets", CT_ACCESS_WRITE, CT_FLAVOUR_CENTIME, CT_DATABASE_DATABASE,
     take_budgets},
    {CT_METHOD_GET, "/api/v1/budgets", CT_ACCESS_READ, CT_FLAVOUR_CENTIME, CT_DATABASE_DATABASE,
     answer_budgets},
    {CT_METHOD_GET, "/api/v1/budgets/{budget_id}", CT_ACCESS_READ, CT_FLAVOUR_CENTIME,
     CT_DATABASE_DATABASE, list_status},
    {CT_METHOD_DELETE, "/api/v1/budgets/{budget_id}", CT_ACCESS_WRITE, CT_FLAVOUR_CENTIME,
     CT_DATABASE_DATABASE, remove_budget},
};

const struct ct_route_table ct_budget_routes = {routes, CT_COUNT_OF(routes)};
