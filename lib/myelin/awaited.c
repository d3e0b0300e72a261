/* awaited.c - whom a call would wait for, by names: for messages about a deadlock. */
#include <string.h>

#include <myelin/thread.h>

#include "internal.h"

/* One link of a chain of threads that wait one for the other. */
struct thread_awaited {
    struct thread_follow_info info;
    char endpoint[OBJECT_NAME_BYTES + 1]; /* where it is awaited; "": it serves the call */
    char name[OBJECT_NAME_BYTES + 1];     /* of the thread that is awaited */
};

/* What is written so far, and where it ends. */
struct text {
    char *at, *end;
};

static void append(struct text *text, const char *word)
{
    while (*word && text->at < text->end)
        *text->at++ = *word++;
    *text->at = '\0';
}

/* "a waits at x for b", "a is served by b", "a expects b at x" */
static void append_link(struct text *text, const char *who, const struct thread_awaited *awaited)
{
    static const char *const verbs[] = {" waits at ", " is served by ", " expects at "};
    bool served = awaited->info.link == THREAD_LINK_SERVED;

    append(text, who);
    append(text, verbs[awaited->info.link]);
    if (!served) {
        append(text, awaited->endpoint);
        append(text, awaited->info.link == THREAD_LINK_QUEUED ? " for " : " a message of ");
    }
    append(text, awaited->name);
}

error_t thread_describe_wait(cap_t endpoint, char *text, size_t size)
{
    struct thread_awaited awaited = {.info.circle = false};
    struct text out = {text, text + size - 1};
    char who[OBJECT_NAME_BYTES + 1];
    struct thread_info self;
    error_t error;

    if (!size)
        return library_error(EINVAL);
    *text = '\0';
    error = thread_get_info(thread_self(), &self);
    memcpy(who, self.name, sizeof(who));
    for (uint64_t i = 0; !error && !awaited.info.circle; i++) {
        error = thread_follow(thread_self(), i, endpoint, &awaited.info, awaited.endpoint,
                              awaited.name);
        if (error)
            break;
        append(&out, i ? ", " : "");
        append_link(&out, who, &awaited);
        memcpy(who, awaited.name, sizeof(who));
    }
    return error == ENOENT ? SUCCESS : error;
}
