/*
 * explore.c - breadth first through all states of a world. A state is kept as eight bytes: from
 * which one it was reached by which step; to be left, it is reached again by these steps from the
 * first one. Its number (canonical.c) says whether it was seen before, and that the way back to it
 * was exact.
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "worlds.h"

#define STATES_MAX (1u << 24)
#define PATH_MAX_  256
#define POINTS_MAX 63

struct node {
    uint32_t from;
    uint8_t step;
    uint8_t point; /* at which it was preempted, or 0 */
    uint8_t depth;
};

static struct node *nodes;
static uint64_t *numbers; /* of the states */
static uint64_t *set;     /* the same, to be found; 0: nothing there */
static uint32_t set_mask; /* its size, a power of two and at least twice as many, less 1 */
static uint32_t node_count;
static uint64_t transitions, preemptions, teardowns;
static const struct small_world *exploring;

/* For whom looks for the reason of a failure: the state that is left, and by what. */
static uint32_t leaving;
static const struct step *doing;
static unsigned doing_point;

static void *room(size_t bytes)
{
    void *at = calloc(1, bytes);

    if (!at)
        abort();
    return at;
}

static bool add_number(uint64_t number)
{
    uint64_t value = number ? number : 1;
    uint32_t i = (uint32_t)(value >> 32) & set_mask;

    for (; set[i]; i = (i + 1) & set_mask)
        if (set[i] == value)
            return false;
    set[i] = value;
    return true;
}

static unsigned path_to(uint32_t node, struct node *path)
{
    unsigned depth = nodes[node].depth;

    for (unsigned i = depth; i-- > 0; node = nodes[node].from)
        path[i] = nodes[node];
    return depth;
}

static void go_to(uint32_t node)
{
    struct node path[PATH_MAX_];
    unsigned length = path_to(node, path);

    snapshot_back_to_first();
    for (unsigned i = 0; i < length; i++)
        step_do(&steps[path[i].step], path[i].point);
    if (canonical() != numbers[node])
        fail_msg("the same steps led elsewhere");
    snapshot_keep();
}

/* From here root takes everything back: nothing may be left. */
static void tear_down(void)
{
    teardowns++;
    world.unchecked = true;
    if (world.root.thread->context.ip != WORLD_IP)
        again(&world.root);
    world_end(NULL);
}

static void add_state(uint64_t number, const struct node *node)
{
    laws_of_state();
    nodes[node_count] = *node;
    numbers[node_count++] = number;
    if (exploring->teardown_each && node_count % exploring->teardown_each == 0)
        tear_down();
}

/* Was it a method of a kernel object that has ended at once, with an error of its checks? These
   change nothing but who runs, and what the thread knows of its fast ways. (A copy that failed in
   its middle, or what was cancelled, may have.) */
static bool is_refused(const struct step *step)
{
    error_t error;

    if (step->operation != OP_CALL || step->request.label <= UINT16_MAX ||
        step->actor->thread->context.ip != WORLD_IP || !thread_is_running(step->actor->thread))
        return false;
    error = status(step->actor);
    return error && error != ECANCELED && error != EFAULT;
}

/* One step from the state that is kept. How many points it could be preempted at. */
static unsigned take_step(uint32_t from, unsigned n, unsigned point)
{
    struct node node = {from, (uint8_t)n, (uint8_t)point, (uint8_t)(nodes[from].depth + 1)};
    unsigned points;
    uint64_t number, refused;

    doing = &steps[n];
    doing_point = point;
    transitions++;
    preemptions += point != 0;
    step_do(doing, point);
    points = (unsigned)host.questions;
    number = canonical();
    laws_after(doing);
    refused = is_refused(doing) && number != numbers[from] ? canonical_of_objects() : 0;
    if (add_number(number))
        add_state(number, &node);
    snapshot_back();
    if (refused && refused != canonical_of_objects())
        fail_msg("what was refused has changed something");
    return points;
}

/* A step, preempted nowhere, and at each of its points. */
static void take_step_always(uint32_t from, unsigned n)
{
    unsigned points = take_step(from, n, 0);

    for (unsigned point = 1; exploring->preempts && point <= points && point <= POINTS_MAX; point++)
        take_step(from, n, point);
}

static void leave(uint32_t node, uint32_t states_most)
{
    bool possible[STEPS_MAX] = {false};

    leaving = node;
    doing = NULL;
    go_to(node);
    laws_before();
    for (unsigned n = 0; n < step_count; n++)
        possible[n] = step_possible(&steps[n]);
    for (unsigned n = 0; n < step_count && node_count < states_most; n++)
        if (possible[n])
            take_step_always(node, n);
}

/* The table is as large as it must be: a small one stays in the caches. */
static void make_room(uint32_t states)
{
    if (!nodes) {
        nodes = room(STATES_MAX * sizeof(*nodes));
        numbers = room(STATES_MAX * sizeof(*numbers));
    }
    free(set);
    set_mask = 1023;
    while (set_mask < 2 * states)
        set_mask = 2 * set_mask + 1;
    set = room((set_mask + 1ull) * sizeof(*set));
}

static void begin(const struct small_world *small, uint32_t states)
{
    make_room(states);
    transitions = preemptions = teardowns = 0;
    exploring = small;
    world.unchecked = true;
    steps_begin();
    small->make();
    steps_end();
    snapshot_begin();
    laws_begin();
    nodes[0] = (struct node){0};
    numbers[0] = canonical();
    add_number(numbers[0]);
    node_count = 1;
}

/* So many seconds from now; 0: never. */
static time_t end_after(unsigned seconds)
{
    return seconds ? time(NULL) + (time_t)seconds : INT64_MAX;
}

void explore(const struct small_world *small, unsigned states_most, unsigned seconds_most)
{
    time_t end = end_after(seconds_most);
    uint32_t most = small->states_most, next = 0;
    uint32_t share = (states_most + small->weight - 1) / small->weight;

    if (share && (!most || share < most))
        most = share;
    if (!most || most > STATES_MAX - POINTS_MAX) /* the last step may lead to so many at once */
        most = STATES_MAX - POINTS_MAX;
    begin(small, most);
    while (next < node_count && node_count < most && nodes[next].depth < PATH_MAX_ - 1 &&
           time(NULL) < end)
        leave(next++, most);
    printf("world %s: %u states%s, %lu transitions, %lu of them preempted, depth %u, "
           "%u steps, %lu torn down, %u pages\n",
           small->name, node_count, next == node_count ? " (all there are)" : "", transitions,
           preemptions, nodes[node_count - 1].depth, step_count, teardowns, snapshot_pages());
    fflush(stdout);
    exploring = NULL;
    snapshot_back_to_first();
    snapshot_end();
}

static void tell_step(const struct step *step, unsigned point)
{
    const char *who = step->actor       ? step->actor->thread->object.name
                      : step->interrupt ? "a device"
                                        : "the timer";

    fprintf(stderr, "    %s %s", who, step->name);
    if (step->operation == OP_CALL && step->request.label > UINT16_MAX)
        fprintf(stderr, " (method 0x%x)", step->request.label);
    if (point)
        fprintf(stderr, ", preempted at point %u", point);
    fputc('\n', stderr);
}

bool explore_tell(void)
{
    struct node path[PATH_MAX_];
    unsigned length;

    if (!exploring)
        return false;
    fprintf(stderr, "in world %s, after\n", exploring->name);
    length = path_to(leaving, path);
    for (unsigned i = 0; i < length; i++)
        tell_step(&steps[path[i].step], path[i].point);
    if (doing)
        tell_step(doing, doing_point);
    exploring = NULL;
    return true;
}
