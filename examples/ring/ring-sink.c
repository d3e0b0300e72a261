/*
 * ring-sink.c - the consumer of ring.c: joins the ring, and takes what comes, many at once.
 */
#include <myelin/frame.h>
#include <myelin/ipc.h>
#include <myelin/notification.h>
#include <myelin/ring.h>
#include <myelin/startup.h>

#include "../example.h"
#include "ring-sink.h"

static cap_t producer;

/* Gives the own bell, gets the memory and the producer's bell. */
static void join(struct ring *ring)
{
    struct message message;
    cap_t bell;
    void *memory;

    must("a bell", notification_create("sink bell", &bell));
    message_begin(&message, RING_JOIN);
    message_put_cap(&message, bell, CAP_DERIVE | CAP_RIGHTS_RECV);
    message.accept = 2;
    must("joining", message_invoke(producer, &message));
    must("mapping", frame_attach(message.caps[0].cap, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, &memory));
    must("the ring", ring_open(ring, RING_CONSUMER, memory, RING_FRAME_BYTES, RING_CAPACITY,
                               sizeof(struct sample)));
    ring_set_bells(ring, bell, message.caps[1].cap);
}

int main(void)
{
    struct sample samples[RING_CAPACITY];
    uint64_t count = 0, sum = 0;
    struct message message;
    struct ring ring;

    producer = startup_cap("ring");
    join(&ring);
    while (count < RING_ENTRIES) {
        size_t done;

        must("taking", ring_get(&ring, samples, RING_CAPACITY, &done));
        for (size_t i = 0; i < done; i++)
            sum += samples[i].values[0];
        count += done;
    }
    message_begin(&message, RING_DONE);
    message_put(&message, count);
    message_put(&message, sum);
    must("reporting", message_invoke(producer, &message));
    return 0;
}
