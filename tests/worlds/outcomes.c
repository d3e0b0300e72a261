/*
 * outcomes.c - how often each operation has ended how, over all worlds: `outcome CALL 0x50003
 * EBUSY 17`. The lines that outcomes.txt wants are compared by scripts/worlds.
 */

#include <stdio.h>

#include "../unit/pairs.h"
#include "worlds.h"

#define OUTCOMES_MAX  1024u /* a power of two */
#define OBJECT_LABELS ((uint32_t)OBJECT_TYPES << 16)

static struct outcome {
    enum operation operation;
    uint32_t method; /* of a kernel object; else 0 */
    error_t error;
    uint64_t count;
} outcomes[OUTCOMES_MAX];

/* Notes the pair in its place, which is its own or the first free one from there on. */
static void count(enum operation operation, uint32_t method, error_t error)
{
    unsigned i = (method * 31 + (unsigned)operation * 7 + (unsigned)error) * 2654435761u >> 16;

    for (;; i++) {
        struct outcome *at = &outcomes[i % OUTCOMES_MAX];

        if (at->count && (at->operation != operation || at->method != method || at->error != error))
            continue;
        *at = (struct outcome){operation, method, error, at->count + 1};
        return;
    }
}

void outcomes_note(uint64_t tag, error_t error)
{
    uint32_t method = tag_label(tag);
    bool object = tag_operation(tag) == OP_CALL && method >> 16 && method < OBJECT_LABELS;

    count(tag_operation(tag), object ? method : 0, error);
}

void pairs_note(uint32_t label, error_t error, uint64_t argument)
{
    (void)label;
    (void)error;
    (void)argument;
}

void outcomes_print(void)
{
    static const char *const operations[] = {"other", "send",       "recv",  "call",
                                             "reply", "reply_recv", "notify"};

    for (unsigned i = 0; i < OUTCOMES_MAX; i++)
        if (outcomes[i].count)
            printf("outcome %s 0x%x %d %lu\n",
                   operations[outcomes[i].operation <= OP_NOTIFY ? outcomes[i].operation : 0],
                   outcomes[i].method, outcomes[i].error, outcomes[i].count);
}
