/*
 * waiters.c - queues of clients that wait.
 */
#include "waiters.h"

struct writer *writers_first(struct writers *writers)
{
    return writers->count ? &writers->queue[writers->first] : NULL;
}

struct reader *readers_first(struct readers *readers)
{
    return readers->count ? &readers->queue[readers->first] : NULL;
}

struct writer *writers_add(struct writers *writers)
{
    if (writers->count == WAITERS_MAX)
        return NULL;
    return &writers->queue[(writers->first + writers->count++) % WAITERS_MAX];
}

struct reader *readers_add(struct readers *readers)
{
    if (readers->count == WAITERS_MAX)
        return NULL;
    return &readers->queue[(readers->first + readers->count++) % WAITERS_MAX];
}

void writers_drop(struct writers *writers)
{
    writers->first = (writers->first + 1) % WAITERS_MAX;
    writers->count--;
}

void readers_drop(struct readers *readers)
{
    readers->first = (readers->first + 1) % WAITERS_MAX;
    readers->count--;
}
