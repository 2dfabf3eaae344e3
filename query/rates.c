#include "rates.h"

#include "civil_time.h"

#define DATE_BYTES    10 /* 2026-06-01 */
#define KEY_BYTES_MAX (CT_RATE_NAME_BYTES_MAX + 2 * CT_CURRENCY_BYTES_MAX + DATE_BYTES + 3)

/* -- Names and keys --------------------------------------------------------------------------- */

static bool is_alphanumeric(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_table_name(struct ct_text name)
{
    if (name.len == 0 || name.len > CT_RATE_NAME_BYTES_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!is_alphanumeric(name.bytes[i]) && !strchr("_-.", name.bytes[i]))
            return false;
    return memchr(name.bytes, 0, name.len) == NULL;
}

static bool is_currency(struct ct_text name)
{
    if (name.len == 0 || name.len > CT_CURRENCY_BYTES_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!is_alphanumeric(name.bytes[i]))
            return false;
    return true;
}

static int shown_len(struct ct_text text)
{
    return text.len < 80 ? (int)text.len : 80;
}

static ct_status check_names(const struct ct_rate *rate, struct ct_error *err)
{
    if (!is_table_name(rate->table))
        return ct_fail(err, CT_INVALID, "not a name of a rate table: %.*s", shown_len(rate->table),
                       rate->table.bytes);
    if (!is_currency(rate->base) || !is_currency(rate->quote) ||
        ct_text_equal(rate->base, rate->quote))
        return ct_fail(err, CT_INVALID, "no two currencies: \"%.*s\" and \"%.*s\"",
                       shown_len(rate->base), rate->base.bytes, shown_len(rate->quote),
                       rate->quote.bytes);
    if (ct_time_unit_start(rate->from_ns, CT_UNIT_DAY) != rate->from_ns)
        return ct_fail(err, CT_INVALID, "a rate holds from a midnight UTC on");
    return CT_OK;
}

/* The day of a time, DATE_BYTES long. */
static void print_date(int64_t time_ns, char *out)
{
    char text[CT_TIME_TEXT_MAX];
    (void)ct_time_print(time_ns, text);
    memcpy(out, text, DATE_BYTES);
}

static void add_part(char *key, size_t *len, struct ct_text part)
{
    memcpy(key + *len, part.bytes, part.len);
    *len += part.len;
    key[(*len)++] = '/';
}

/* Of checked names. */
static struct ct_text make_key(const struct ct_rate *rate, char key[KEY_BYTES_MAX])
{
    size_t len = 0;
    add_part(key, &len, rate->table);
    add_part(key, &len, rate->base);
    add_part(key, &len, rate->quote);
    print_date(rate->from_ns, key + len);
    return (struct ct_text){key, len + DATE_BYTES};
}

ct_status ct_rate_put(struct ct_store *store, struct ct_text database, const struct ct_rate *rate,
                      struct ct_error *err)
{
    char key[KEY_BYTES_MAX], value[CT_DECIMAL_TEXT_MAX];
    CT_TRY(check_names(rate, err));
    if (rate->rate.mantissa <= 0)
        return ct_fail(err, CT_INVALID, "a rate is above 0");
    const struct ct_text text = {value, ct_decimal_print(rate->rate, 0, value)};
    return ct_store_register(store, database, CT_REGISTRY_RATE_TABLE, make_key(rate, key), text,
                             err);
}

ct_status ct_rate_remove(struct ct_store *store, struct ct_text database,
                         const struct ct_rate *rate, struct ct_error *err)
{
    char key[KEY_BYTES_MAX];
    CT_TRY(check_names(rate, err));
    return ct_store_register(store, database, CT_REGISTRY_RATE_TABLE, make_key(rate, key),
                             (struct ct_text){0}, err);
}

/* -- Reading ---------------------------------------------------------------------------------- */

/* What stands before the next slash, which is skipped. */
static struct ct_text take_part(struct ct_text *rest)
{
    const char *slash = rest->len ? memchr(rest->bytes, '/', rest->len) : NULL;
    const size_t len = slash ? (size_t)(slash - rest->bytes) : rest->len;
    const struct ct_text part = {rest->bytes, len};
    const size_t skipped = slash ? len + 1 : len;
    *rest = (struct ct_text){rest->bytes + skipped, rest->len - skipped};
    return part;
}

static ct_status decode(const struct ct_registered *record, struct ct_rate *out,
                        struct ct_error *err)
{
    struct ct_text rest = record->key;
    out->table = take_part(&rest);
    out->base = take_part(&rest);
    out->quote = take_part(&rest);
    if (rest.len != DATE_BYTES || ct_time_parse(rest, &out->from_ns) != CT_OK ||
        ct_decimal_parse(record->value, &out->rate) != CT_OK || out->rate.mantissa <= 0 ||
        check_names(out, NULL) != CT_OK)
        return ct_fail(err, CT_CORRUPT, "the rate \"%.*s\" is damaged", shown_len(record->key),
                       record->key.bytes);
    return CT_OK;
}

/* The registry has them by key, which is by table, base, quote and day: `/` stands before letters
 * and digits. */
static ct_status decode_all(struct ct_rates *rates, struct ct_text table, struct ct_error *err)
{
    rates->items = ct_alloc_zeroed(rates->allocator, rates->record_count + 1, sizeof *rates->items);
    if (!rates->items)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for exchange rates");
    for (size_t i = 0; i < rates->record_count; i++) {
        struct ct_rate *rate = &rates->items[rates->count];
        CT_TRY(decode(&rates->records[i], rate, err));
        rates->count += table.len == 0 || ct_text_equal(rate->table, table);
    }
    return CT_OK;
}

ct_status ct_rates_read(struct ct_catalog *catalog, struct ct_text database, struct ct_text table,
                        const struct ct_allocator *allocator, struct ct_rates *out,
                        struct ct_error *err)
{
    struct ct_rates rates = {.allocator = allocator};
    const uint32_t number = ct_catalog_find_database(catalog, database);
    if (number != CT_NONE)
        CT_TRY(ct_registry_list(catalog, number, CT_REGISTRY_RATE_TABLE, allocator, &rates.records,
                                &rates.record_count, err));
    const ct_status status = decode_all(&rates, table, err);
    if (status == CT_OK)
        *out = rates;
    else
        ct_rates_deinit(&rates);
    return status;
}

void ct_rates_deinit(struct ct_rates *rates)
{
    if (rates->allocator) {
        ct_registered_release_all(rates->allocator, rates->records, rates->record_count);
        ct_release(rates->allocator, rates->items);
    }
    *rates = (struct ct_rates){0};
}

/* -- Looking up ------------------------------------------------------------------------------- */

static int compare_pair(const struct ct_rate *rate, struct ct_text base, struct ct_text quote)
{
    const int order = ct_text_compare(rate->base, base);
    return order ? order : ct_text_compare(rate->quote, quote);
}

/* How many rates stand before the first one of the pair, or of a later pair, that begins after the
 * time. */
static size_t count_until(const struct ct_rates *rates, struct ct_text base, struct ct_text quote,
                          int64_t time_ns)
{
    size_t low = 0, high = rates->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct ct_rate *rate = &rates->items[middle];
        const int order = compare_pair(rate, base, quote);
        if (order < 0 || (order == 0 && rate->from_ns <= time_ns))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

ct_status ct_rates_at(const struct ct_rates *rates, struct ct_text base, struct ct_text quote,
                      int64_t time_ns, struct ct_rate_span *out, struct ct_error *err)
{
    if (ct_text_equal(base, quote)) {
        *out = (struct ct_rate_span){{.mantissa = 1}, INT64_MIN, INT64_MAX};
        return CT_OK;
    }
    const size_t next = count_until(rates, base, quote, time_ns);
    if (next == 0 || compare_pair(&rates->items[next - 1], base, quote) != 0) {
        char date[DATE_BYTES];
        print_date(time_ns, date);
        return ct_fail(err, CT_CURRENCY, "no rate of %.*s to %.*s on %.*s", shown_len(base),
                       base.bytes, shown_len(quote), quote.bytes, DATE_BYTES, date);
    }
    const struct ct_rate *rate = &rates->items[next - 1];
    const bool has_next =
        next < rates->count && compare_pair(&rates->items[next], base, quote) == 0;
    *out = (struct ct_rate_span){rate->rate, rate->from_ns,
                                 has_next ? rates->items[next].from_ns : INT64_MAX};
    return CT_OK;
}
