/*
 * async-server.c - takes jobs without making their sender wait, and notifies when each is done.
 */
#include <myelin/cap.h>
#include <myelin/ipc.h>
#include <myelin/startup.h>

#include "sum.h"

static struct {
    int done;
    word_t result;
} jobs[SUM_JOBS];

/* The client does not wait: it has gone on since its message was in the channel. */
static void work(const struct message *message)
{
    word_t job = message->words[0];
    cap_t completion = message->cap_count ? message->caps[0].cap : CAP_NULL;

    if (job < SUM_JOBS) {
        for (word_t i = 1; i <= message->words[1]; i++)
            jobs[job].result += i;
        jobs[job].done = 1;
    }
    if (completion != CAP_NULL) {
        ipc_notify(completion, 0); /* all the bits that this capability may set */
        cap_delete(completion);
    }
}

static void answer_result(struct message *message)
{
    word_t job = message->words[0];
    int is_done = job < SUM_JOBS && jobs[job].done;

    message_begin(message, is_done ? SUCCESS : EAGAIN);
    if (is_done)
        message_put(message, jobs[job].result);
    message_reply(message);
}

int main(void)
{
    cap_t requests = startup_cap("requests");
    static struct message message;

    for (;;) {
        message.accept = 1;
        if (message_receive(requests, &message) != SUCCESS)
            return 1;
        if (message.origin == ORIGIN_CHANNEL && message.label == SUM_SUBMIT)
            work(&message);
        else if (message.origin == ORIGIN_CALL && message.label == SUM_RESULT)
            answer_result(&message);
    }
}
