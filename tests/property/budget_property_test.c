/* Claim: after every write (late, repeated, overwritten, deleted, credit, by line protocol or as
 * entries, sealed, merged, opened again) the status of every budget is the plain sum over a list of
 * charges kept by the test. Method: random steps from printed seeds through the public library, all
 * budgets asked after each. `budget_property_test SEED [STEPS]` replays one seed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "centime.h"
#include "sim_random.h"

#ifdef CT_SANITIZED
#define SEEDS 3
#else
#define SEEDS 24
#endif
#define STEPS       250
#define BUDGETS     8
#define CHARGES_MAX 4096
#define START       INT64_C(1772323200000000000) /* 2026-03-01T00:00:00Z */
#define HOUR        INT64_C(3600000000000)
#define HOURS       (24 * 120) /* charges lie in four months */
#define ENTRY_IDS   12

static const char *const providers[] = {"", "aws", "gcp"};
static const char *const teams[] = {"", "ml", "mlops", "web"};
static const char *const currencies[] = {"", "USD", "EUR"};

struct charge {
    bool is_live;
    uint32_t hour, provider, team, currency;
    int entry; /* of ENTRY_IDS, or -1: one of its own */
    int64_t cents;
};

struct budget {
    uint32_t period; /* enum centime_budget_period: daily, monthly */
    int provider;    /* -1: any */
    int team;        /* -1: any; 100: ml*; 200 + t: not t */
    bool is_euro;
};

struct world {
    uint64_t seed, steps;
    struct sim_random random;
    char path[64];
    centime_store *store;
    centime_writer *writer;
    centime_error err;
    struct charge charges[CHARGES_MAX];
    size_t charge_count;
    struct budget budgets[BUDGETS];
};

static void require(const struct world *world, bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "seed %" PRIu64 ": %s after %" PRIu64 " steps: %s\n", world->seed, what,
            world->steps, world->err.text);
    exit(1);
}

static uint32_t below(struct world *world, uint32_t end)
{
    return (uint32_t)sim_random_below(&world->random, end);
}

static void open_store(struct world *world)
{
    centime_options options = CENTIME_OPTIONS_INIT;
    options.no_thread = 1;
    options.durability = CENTIME_NONE; /* nothing here loses power */
    options.memory_bytes = (size_t)1 << 20;
    require(world,
            centime_open(world->path, &options, &world->store, &world->err) == CENTIME_OK &&
                centime_writer_create(world->store, NULL, &world->writer, &world->err) ==
                    CENTIME_OK,
            "open");
}

static void close_store(struct world *world)
{
    centime_writer_destroy(world->writer);
    require(world, centime_close(world->store, &world->err) == CENTIME_OK, "close");
}

/* -- Charges ----------------------------------------------------------------------------------- */

static bool is_same_row(const struct charge *a, const struct charge *b)
{
    return a->hour == b->hour && a->provider == b->provider && a->team == b->team &&
           a->currency == b->currency && a->entry == b->entry && a->entry >= 0;
}

static void keep(struct world *world, const struct charge *charge)
{
    for (size_t i = 0; i < world->charge_count; i++)
        if (is_same_row(&world->charges[i], charge))
            world->charges[i].is_live = false;
    require(world, world->charge_count < CHARGES_MAX, "too many charges");
    world->charges[world->charge_count++] = *charge;
}

static void print_cents(int64_t cents, char *out, size_t cap)
{
    const int64_t magnitude = cents < 0 ? -cents : cents;
    (void)snprintf(out, cap, "%s%lld.%02lld", cents < 0 ? "-" : "", (long long)(magnitude / 100),
                   (long long)(magnitude % 100));
}

/* As an entry; without an id of the test's it gets one of its own. */
static void add_entry(struct world *world, const struct charge *charge)
{
    char cost[32], id[16];
    print_cents(charge->cents, cost, sizeof cost);
    (void)snprintf(id, sizeof id, "e%d", charge->entry);
    const centime_cost_tag tag = {"team", teams[charge->team]};
    const centime_cost_entry entry = {.struct_size = sizeof entry,
                                      .time_ns = START + charge->hour * HOUR,
                                      .provider = providers[charge->provider],
                                      .currency = currencies[charge->currency],
                                      .cost_usd = cost,
                                      .entry_id = charge->entry < 0 ? NULL : id,
                                      .tags = &tag,
                                      .tag_count = 1};
    require(world, centime_writer_costs(world->writer, &entry, 1, NULL, &world->err) == CENTIME_OK,
            "entry");
}

/* By line protocol, where an id is needed to be told apart. */
static void add_line(struct world *world, const struct charge *charge)
{
    char line[256], cost[32];
    print_cents(charge->cents, cost, sizeof cost);
    int len = snprintf(line, sizeof line, "cost");
    if (charge->provider)
        len += snprintf(line + len, sizeof line - (size_t)len, ",provider=%s",
                        providers[charge->provider]);
    if (charge->team)
        len += snprintf(line + len, sizeof line - (size_t)len, ",tag.team=%s", teams[charge->team]);
    if (charge->currency)
        len += snprintf(line + len, sizeof line - (size_t)len, ",currency=%s",
                        currencies[charge->currency]);
    len += snprintf(line + len, sizeof line - (size_t)len,
                    " cost_usd=%s,entry_id=\"e%d\" %" PRId64 "\n", cost, charge->entry,
                    START + charge->hour * HOUR);
    require(world,
            centime_writer_lines(world->writer, line, (size_t)len, NULL, NULL, &world->err) ==
                CENTIME_OK,
            "line");
}

static void add_charge(struct world *world)
{
    struct charge charge = {.is_live = true,
                            .hour = below(world, HOURS),
                            .provider = below(world, 3),
                            .team = below(world, 4),
                            .currency = sim_random_chance(&world->random, 4) ? 2 : below(world, 2),
                            .entry = -1,
                            .cents = (int64_t)below(world, 100000) - 20000};
    if (sim_random_chance(&world->random, 2)) {
        charge.entry = (int)below(world, ENTRY_IDS);
        charge.hour = charge.hour / (24 * 10) * (24 * 10); /* so that some are repeated */
    }
    if (charge.entry >= 0 && sim_random_chance(&world->random, 2))
        add_line(world, &charge);
    else
        add_entry(world, &charge);
    keep(world, &charge);
}

static void delete_some(struct world *world)
{
    const uint32_t provider = below(world, 3);
    const uint32_t hour = below(world, HOURS);
    const uint32_t end = hour + below(world, 24 * 20);
    static const char *const key = "provider";
    require(world,
            centime_delete(world->store, NULL, "cost", &key, &providers[provider], 1,
                           START + hour * HOUR, START + end * HOUR, NULL,
                           &world->err) == CENTIME_OK,
            "delete");
    for (size_t i = 0; i < world->charge_count; i++) {
        struct charge *charge = &world->charges[i];
        if (charge->provider == provider && charge->hour >= hour && charge->hour < end)
            charge->is_live = false;
    }
}

/* -- Budgets ----------------------------------------------------------------------------------- */

static void set_budget(struct world *world, uint32_t number)
{
    static const char *const like_ml = "ml*";
    struct budget *budget = &world->budgets[number];
    *budget = (struct budget){
        .period = below(world, 2),
        .provider = (int)below(world, 4) - 1,
        .team = sim_random_chance(&world->random, 4) ? 100 : (int)below(world, 5) - 1,
        .is_euro = sim_random_chance(&world->random, 4),
    };
    if (budget->team >= 0 && budget->team < 100 && sim_random_chance(&world->random, 3))
        budget->team += 200;
    centime_budget_condition scope[2];
    uint32_t count = 0;
    if (budget->provider >= 0)
        scope[count++] = (centime_budget_condition){"provider", &providers[budget->provider], 1, 0};
    if (budget->team == 100)
        scope[count++] = (centime_budget_condition){"tag.team", &like_ml, 1, 0};
    else if (budget->team >= 0)
        scope[count++] = (centime_budget_condition){"tag.team", &teams[budget->team % 100], 1,
                                                    budget->team >= 200};
    char id[8];
    (void)snprintf(id, sizeof id, "b%u", number);
    const centime_budget given = {.struct_size = sizeof given,
                                  .period = budget->period,
                                  .id = id,
                                  .amount = "500.00",
                                  .currency = budget->is_euro ? "EUR" : NULL,
                                  .conditions = scope,
                                  .condition_count = count};
    require(world, centime_budget_set(world->store, NULL, &given, &world->err) == CENTIME_OK,
            "set");
}

static bool is_in_scope(const struct budget *budget, const struct charge *charge)
{
    if (budget->provider >= 0 && (uint32_t)budget->provider != charge->provider)
        return false;
    if (budget->team == 100)
        return charge->team == 1 || charge->team == 2;
    if (budget->team >= 200)
        return charge->team != (uint32_t)budget->team - 200;
    return budget->team < 0 || charge->team == (uint32_t)budget->team;
}

/* First hour of the period that holds the hour, and of the next one. */
static void period_of(const struct budget *budget, uint32_t hour, uint32_t *first, uint32_t *next)
{
    static const uint32_t months[] = {0, 31, 61, 92, 122}; /* of March, April, May, June 2026 */
    if (budget->period == CENTIME_BUDGET_DAILY) {
        *first = hour / 24 * 24;
        *next = *first + 24;
        return;
    }
    uint32_t month = 0;
    while (months[month + 1] * 24 <= hour)
        month++;
    *first = months[month] * 24;
    *next = months[month + 1] * 24;
}

struct expected {
    int64_t cents;
    uint64_t other_rows;
};

static struct expected sum_up(const struct world *world, const struct budget *budget, uint32_t hour)
{
    struct expected sum = {0};
    uint32_t first, next;
    period_of(budget, hour, &first, &next);
    for (size_t i = 0; i < world->charge_count; i++) {
        const struct charge *charge = &world->charges[i];
        if (!charge->is_live || charge->hour < first || charge->hour >= next ||
            !is_in_scope(budget, charge))
            continue;
        if ((charge->currency == 2) == budget->is_euro)
            sum.cents += charge->cents;
        else
            sum.other_rows++;
    }
    return sum;
}

static void check_row(struct world *world, const centime_result *result, uint32_t number,
                      uint32_t hour)
{
    const struct expected sum = sum_up(world, &world->budgets[number], hour);
    char wanted[32], found[CENTIME_DECIMAL_BYTES];
    print_cents(sum.cents, wanted, sizeof wanted);
    (void)centime_result_print(result, (uint32_t)centime_result_find(result, "spent"), number,
                               found, sizeof found);
    require(world, strcmp(found, wanted) == 0, "spent is not the sum of the charges");
    (void)centime_result_print(result, (uint32_t)centime_result_find(result, "status"), number,
                               found, sizeof found);
    const char *state = sum.cents > 50000 ? "exceeded" : sum.cents >= 40000 ? "warning" : "ok";
    require(world, strcmp(found, state) == 0, "status");
    require(world,
            (uint64_t)centime_result_int64(
                result, (uint32_t)centime_result_find(result, "other_currency_rows"), number) ==
                sum.other_rows,
            "rows in other currencies");
}

static void check(struct world *world)
{
    const uint32_t hour = below(world, HOURS);
    centime_result *result = NULL;
    require(world,
            centime_budget_status(world->store, NULL, NULL, START + hour * HOUR + 1, &result,
                                  &world->err) == CENTIME_OK,
            "status");
    require(world, centime_result_rows(result) == BUDGETS, "budgets are missing");
    for (uint32_t i = 0; i < BUDGETS; i++)
        check_row(world, result, i, hour);
    centime_result_destroy(result);
}

/* -- Steps ------------------------------------------------------------------------------------- */

static void step(struct world *world)
{
    switch (below(world, 24)) {
    case 0:
        if (world->charge_count) /* before, there is no table to delete from */
            delete_some(world);
        return;
    case 1:
        require(world, centime_seal(world->store, &world->err) == CENTIME_OK, "seal");
        return;
    case 2:
        if (sim_random_chance(&world->random, 3))
            require(world, centime_compact(world->store, &world->err) == CENTIME_OK, "compact");
        return;
    case 3:
        close_store(world);
        open_store(world);
        return;
    case 4:
        set_budget(world, below(world, BUDGETS));
        return;
    default:
        for (uint32_t i = 1 + below(world, 6); i > 0; i--)
            add_charge(world);
        return;
    }
}

static void run(uint64_t seed, uint64_t steps)
{
    static struct world world;
    char command[96];
    world = (struct world){.seed = seed,
                           .random = sim_random_of(seed),
                           .err = CENTIME_ERROR_INIT,
                           .path = "/tmp/centime-budgets-XXXXXX"};
    require(&world, mkdtemp(world.path) != NULL, "no folder");
    open_store(&world);
    for (uint32_t i = 0; i < BUDGETS; i++)
        set_budget(&world, i);
    for (; world.steps < steps; world.steps++) {
        step(&world);
        check(&world);
    }
    close_store(&world);
    (void)snprintf(command, sizeof command, "rm -r %s", world.path);
    require(&world, system(command) == 0, "the folder stays");
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        run(strtoull(argv[1], NULL, 0), argc > 2 ? strtoull(argv[2], NULL, 0) : STEPS);
        return 0;
    }
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        run(seed, STEPS);
    printf("seeds 1 to %d, %d steps each\n", SEEDS, STEPS);
    return 0;
}
