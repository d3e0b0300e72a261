/*
 * outcomes.c - how often each operation has ended how, over all programs that were run: what
 * programs never come to nobody compares. What a program begins with (setup.c) does not count.
 */

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "mirror.h"

#define OPERATIONS 8
#define METHODS    64 /* of one type of object */
#define ERRORS     128
#define ROWS       (OPERATIONS + OBJECT_TYPES * METHODS)

/* Programs run in processes of their own, and count in memory that these share. */
static uint32_t (*counts)[ERRORS];

/* By thread: what it has asked and was not told yet; a row, or NONE. */
static int asked[OBJECTS_MAX];

void outcomes_begin(void)
{
    counts = mmap(NULL, ROWS * sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                  -1, 0);
    if (counts == MAP_FAILED)
        counts = NULL;
}

void outcomes_program_begins(void)
{
    for (int i = 0; i < OBJECTS_MAX; i++)
        asked[i] = NONE;
}

/* What a call goes to; OBJECT_ENDPOINT: to a server, or nowhere. */
static int type_called(uint64_t handle)
{
    int cap;

    if (is_token(handle))
        return OBJECT_REPLY;
    find_cap(thread_space(model.running), handle, OBJECT_NONE, 0, 0, &cap);
    return cap == NONE ? OBJECT_ENDPOINT : cap_of(cap)->type;
}

void outcome_asked(const struct registers *now)
{
    int type = type_called(now->handle);
    uint32_t label = tag_label(now->tag), method = label & 0xffff;
    bool object = tag_operation(now->tag) == OP_CALL && type != OBJECT_ENDPOINT;

    asked[model.running] = (int)tag_operation(now->tag);
    if (object && label >> 16 == (uint32_t)type && method < METHODS)
        asked[model.running] = OPERATIONS + type * METHODS + (int)method;
}

static void look_at(int thread)
{
    const struct model_thread *t = &object_at(thread)->thread;

    if (asked[thread] == NONE || t->state != THREAD_RUNNING || must_repeat(thread))
        return;
    if (counts && t->now.status < ERRORS)
        counts[asked[thread]][t->now.status]++;
    asked[thread] = NONE;
}

void outcomes_look(void)
{
    for (int i = 0; i < model.object_count && i < OBJECTS_MAX; i++)
        if (object_at(i)->type == OBJECT_THREAD)
            look_at(i);
}

uint32_t outcome_count(int ending)
{
    return counts ? counts[ending / ERRORS][ending % ERRORS] : 0;
}

bool outcomes_find_new(int *ending)
{
    static bool told[ROWS * ERRORS];

    for (int i = 0; i < ROWS * ERRORS; i++)
        if (outcome_count(i) && !told[i]) {
            told[i] = true;
            *ending = i;
            return true;
        }
    return false;
}

static const char *operation_of(int row)
{
    static const char *const operations[OPERATIONS] = {"other", "send",       "recv",   "call",
                                                       "reply", "reply_recv", "notify", "other"};

    return row < OPERATIONS ? operations[row] : "call";
}

static unsigned method_of(int row)
{
    unsigned method = (unsigned)(row - OPERATIONS);

    return row < OPERATIONS ? 0 : method / METHODS << 16 | method % METHODS;
}

void outcome_name(int ending, char *name, size_t size)
{
    int row = ending / ERRORS;

    if (row < OPERATIONS)
        snprintf(name, size, "%s-%d", operation_of(row), ending % ERRORS);
    else
        snprintf(name, size, "%s-%d", method_name(method_of(row)), ending % ERRORS);
}

void outcomes_print(void)
{
    for (int i = 0; i < ROWS * ERRORS; i++)
        if (outcome_count(i))
            printf("outcome %s 0x%x %d %u\n", operation_of(i / ERRORS), method_of(i / ERRORS),
                   i % ERRORS, outcome_count(i));
}
