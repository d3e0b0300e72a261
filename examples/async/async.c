/*
 * async.c - shows work that is handed over and not waited for: each job carries a capability by
 * which the server tells that it is done.
 *
 * Each job's capability sets another bit of one notification, so one wait is enough for all.
 * (This version's `send` waits until the server takes the message; ipc_send_async, which does
 * not, comes with channels.)
 */
#include <myelin/endpoint.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/notification.h>

#include "../example.h"
#include "sum.h"

#define JOBS 3

static void submit(cap_t server, cap_t done, word_t job, word_t number)
{
    struct message message;
    cap_t completion;

    must("minting", notification_mint(done, 1ull << job, &completion));
    message_begin(&message, SUM_SUBMIT);
    message_put(&message, job);
    message_put(&message, number);
    message_put_cap(&message, completion, CAP_MOVE);
    must("submitting", message_send(server, &message));
}

static void wait_for_all(cap_t done)
{
    uint64_t bits, all = 0;

    while (all != (1ull << JOBS) - 1) {
        must("waiting", ipc_wait_notification(done, &bits));
        all |= bits;
    }
}

static void print_result(cap_t server, word_t job, word_t number)
{
    struct message message;

    message_begin(&message, SUM_RESULT);
    message_put(&message, job);
    must("asking", message_invoke(server, &message));
    printf("the numbers up to %llu add up to %llu\n", (unsigned long long)number,
           (unsigned long long)message.words[0]);
}

int main(void)
{
    static const word_t numbers[JOBS] = {10, 1000, 100000};
    cap_t requests, done, server;

    must("an endpoint", endpoint_create("sums", UNTYPED_ENDPOINT_OPEN, &requests));
    must("a notification", notification_create("sums-done", &done));
    server = start_partner("/bin/async-server", "requests", requests, SERVER_RIGHTS);
    for (word_t job = 0; job < JOBS; job++)
        submit(requests, done, job, numbers[job]);
    puts("all jobs are submitted");
    wait_for_all(done);
    puts("all jobs are done");
    for (word_t job = 0; job < JOBS; job++)
        print_result(requests, job, numbers[job]);
    process_release(server);
    return 0;
}
