/* test_queue.c - queues by priority (kernel/queue.c), against a sorted list. */

#include <stdlib.h>
#include <string.h>

#include <queue.h>

#include "world.h"

int run_queue_tests(void);

#define NODES 40

static struct queue queue, other;
static struct queue_node nodes[NODES];

static int empty_queues(void **state)
{
    (void)state;
    memset(&queue, 0, sizeof(queue));
    memset(&other, 0, sizeof(other));
    memset(nodes, 0, sizeof(nodes));
    srand(1);
    return 0;
}

static int take(struct queue *from)
{
    struct queue_node *node = from->first;

    if (!node)
        return -1;
    queue_remove(node);
    return (int)(node - nodes);
}

static void most_urgent_comes_first(void **state)
{
    (void)state;
    queue_insert(&queue, &nodes[0], 5, false);
    queue_insert(&queue, &nodes[1], 63, false);
    queue_insert(&queue, &nodes[2], 0, false);
    queue_insert(&queue, &nodes[3], 6, false);
    assert_int_equal(take(&queue), 1);
    assert_int_equal(take(&queue), 3);
    assert_int_equal(take(&queue), 0);
    assert_int_equal(take(&queue), 2);
    assert_int_equal(take(&queue), -1);
}

static void equals_come_in_order(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++)
        queue_insert(&queue, &nodes[i], 7, false);
    for (int i = 0; i < 4; i++)
        assert_int_equal(take(&queue), i);
}

static void front_comes_before_equals(void **state)
{
    (void)state;
    queue_insert(&queue, &nodes[0], 7, false);
    queue_insert(&queue, &nodes[1], 7, false);
    queue_insert(&queue, &nodes[2], 7, true);
    queue_insert(&queue, &nodes[3], 8, false);
    assert_int_equal(take(&queue), 3);
    assert_int_equal(take(&queue), 2);
    assert_int_equal(take(&queue), 0);
}

static void any_can_be_removed(void **state)
{
    static const unsigned orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                         {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

    (void)state;
    for (unsigned o = 0; o < 6; o++) {
        for (unsigned i = 0; i < 3; i++)
            queue_insert(&queue, &nodes[i], 7, false);
        for (unsigned i = 0; i < 3; i++) {
            queue_remove(&nodes[orders[o][i]]);
            assert_false(queue_holds(&nodes[orders[o][i]]));
        }
        assert_true(queue_empty(&queue));
    }
}

static void merged_come_behind_equals(void **state)
{
    (void)state;
    queue_insert(&queue, &nodes[0], 7, false);
    queue_insert(&queue, &nodes[1], 3, false);
    queue_insert(&other, &nodes[2], 7, false);
    queue_insert(&other, &nodes[3], 7, false);
    queue_insert(&other, &nodes[4], 5, false);
    queue_merge(&queue, &other);
    assert_true(queue_empty(&other));
    assert_int_equal(take(&queue), 0);
    assert_int_equal(take(&queue), 2);
    assert_int_equal(take(&queue), 3);
    assert_int_equal(take(&queue), 4);
    assert_int_equal(take(&queue), 1);
}

/* The model: node numbers in the order that they should come out. */
struct model {
    unsigned count;
    unsigned order[NODES];
};

static void model_insert(struct model *model, unsigned node, bool front)
{
    unsigned at = 0, priority = nodes[node].priority;

    while (at < model->count && (nodes[model->order[at]].priority > priority ||
                                 (!front && nodes[model->order[at]].priority == priority)))
        at++;
    memmove(&model->order[at + 1], &model->order[at],
            (model->count++ - at) * sizeof(model->order[0]));
    model->order[at] = node;
}

static void model_remove(struct model *model, unsigned node)
{
    unsigned at = 0;

    while (model->order[at] != node)
        at++;
    memmove(&model->order[at], &model->order[at + 1],
            (--model->count - at) * sizeof(model->order[0]));
}

static void model_merge(struct model *to, struct model *from)
{
    for (unsigned i = 0; i < from->count; i++)
        model_insert(to, from->order[i], false);
    from->count = 0;
}

static void assert_same(const struct queue *real, const struct model *model)
{
    const struct queue_node *leader = real->first;
    unsigned i = 0;

    for (; leader; leader = leader->less_urgent) {
        const struct queue_node *node = leader;

        do {
            assert_true(i < model->count);
            assert_int_equal(node - nodes, model->order[i++]);
            node = node->next;
        } while (node != leader);
    }
    assert_int_equal(i, model->count);
}

static void any_sequence_keeps_order(void **state)
{
    struct model models[2] = {{0}, {0}};
    struct queue *queues[2] = {&queue, &other};

    (void)state;
    for (unsigned step = 0; step < 20000; step++) {
        unsigned n = (unsigned)rand() % NODES, q = (unsigned)rand() % 2;
        bool front = rand() % 4 == 0;

        if (rand() % 50 == 0) {
            queue_merge(queues[q], queues[!q]);
            model_merge(&models[q], &models[!q]);
        } else if (queue_holds(&nodes[n])) {
            struct queue_node *leader = &nodes[n];

            while (!leader->leader)
                leader = leader->next;
            queue_remove(&nodes[n]);
            model_remove(&models[leader->queue == &other], n);
        } else {
            queue_insert(queues[q], &nodes[n], (unsigned)rand() % 5, front);
            model_insert(&models[q], n, front);
        }
        assert_same(&queue, &models[0]);
        assert_same(&other, &models[1]);
    }
}

#define QUEUE_TEST(sentence, function) {sentence, function, empty_queues, NULL, NULL}

int run_queue_tests(void)
{
    static const struct CMUnitTest tests[] = {
        QUEUE_TEST("QUEUE-1: the most urgent comes out first", most_urgent_comes_first),
        QUEUE_TEST("QUEUE-2: equals come out in the order they came", equals_come_in_order),
        QUEUE_TEST("QUEUE-3: what is put in front comes before its equals only",
                   front_comes_before_equals),
        QUEUE_TEST("QUEUE-4: any node can be removed, in any order", any_can_be_removed),
        QUEUE_TEST("QUEUE-5: a queue merged into another comes behind its equals",
                   merged_come_behind_equals),
        QUEUE_TEST("QUEUE-6: any sequence of operations gives the order of a sorted list",
                   any_sequence_keeps_order),
    };

    return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
