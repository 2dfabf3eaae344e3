/* Ranges and windows of time. */
#include "influx_time.h"

#include <math.h>

#include "civil_time.h"

/* -- Constants -------------------------------------------------------------------------------- */

static ct_status incompatible(const struct ct_influx_expr *expr, struct ct_error *err)
{
    static const char *const names[] = {
        [CT_EXPR_VARIABLE] = "VarRef",
        [CT_EXPR_WILDCARD] = "Wildcard",
        [CT_EXPR_CALL] = "Call",
        [CT_EXPR_BINARY] = "BinaryExpr",
        [CT_EXPR_PAREN] = "ParenExpr",
        [CT_EXPR_NUMBER] = "NumberLiteral",
        [CT_EXPR_INTEGER] = "IntegerLiteral",
        [CT_EXPR_UNSIGNED] = "UnsignedLiteral",
        [CT_EXPR_STRING] = "StringLiteral",
        [CT_EXPR_BOOLEAN] = "BooleanLiteral",
        [CT_EXPR_DURATION] = "DurationLiteral",
        [CT_EXPR_TIME] = "TimeLiteral",
        [CT_EXPR_REGEX] = "RegexLiteral",
    };
    return ct_fail(err, CT_INVALID, "invalid operation: time and *influxql.%s are not compatible",
                   names[expr->kind]);
}

/* Local where the text has no offset from UTC. */
static bool has_offset(struct ct_text text)
{
    if (text.len == 0 || text.bytes[text.len - 1] == 'Z' || text.bytes[text.len - 1] == 'z')
        return true;
    for (size_t i = 11; i < text.len; i++) /* behind the date */
        if (text.bytes[i] == '+' || text.bytes[i] == '-')
            return true;
    return false;
}

static ct_status time_of_text(const struct ct_influx_expr *expr, const struct ct_time_zone *zone,
                              int64_t *out_ns, struct ct_error *err)
{
    if (ct_time_parse(expr->text, out_ns) != CT_OK)
        return incompatible(expr, err);
    if (!zone || has_offset(expr->text))
        return CT_OK;
    const int64_t fraction_ns = (*out_ns % CT_SECOND_NS + CT_SECOND_NS) % CT_SECOND_NS;
    const int64_t instant_s = ct_time_zone_instant(zone, (*out_ns - fraction_ns) / CT_SECOND_NS);
    int64_t instant_ns;
    if (__builtin_mul_overflow(instant_s, CT_SECOND_NS, &instant_ns) ||
        __builtin_add_overflow(instant_ns, fraction_ns, out_ns))
        return ct_fail(err, CT_INVALID, "time %.*s out of range", (int)expr->text.len,
                       expr->text.bytes);
    return CT_OK;
}

/* Past the ends of time: its end. */
static int64_t add_clamped(int64_t a, int64_t b)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return a < 0 ? INT64_MIN : INT64_MAX;
    return sum;
}

static ct_status time_of_sum(const struct ct_influx_expr *expr, int64_t now_ns,
                             const struct ct_time_zone *zone, int64_t *out_ns, struct ct_error *err)
{
    int64_t left_ns;
    int64_t right_ns;
    if (expr->operation != CT_OPERATOR_ADD && expr->operation != CT_OPERATOR_SUBTRACT)
        return incompatible(expr, err);
    CT_TRY(ct_influx_time_of(expr->left, now_ns, zone, &left_ns, err));
    CT_TRY(ct_influx_time_of(expr->right, now_ns, zone, &right_ns, err));
    const int64_t negated_ns = right_ns == INT64_MIN ? INT64_MAX : -right_ns;
    *out_ns = add_clamped(left_ns, expr->operation == CT_OPERATOR_ADD ? right_ns : negated_ns);
    return CT_OK;
}

ct_status ct_influx_time_of(const struct ct_influx_expr *expr, int64_t now_ns,
                            const struct ct_time_zone *zone, int64_t *out_ns, struct ct_error *err)
{
    switch ((unsigned)expr->kind) {
    case CT_EXPR_INTEGER:
    case CT_EXPR_DURATION:
    case CT_EXPR_TIME:
        *out_ns = expr->integer;
        return CT_OK;
    case CT_EXPR_NUMBER:
        if (!(fabs(expr->number) < 9.2e18))
            return incompatible(expr, err);
        *out_ns = (int64_t)expr->number;
        return CT_OK;
    case CT_EXPR_STRING:
        return time_of_text(expr, zone, out_ns, err);
    case CT_EXPR_PAREN:
        return ct_influx_time_of(expr->left, now_ns, zone, out_ns, err);
    case CT_EXPR_BINARY:
        return time_of_sum(expr, now_ns, zone, out_ns, err);
    case CT_EXPR_CALL:
        if (!ct_text_equal(expr->text, ct_text_of("now")) || expr->argument_count)
            return incompatible(expr, err);
        *out_ns = now_ns;
        return CT_OK;
    default:
        return incompatible(expr, err);
    }
}

/* -- Ranges ----------------------------------------------------------------------------------- */

struct ct_influx_range ct_influx_range_meet(struct ct_influx_range a, struct ct_influx_range b)
{
    return (struct ct_influx_range){
        .first_ns = a.first_ns > b.first_ns ? a.first_ns : b.first_ns,
        .last_ns = a.last_ns < b.last_ns ? a.last_ns : b.last_ns,
        .has_first = a.has_first || b.has_first,
        .has_last = a.has_last || b.has_last,
    };
}

static bool is_time(const struct ct_influx_expr *expr)
{
    return expr->kind == CT_EXPR_VARIABLE && expr->text.len == 4 &&
           (expr->text.bytes[0] | 0x20) == 't' && (expr->text.bytes[1] | 0x20) == 'i' &&
           (expr->text.bytes[2] | 0x20) == 'm' && (expr->text.bytes[3] | 0x20) == 'e';
}

/* a < b is b > a. */
static enum ct_influx_operator turned(enum ct_influx_operator operation)
{
    switch ((unsigned)operation) {
    case CT_OPERATOR_LESS:
        return CT_OPERATOR_GREATER;
    case CT_OPERATOR_LESS_EQUAL:
        return CT_OPERATOR_GREATER_EQUAL;
    case CT_OPERATOR_GREATER:
        return CT_OPERATOR_LESS;
    case CT_OPERATOR_GREATER_EQUAL:
        return CT_OPERATOR_LESS_EQUAL;
    default:
        return operation;
    }
}

static ct_status range_of(enum ct_influx_operator operation, int64_t time_ns,
                          struct ct_influx_range *out, struct ct_error *err)
{
    struct ct_influx_range range = ct_influx_range_all();
    range.has_first = operation == CT_OPERATOR_GREATER || operation == CT_OPERATOR_GREATER_EQUAL ||
                      operation == CT_OPERATOR_EQUAL;
    range.has_last = operation == CT_OPERATOR_LESS || operation == CT_OPERATOR_LESS_EQUAL ||
                     operation == CT_OPERATOR_EQUAL;
    if (!range.has_first && !range.has_last)
        return ct_fail(err, CT_INVALID, "invalid time comparison operator: %s",
                       ct_influx_operator_text(operation));
    if (range.has_first)
        range.first_ns = add_clamped(time_ns, operation == CT_OPERATOR_GREATER);
    if (range.has_last)
        range.last_ns = add_clamped(time_ns, operation == CT_OPERATOR_LESS ? -1 : 0);
    *out = ct_influx_range_meet(*out, range);
    return CT_OK;
}

struct splitting {
    struct ct_arena *arena;
    int64_t now_ns;
    const struct ct_time_zone *zone;
    struct ct_influx_range *range;
    struct ct_error *err;
};

static ct_status copy_node(struct splitting *s, const struct ct_influx_expr *expr,
                           struct ct_influx_expr **out)
{
    *out = ct_arena_alloc(s->arena, sizeof **out);
    if (!*out)
        return ct_fail(s->err, CT_NO_MEMORY, "out of memory for a condition");
    **out = *expr;
    return CT_OK;
}

static ct_status split(struct splitting *s, struct ct_influx_expr *expr,
                       struct ct_influx_expr **rest);

static ct_status split_both(struct splitting *s, struct ct_influx_expr *expr,
                            struct ct_influx_expr **rest)
{
    struct ct_influx_expr *left;
    struct ct_influx_expr *right;
    CT_TRY(split(s, expr->left, &left));
    CT_TRY(split(s, expr->right, &right));
    *rest = left ? left : right;
    if (!left || !right)
        return CT_OK;
    CT_TRY(copy_node(s, expr, rest));
    (*rest)->left = left;
    (*rest)->right = right;
    return CT_OK;
}

static ct_status split_comparison(struct splitting *s, struct ct_influx_expr *expr,
                                  struct ct_influx_expr **rest)
{
    int64_t time_ns;
    *rest = NULL;
    if (is_time(expr->left)) {
        CT_TRY(ct_influx_time_of(expr->right, s->now_ns, s->zone, &time_ns, s->err));
        return range_of(expr->operation, time_ns, s->range, s->err);
    }
    if (is_time(expr->right)) {
        CT_TRY(ct_influx_time_of(expr->left, s->now_ns, s->zone, &time_ns, s->err));
        return range_of(turned(expr->operation), time_ns, s->range, s->err);
    }
    *rest = expr;
    return CT_OK;
}

static ct_status not_a_condition(const struct ct_influx_expr *expr, struct ct_error *err)
{
    return ct_fail(err, CT_INVALID, "invalid condition expression: %.*s",
                   (int)(expr->text.len < 80 ? expr->text.len : 80),
                   expr->text.len ? expr->text.bytes : "");
}

static ct_status split(struct splitting *s, struct ct_influx_expr *expr,
                       struct ct_influx_expr **rest)
{
    if (expr->kind == CT_EXPR_BINARY && expr->operation >= CT_OPERATOR_EQUAL)
        return split_comparison(s, expr, rest);
    if (expr->kind == CT_EXPR_BINARY && expr->operation >= CT_OPERATOR_AND)
        return split_both(s, expr, rest);
    if (expr->kind == CT_EXPR_BOOLEAN) {
        *rest = expr;
        return CT_OK;
    }
    if (expr->kind != CT_EXPR_PAREN)
        return not_a_condition(expr, s->err);
    struct ct_influx_expr *inner;
    CT_TRY(split(s, expr->left, &inner));
    *rest = NULL;
    if (!inner)
        return CT_OK;
    CT_TRY(copy_node(s, expr, rest));
    (*rest)->left = inner;
    return CT_OK;
}

ct_status ct_influx_split_condition(struct ct_arena *arena, struct ct_influx_expr *condition,
                                    int64_t now_ns, const struct ct_time_zone *zone,
                                    struct ct_influx_expr **rest, struct ct_influx_range *range,
                                    struct ct_error *err)
{
    *rest = NULL;
    *range = ct_influx_range_all();
    if (!condition)
        return CT_OK;
    struct splitting splitting = {arena, now_ns, zone, range, err};
    return split(&splitting, condition, rest);
}

/* -- Windows ---------------------------------------------------------------------------------- */

static int64_t zone_offset_ns(const struct ct_time_zone *zone, int64_t time_ns)
{
    if (!zone)
        return 0;
    const int64_t floor_s = time_ns / CT_SECOND_NS - (time_ns % CT_SECOND_NS < 0);
    return ct_time_zone_offset(zone, floor_s) * CT_SECOND_NS;
}

/* An edge moves with the clocks where they changed between the time and it, by less than a window.
 */
static int64_t follow_clocks(const struct ct_influx_interval *interval, int64_t zone_ns,
                             int64_t edge_ns)
{
    const int64_t change_ns = zone_ns - zone_offset_ns(interval->zone, edge_ns);
    const int64_t size_ns = change_ns < 0 ? -change_ns : change_ns;
    return size_ns < interval->every_ns ? add_clamped(edge_ns, change_ns) : edge_ns;
}

void ct_influx_window(const struct ct_influx_interval *interval, int64_t time_ns, int64_t *start_ns,
                      int64_t *end_ns)
{
    const int64_t at_ns = add_clamped(time_ns, -interval->offset_ns);
    const int64_t zone_ns = zone_offset_ns(interval->zone, at_ns);
    int64_t into_ns = add_clamped(at_ns, zone_ns) % interval->every_ns;
    if (into_ns < 0)
        into_ns += interval->every_ns;
    const int64_t start = add_clamped(at_ns, -into_ns);
    const int64_t end = add_clamped(at_ns, interval->every_ns - into_ns);
    *start_ns = add_clamped(follow_clocks(interval, zone_ns, start), interval->offset_ns);
    *end_ns = add_clamped(follow_clocks(interval, zone_ns, end), interval->offset_ns);
}
