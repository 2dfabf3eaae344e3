#include "value.h"

const char *ct_type_name(enum ct_type type)
{
    switch (type) {
    case CT_FLOAT64:
        return "float";
    case CT_INT64:
        return "integer";
    case CT_UINT64:
        return "unsigned";
    case CT_BOOL:
        return "boolean";
    case CT_STRING:
        return "string";
    case CT_DECIMAL:
        return "decimal";
    }
    return "unknown";
}

struct ct_field_rule ct_field_rule_of(struct ct_text field_name)
{
    const bool is_money = ct_text_ends_with(field_name, ct_text_of("_usd")) ||
                          ct_text_ends_with(field_name, ct_text_of("_cost")) ||
                          ct_text_equal(field_name, ct_text_of("cost")) ||
                          ct_text_equal(field_name, ct_text_of("cost_per_hour"));
    const bool is_amount = ct_text_ends_with(field_name, ct_text_of("_quantity")) ||
                           ct_text_ends_with(field_name, ct_text_of("_price"));
    return (struct ct_field_rule){.is_decimal = is_money || is_amount, .is_money = is_money};
}
