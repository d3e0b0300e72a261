/*
 * crowd.c - receives from one badge while 10,000 threads wait at the same endpoint with another;
 * systest-closed starts it, with memory for so many. It ends with 0, or says what was not so.
 *
 * The threads have no stack and share a UTCB that none of them uses: all they do is to send one
 * message, whose registers they are started with. One after the other they get into the queue on
 * the same time, which is more urgent than this program's.
 */
#include <stdio.h>
#include <stdlib.h>

#include <myelin/cap.h>
#include <myelin/clock.h>
#include <myelin/endpoint.h>
#include <myelin/frame.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/ipc.h>
#include <myelin/schedcontext.h>
#include <myelin/startup.h>
#include <myelin/thread.h>
#include <myelin/vspace.h>

#include "lib/peers.h"

#define WHOLE_TIME       10000000ull /* ns */
#define FLAGS_INTERRUPTS 0x202
#define OTHERS           7 /* their badge, */
#define EXPECTED         8 /* and the one that is received from */
#define SENT             5 /* the label */
#define ROUNDS           20

extern const char send_code[];
__asm__(".pushsection .text\nsend_code:\n\tsyscall\n\tud2\n.popsection");

static cap_t endpoint, others, expected, frame, time, late;
static void *utcb;
static struct message message;

static void must(error_t error, const char *what)
{
    if (!error)
        return;
    printf("crowd: %s: %s\n", what, error_sentence(error));
    exit(EXIT_FAILURE);
}

static void check(bool good, const char *what)
{
    if (good)
        return;
    printf("crowd: %s\n", what);
    exit(EXIT_FAILURE);
}

static void make_all(void)
{
    must(endpoint_create("crowd", UNTYPED_ENDPOINT_OPEN, &endpoint), "no endpoint");
    must(thread_bind_endpoint(thread_self(), endpoint), "it is not bound");
    must(endpoint_mint_rights(endpoint, OTHERS, CAP_RIGHTS_ALL, &others), "no badge");
    must(endpoint_mint_rights(endpoint, EXPECTED, CAP_RIGHTS_ALL, &expected), "no badge");
    must(frame_allocate(1u << PAGE_SIZE_BITS, &frame), "no frame");
    must(frame_attach(frame, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, &utcb), "no UTCB");
    must(schedcontext_create("crowd", &time), "no time");
    must(schedcontext_configure(time, startup_cap("cpu"), CROWD_PRIORITY + 1, WHOLE_TIME,
                                WHOLE_TIME),
         "no time of that priority");
}

/* A thread that sends its number to `target` at once: it is more urgent. */
static cap_t send_from_new(cap_t target, uint64_t number)
{
    const struct thread_registers registers = {.ip = (uint64_t)send_code,
                                               .flags = FLAGS_INTERRUPTS,
                                               .rax = TAG(OP_SEND, SENT, 1),
                                               .rdi = target,
                                               .rdx = number};
    cap_t thread;

    must(thread_create(startup_cap("memory"), "crowd", &thread), "no thread");
    must(thread_configure(thread, startup_cap("cspace"), vspace_self(), frame, (uint64_t)utcb),
         "a thread is not configured");
    must(thread_write_registers(thread, &registers), "a thread has no registers");
    must(schedcontext_bind(time, thread, SCHEDCONTEXT_OWN), "a thread has no time");
    must(thread_start(thread), "a thread does not start");
    return thread;
}

static void gather(void)
{
    for (uint64_t i = 0; i < CROWD; i++) {
        send_from_new(others, i);
        must(schedcontext_unbind(time), "a thread keeps its time");
    }
}

/* How long a closed receive takes of what is there already, in ns; the least of some: no interrupt
   came in between. */
static uint64_t closed_ns(void)
{
    uint64_t least = UINT64_MAX;

    for (uint64_t i = 0; i < ROUNDS; i++) {
        cap_t thread = send_from_new(expected, i);
        uint64_t start = clock_now(), ns;
        error_t error = message_receive_from(endpoint, EXPECTED, &message);

        ns = clock_now() - start;
        must(error, "a closed receive");
        check(message.badge == EXPECTED && message.label == SENT && message.words[0] == i,
              "a closed receive took something else");
        must(schedcontext_unbind(time), "a thread keeps its time");
        must(cap_delete(thread), "a thread stays");
        least = ns < least ? ns : least;
    }
    return least;
}

/* On its way for the receive that waits already: it begins when this thread waits. */
static void send_late(void *number)
{
    struct ipc_registers r = {.tag = TAG(OP_SEND, SENT, 1), .handle = expected};

    r.words[0] = (uint64_t)number;
    ipc_enter(&r);
}

static void receive_late(uint64_t number)
{
    struct spawned_thread thread;

    must(thread_spawn("late", send_late, (void *)number, late, SCHEDCONTEXT_OWN, &thread),
         "no late sender");
    must(message_receive_from(endpoint, EXPECTED, &message), "a closed receive that waits");
    check(message.badge == EXPECTED && message.words[0] == number,
          "a closed receive that waited took something else");
    must(thread_join(&thread), "the late sender stays");
}

static void receive_all_others(void)
{
    for (uint64_t i = 0; i < CROWD; i++) {
        must(message_poll(endpoint, &message), "one of the others is missing");
        check(message.badge == OTHERS && message.label == SENT && message.word_count == 1 &&
                  message.words[0] == i,
              "the others do not come in order");
    }
    check(message_poll(endpoint, &message) == EAGAIN, "more came than were sent");
}

int main(void)
{
    uint64_t alone, among;

    make_all();
    must(schedcontext_create("late", &late), "no time");
    must(schedcontext_configure(late, startup_cap("cpu"), CROWD_PRIORITY, WHOLE_TIME, WHOLE_TIME),
         "no time of that priority");
    alone = closed_ns();
    gather();
    receive_late(1);
    among = closed_ns();
    receive_late(2);
    check(among <= alone + alone / 4, "among 10,000 others a closed receive takes longer");
    receive_all_others();
    return EXIT_SUCCESS;
}
