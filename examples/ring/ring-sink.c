/*
 * ring-sink.c - the consumer of ring.c: joins the ring, and takes what comes, many at once.
 */
#include <myelin/frame.h>
#include <myelin/idl/stream.h>
#include <myelin/notification.h>
#include <myelin/ring.h>

#include "../example.h"

static cap_t producer;

/* Gives the own bell, gets the memory and the producer's bell. */
static void join(struct ring *ring)
{
    cap_t bell, memory, other_bell;
    void *address;

    must("a bell", notification_create("sink bell", &bell));
    must("joining", stream_join(producer, bell, &memory, &other_bell));
    must("mapping", frame_attach(memory, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, &address));
    must("the ring", ring_open(ring, RING_CONSUMER, address, STREAM_FRAME_BYTES, STREAM_CAPACITY,
                               sizeof(struct stream_sample)));
    ring_set_bells(ring, bell, other_bell);
}

int main(void)
{
    struct stream_sample samples[STREAM_CAPACITY];
    uint64_t count = 0, sum = 0;
    struct ring ring;

    producer = startup_cap("ring");
    join(&ring);
    while (count < STREAM_SAMPLES) {
        size_t done;

        must("taking", ring_get(&ring, samples, STREAM_CAPACITY, &done));
        for (size_t i = 0; i < done; i++)
            sum += samples[i].values[0];
        count += done;
    }
    must("reporting", stream_report(producer, count, sum));
    return 0;
}
