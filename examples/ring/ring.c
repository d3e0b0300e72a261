/*
 * ring.c - a stream of samples to another process through a ring in shared memory: a system call
 * only when one side has to wait for the other, not one for each sample.
 */
#include <myelin/endpoint.h>
#include <myelin/frame.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/notification.h>
#include <myelin/ring.h>

#include "../example.h"
#include "ring-sink.h"

#define BATCH 16

/* The consumer's JOIN: bells are exchanged, and it gets the memory. */
static void accept_consumer(cap_t endpoint, struct ring *ring)
{
    struct message message = {.accept = 1};
    cap_t frame, bell;
    void *memory;

    must("a frame", frame_allocate(RING_FRAME_BYTES, &frame));
    must("mapping", frame_attach(frame, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, &memory));
    must("a bell", notification_create("source bell", &bell));
    must("the ring", ring_open(ring, RING_PRODUCER, memory, RING_FRAME_BYTES, RING_CAPACITY,
                               sizeof(struct sample)));
    must("receiving", message_receive(endpoint, &message));
    ring_set_bells(ring, bell, message.caps[0].cap);
    message_begin(&message, SUCCESS);
    message_put_cap(&message, frame, CAP_DERIVE | CAP_RIGHTS_READ | CAP_RIGHTS_WRITE);
    message_put_cap(&message, bell, CAP_DERIVE | CAP_RIGHTS_RECV);
    must("answering", message_reply(&message));
}

static void produce(struct ring *ring)
{
    for (uint64_t next = 0; next < RING_ENTRIES;) {
        struct sample batch[BATCH] = {0};
        size_t count = 0;

        while (count < BATCH && next < RING_ENTRIES) {
            batch[count].number = next;
            batch[count++].values[0] = next++ % 10;
        }
        must("putting", ring_put(ring, batch, count));
    }
}

int main(void)
{
    struct message message = {0};
    struct ring ring;
    cap_t endpoint, sink;

    must("an endpoint", endpoint_create("ring", UNTYPED_ENDPOINT_CALL_ONLY, &endpoint));
    sink = start_partner("/bin/ring-sink", "ring", endpoint, CLIENT_RIGHTS);
    accept_consumer(endpoint, &ring);
    produce(&ring);
    must("receiving", message_receive(endpoint, &message));
    printf("%lu samples came through, their sum is %lu\n", message.words[0], message.words[1]);
    message_begin(&message, SUCCESS);
    must("answering", message_reply(&message));
    process_release(sink);
    return 0;
}
