/* structs.c - a round trip from struct to struct at both ends, through the library's functions. */
#include <myelin/idl/lean_types.h>
#include <myelin/ipc.h>
#include <myelin/startup.h>

#include "bench.h"
#include "measure.h"

#define NAME "call_rt_inter_7w_mem"

/* What goes, and what comes back: an error then. */
struct note {
    word_t label;
    word_t words[MESSAGE_REGISTER_WORDS];
};

/* ---- the server ---- */

/* As the client sent it? Then the complements are the answer. */
static void answer_complement(struct note *note)
{
    word_t round = note->words[0];

    note->label = SUCCESS;
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++) {
        if (note->words[i] != bench_pattern(round, i))
            note->label = EINVAL;
        note->words[i] = ~note->words[i];
    }
}

/* Status and badge are looked at each time; the words of those that are not measured, too. */
int bench_struct_server(void)
{
    cap_t endpoint = startup_cap(BENCH_ENDPOINT), reply = CAP_NULL;
    struct note note = {0};
    uint64_t badge;

    if (bench_settle(endpoint))
        return 1;
    while (!ipc_reply_receive(endpoint, &note, sizeof(note), &note, sizeof(note), &reply, &badge)) {
        if (badge != BENCH_BADGE)
            return 1;
        if (note.label == LEAN_LABEL_SAME)
            note.label = SUCCESS;
        else
            answer_complement(&note);
    }
    return 1;
}

/* ---- the client ---- */

static uint64_t time_calls(const void *form)
{
    struct note request = {.label = LEAN_LABEL_SAME}, answer;
    cap_t server = *(const cap_t *)form;
    uint64_t start = counter_now();

    for (uint64_t round = 0; round < BENCH_ROUNDS; round++)
        if (ipc_call(server, &request, sizeof(request), &answer, sizeof(answer)) || answer.label)
            return 0;
    return bench_ticks_since(start);
}

static int check_call(cap_t server, uint64_t round)
{
    struct note request = {.label = LEAN_LABEL_COMPLEMENT}, answer;

    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        request.words[i] = bench_pattern(round, i);
    if (ipc_call(server, &request, sizeof(request), &answer, sizeof(answer)) || answer.label)
        return 0;
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        if (answer.words[i] != ~bench_pattern(round, i))
            return 0;
    return 1;
}

static int measure(cap_t server)
{
    if (bench_measure(NAME, time_calls, &server, BENCH_ROUNDS, NULL))
        return 1;
    for (uint64_t round = 0; round < BENCH_ROUNDS; round++)
        if (!check_call(server, round))
            return bench_fail(NAME, "a struct or its answer did not arrive as it was sent");
    return 0;
}

int bench_structs(void)
{
    struct peer server;
    error_t error = peer_start(&(struct peer_form){"--structs", .passive = true}, &server);
    int status;

    if (error)
        return bench_fail_error(NAME, error);
    status = measure(server.client);
    peer_end(&server);
    return status;
}
