/* Budgets asked by some threads while others write charges and edit budgets: every answer is the
 * sum of some commit, answers of one asker never go back, and the last is the sum of all. */
#include "seed_fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define WRITERS 2
#define ASKERS  2
#define CHARGES 60 /* of each writer, a dollar each */

struct shared {
    centime_store *store;
    _Atomic int writing;
    _Atomic int failures;
};

static void note(struct shared *shared, int ok)
{
    if (!ok)
        atomic_fetch_add(&shared->failures, 1);
}

static void *write_charges(void *argument)
{
    struct shared *shared = argument;
    centime_writer *writer = NULL;
    note(shared, centime_writer_create(shared->store, NULL, &writer, NULL) == CENTIME_OK);
    for (int i = 0; i < CHARGES; i++) {
        const centime_cost_entry entry = seed_cost("1");
        note(shared, centime_writer_costs(writer, &entry, 1, NULL, NULL) == CENTIME_OK);
    }
    centime_writer_destroy(writer);
    atomic_fetch_sub(&shared->writing, 1);
    return NULL;
}

static double spent(struct shared *shared)
{
    centime_result *result = NULL;
    if (centime_budget_status(shared->store, NULL, "b", NOW, &result, NULL) != CENTIME_OK) {
        note(shared, 0);
        return -1;
    }
    const double out =
        centime_result_double(result, (uint32_t)centime_result_find(result, "spent"), 0);
    centime_result_destroy(result);
    return out;
}

static void *ask(void *argument)
{
    struct shared *shared = argument;
    double before = 0;
    while (atomic_load(&shared->writing)) {
        const double now = spent(shared);
        note(shared, now >= before && now <= WRITERS * CHARGES);
        before = now;
    }
    return NULL;
}

static void *edit(void *argument)
{
    struct shared *shared = argument;
    char amount[16];
    for (int i = 1; atomic_load(&shared->writing); i++) {
        (void)snprintf(amount, sizeof amount, "%d", i);
        const centime_budget budget = {.struct_size = sizeof budget, .id = "b", .amount = amount};
        note(shared, centime_budget_set(shared->store, NULL, &budget, NULL) == CENTIME_OK);
    }
    return NULL;
}

static void answers_are_sums_of_commits(void **state)
{
    struct seed *seed = *state;
    struct shared shared = {.store = seed->store, .writing = WRITERS};
    pthread_t threads[WRITERS + ASKERS + 1];
    const centime_budget budget = {.struct_size = sizeof budget, .id = "b", .amount = "1"};
    expect_ok(seed, centime_budget_set(seed->store, NULL, &budget, &seed->err));
    for (int i = 0; i < WRITERS + ASKERS + 1; i++)
        assert_int_equal(pthread_create(&threads[i], NULL,
                                        i < WRITERS            ? write_charges
                                        : i < WRITERS + ASKERS ? ask
                                                               : edit,
                                        &shared),
                         0);
    for (int i = 0; i < WRITERS + ASKERS + 1; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(atomic_load(&shared.failures), 0);
    assert_true((int)spent(&shared) == WRITERS * CHARGES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {SEED_TEST(answers_are_sums_of_commits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
