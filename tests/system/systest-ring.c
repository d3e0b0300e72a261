/*
 * systest-ring.c - the ring in shared memory: busy, asleep, full, with peers that die or lie.
 */
#include <myelin/clock.h>
#include <myelin/idl/stream_server.h>
#include <myelin/ring.h>

#include "lib/peers.h"
#include "lib/systest.h"

#define CAPACITY 16
#define STREAM   5000ull
#define LITTLE   3000000ull /* ns */

static struct ring producer, consumer;

/* A ring in a new frame, with a bell for each side; both sides in this process. */
static error_t make_ring(size_t capacity)
{
    cap_t producers = make_notification(), consumers = make_notification();
    void *memory = map(make_frame(), READ_WRITE);
    error_t error = memory ? SUCCESS : ENOMEM;

    if (!error)
        error = ring_open(&producer, RING_PRODUCER, memory, PAGE, capacity, sizeof(uint64_t));
    if (!error)
        error = ring_open(&consumer, RING_CONSUMER, memory, PAGE, capacity, sizeof(uint64_t));
    ring_set_bells(&producer, producers, with_rights(consumers, CAP_RIGHTS_RECV));
    ring_set_bells(&consumer, consumers, with_rights(producers, CAP_RIGHTS_RECV));
    return error;
}

static void produce(void *argument)
{
    uint64_t batch[7];

    for (uint64_t next = 0; next < STREAM;) {
        size_t count = 0;

        while (count < 7 && next < STREAM)
            batch[count++] = next++;
        *(error_t *)argument = ring_put(&producer, batch, count);
    }
}

TEST(RING_STREAM, "5,000 entries come in order from a producer that must often wait for room")
{
    static error_t error;
    uint64_t entries[CAPACITY], next = 0;
    struct worker worker;
    size_t done;

    CHECK_GOOD(make_ring(CAPACITY));
    CHECK_GOOD(worker_run(&worker, produce, &error));
    while (next < STREAM) {
        CHECK_GOOD(ring_get(&consumer, entries, CAPACITY, &done));
        for (size_t i = 0; i < done; i++)
            CHECK_IS(entries[i], next + i);
        next += done;
    }
    CHECK_GOOD(worker_wait(&worker));
    CHECK_GOOD(error);
}

TEST(RING_QUIET, "while nobody sleeps no system call is made: bells that are none do no harm")
{
    uint64_t entries[CAPACITY] = {0};
    size_t done;

    CHECK_GOOD(make_ring(CAPACITY));
    ring_set_bells(&producer, FORGED_HANDLE, FORGED_HANDLE);
    ring_set_bells(&consumer, FORGED_HANDLE, FORGED_HANDLE);
    for (unsigned i = 0; i < 100; i++) {
        CHECK_GOOD(ring_put(&producer, entries, CAPACITY - 1));
        CHECK_GOOD(ring_try_put(&producer, entries, 1, &done));
        CHECK_GOOD(ring_get(&consumer, entries, CAPACITY, &done));
        CHECK_IS(done, CAPACITY);
    }
    CHECK_ERROR(ring_get(&consumer, entries, 1, &done), EBADF); /* now it would sleep */
}

TEST(RING_FULL,
     "a ring of N takes N, is EAGAIN for one more, and waits for it no longer than asked")
{
    uint64_t entries[CAPACITY + 1] = {0}, began;
    size_t done;

    CHECK_GOOD(make_ring(CAPACITY));
    CHECK_GOOD(ring_try_put(&producer, entries, CAPACITY + 1, &done));
    CHECK_IS(done, CAPACITY);
    CHECK_ERROR(ring_try_put(&producer, entries, 1, &done), EAGAIN);
    CHECK_IS(done, 0);
    CHECK_ERROR(ring_put_until(&producer, entries, 1, DEADLINE_NOW, &done), EAGAIN);
    began = clock_now();
    CHECK_ERROR(ring_put_until(&producer, entries, 1, began + LITTLE, &done), ETIMEDOUT);
    CHECK(clock_now() - began >= LITTLE);
    CHECK_IS(done, 0);
}

TEST(RING_EMPTY, "an empty ring is EAGAIN, and waits no longer than asked")
{
    uint64_t entry;
    size_t done;

    CHECK_GOOD(make_ring(CAPACITY));
    CHECK_ERROR(ring_try_get(&consumer, &entry, 1, &done), EAGAIN);
    CHECK_ERROR(ring_get_until(&consumer, &entry, 1, DEADLINE_NOW, &done), EAGAIN);
    CHECK_ERROR(ring_get_until(&consumer, &entry, 1, clock_now() + LITTLE, &done), ETIMEDOUT);
}

static volatile struct {
    error_t error;
    size_t done;
    bool ended;
} slept;

static void sleep_for_entry(void *argument)
{
    uint64_t entry;
    size_t done;

    (void)argument;
    slept.error = ring_get(&consumer, &entry, 1, &done);
    slept.done = done;
    slept.ended = true;
}

static void sleep_for_room(void *argument)
{
    (void)argument;
    slept.error = ring_put(&producer, (uint64_t[CAPACITY + 1]){0}, CAPACITY + 1);
    slept.ended = true;
}

TEST(RING_DEAD_PRODUCER,
     "when the producer's bell dies a sleeping consumer gets EPIPE, and later too")
{
    struct worker worker;
    uint64_t entry;
    size_t done;

    slept.ended = false;
    CHECK_GOOD(make_ring(CAPACITY));
    CHECK_GOOD(worker_run(&worker, sleep_for_entry, NULL));
    let_run();
    CHECK(!slept.ended);
    CHECK_GOOD(cap_delete(producer.bell));
    CHECK_GOOD(worker_wait(&worker));
    CHECK(slept.ended);
    CHECK_IS(slept.error, EPIPE);
    CHECK_ERROR(ring_get(&consumer, &entry, 1, &done), EPIPE);
}

TEST(RING_DEAD_DRAINED, "what a producer had put before it died is taken first, then EPIPE")
{
    uint64_t entries[4] = {1, 2, 3, 4};
    size_t done;

    CHECK_GOOD(make_ring(CAPACITY));
    CHECK_GOOD(ring_put(&producer, entries, 4));
    CHECK_GOOD(cap_delete(producer.bell));
    CHECK_GOOD(ring_get(&consumer, entries, 3, &done));
    CHECK_IS(done, 3);
    CHECK_GOOD(ring_get(&consumer, entries, 3, &done));
    CHECK_IS(done, 1);
    CHECK_ERROR(ring_get(&consumer, entries, 3, &done), EPIPE);
}

TEST(RING_DEAD_CONSUMER, "when the consumer's bell dies a producer that waits for room gets EPIPE")
{
    struct worker worker;

    slept.ended = false;
    CHECK_GOOD(make_ring(CAPACITY));
    CHECK_GOOD(worker_run(&worker, sleep_for_room, NULL));
    let_run();
    CHECK(!slept.ended);
    CHECK_GOOD(cap_delete(consumer.bell));
    CHECK_GOOD(worker_wait(&worker));
    CHECK_IS(slept.error, EPIPE);
}

TEST(RING_LIAR, "an index that cannot be is EPROTO, for ever, and nobody falls asleep over it")
{
    uint64_t entries[CAPACITY + 1] = {0};
    size_t done;

    CHECK_GOOD(make_ring(CAPACITY));
    consumer.shared->index[RING_PRODUCER].count = CAPACITY + 1;
    CHECK_ERROR(ring_get(&consumer, entries, CAPACITY + 1, &done), EPROTO);
    consumer.shared->index[RING_PRODUCER].count = 1;
    CHECK_ERROR(ring_get(&consumer, entries, 1, &done), EPROTO);
    producer.shared->index[RING_CONSUMER].count = 1;
    CHECK_ERROR(ring_put(&producer, entries, CAPACITY + 1), EPROTO);
}

TEST(RING_LIAR_WAKES, "a peer that says it sleeps, and never stops, costs notifications, no more")
{
    uint64_t entry = 0;
    size_t done;

    CHECK_GOOD(make_ring(CAPACITY));
    for (unsigned i = 0; i < 100; i++) {
        producer.shared->flag[RING_CONSUMER].asleep = 0xffffffff;
        CHECK_GOOD(ring_put(&producer, &entry, 1));
        consumer.shared->flag[RING_PRODUCER].asleep = i;
        CHECK_GOOD(ring_get(&consumer, &entry, 1, &done));
    }
}

/* A process joins the ring of this one. */
error_t stream_handle_join(struct idl_request *request, cap_t consumers_bell, cap_t *memory,
                           cap_t *producers_bell)
{
    cap_t frame = make_frame();
    error_t error = ring_open(&producer, RING_PRODUCER, map(frame, READ_WRITE), PAGE,
                              RING_PEER_CAPACITY, sizeof(uint64_t));

    (void)request;
    if (error)
        return error;
    ring_set_bells(&producer, make_notification(), consumers_bell);
    *memory = frame;
    *producers_bell = producer.bell;
    return SUCCESS;
}

/* Which it does not do: how it fared nobody asks here. */
error_t stream_handle_report(struct idl_request *request, uint64_t count, uint64_t sum)
{
    (void)request, (void)count, (void)sum;
    return SUCCESS;
}

static error_t start_peer(cap_t *process)
{
    char *arguments[] = {"/bin/ring-peer", NULL};
    struct message message = {.accept = stream_interface.accept};
    cap_t front = make_endpoint();
    error_t error = process_prepare(arguments[0], arguments, NULL, process);

    if (!error)
        error =
            process_give(*process, "front", front, CAP_DERIVE | CAP_RIGHTS_CALL | CAP_RIGHTS_GRANT);
    if (!error)
        error = process_start(*process);
    if (!error)
        error = message_receive(front, &message);
    if (error)
        return error;
    stream_dispatch(&message);
    return message_reply(&message);
}

TEST(RING_PROCESS_DIES, "a consumer in a process of its own is killed: the producer, who waits for "
                        "room, gets EPIPE, and keeps its memory")
{
    uint64_t entries[RING_PEER_CAPACITY] = {0};
    struct worker worker;
    cap_t process;

    slept.ended = false;
    CHECK_GOOD(start_peer(&process));
    CHECK_GOOD(ring_put(&producer, entries, RING_PEER_CAPACITY));
    CHECK_GOOD(worker_run(&worker, sleep_for_room, NULL));
    sleep_for(LITTLE);
    CHECK_GOOD(process_release(process));
    CHECK_GOOD(worker_wait(&worker));
    CHECK(slept.ended);
    CHECK_IS(slept.error, EPIPE);
    CHECK_IS(producer.shared->index[RING_PRODUCER].count, producer.own);
}

SUITE
