/* awaited.c - whom a call would wait for, by names: for messages about a deadlock. */
#include <string.h>

#include <myelin/thread.h>

#include "internal.h"

error_t thread_follow(cap_t thread, cap_t endpoint, uint64_t index, struct thread_awaited *awaited)
{
    struct message message;
    error_t error;

    REQUEST(&message, THREAD_LABEL_FOLLOW, index);
    library_argument(&message, endpoint);
    error = message_invoke(thread, &message);
    if (error)
        return error;
    awaited->link = message.words[0] & 0xff;
    awaited->circle = message.words[0] >> 8 & 1;
    message_get_name(&message, 1, awaited->endpoint);
    message_get_name(&message, 3, awaited->name);
    return SUCCESS;
}

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
    bool served = awaited->link == THREAD_LINK_SERVED;

    append(text, who);
    append(text, verbs[awaited->link]);
    if (!served) {
        append(text, awaited->endpoint);
        append(text, awaited->link == THREAD_LINK_QUEUED ? " for " : " a message of ");
    }
    append(text, awaited->name);
}

error_t thread_describe_wait(cap_t endpoint, char *text, size_t size)
{
    struct thread_awaited awaited = {.circle = 0};
    struct text out = {text, text + size - 1};
    char who[OBJECT_NAME_BYTES + 1];
    struct thread_info self;
    error_t error;

    if (!size)
        return library_error(EINVAL);
    *text = '\0';
    error = thread_inspect(thread_self(), &self);
    memcpy(who, self.name, sizeof(who));
    for (uint64_t i = 0; !error && !awaited.circle; i++) {
        error = thread_follow(thread_self(), endpoint, i, &awaited);
        if (error)
            break;
        append(&out, i ? ", " : "");
        append_link(&out, who, &awaited);
        memcpy(who, awaited.name, sizeof(who));
    }
    return error == ENOENT ? SUCCESS : error;
}
