/*
 * startup.c - the capabilities that the process was started with.
 */
#include <string.h>

#include <myelin/startup.h>

static const struct startup *startup_list;

void startup_set(const struct startup *list)
{
    startup_list = list;
}

cap_t startup_cap(const char *name)
{
    for (uint64_t i = 0; startup_list && i < startup_list->count; i++) {
        if (!strncmp(startup_list->caps[i].name, name, OBJECT_NAME_BYTES))
            return startup_list->caps[i].cap;
    }
    return CAP_NULL;
}
