/*
 * ring.c - a stream of samples to another process through a ring in shared memory: a system call
 * only when one side has to wait for the other, not one for each sample.
 */
#include <myelin/endpoint.h>
#include <myelin/frame.h>
#include <myelin/idl/stream_server.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/notification.h>
#include <myelin/ring.h>

#include "../example.h"

#define BATCH 16

static struct ring ring;
static cap_t frame, own_bell;

static void make_ring(void)
{
    void *memory;

    must("a frame", frame_allocate(STREAM_FRAME_BYTES, &frame));
    must("mapping", frame_attach(frame, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, &memory));
    must("a bell", notification_create("source bell", &own_bell));
    must("the ring", ring_open(&ring, RING_PRODUCER, memory, STREAM_FRAME_BYTES, STREAM_CAPACITY,
                               sizeof(struct stream_sample)));
}

/* Bells are exchanged, and the consumer gets the memory. */
error_t stream_handle_join(struct idl_request *request, cap_t consumer, cap_t *memory,
                           cap_t *producer)
{
    (void)request;
    ring_set_bells(&ring, own_bell, consumer);
    *memory = frame;
    *producer = own_bell;
    return SUCCESS;
}

error_t stream_handle_report(struct idl_request *request, uint64_t count, uint64_t sum)
{
    (void)request;
    printf("%lu samples came through, their sum is %lu\n", count, sum);
    return SUCCESS;
}

/* Answers one request, and no more. */
static void answer_one(cap_t endpoint)
{
    struct message message = {.accept = stream_interface.accept};

    must("receiving", message_receive(endpoint, &message));
    stream_dispatch(&message);
    must("answering", message_reply(&message));
}

static void produce(void)
{
    for (uint64_t next = 0; next < STREAM_SAMPLES;) {
        struct stream_sample batch[BATCH] = {0};
        size_t count = 0;

        while (count < BATCH && next < STREAM_SAMPLES) {
            batch[count].number = next;
            batch[count++].values[0] = next++ % 10;
        }
        must("putting", ring_put(&ring, batch, count));
    }
}

int main(void)
{
    cap_t endpoint, sink;

    make_ring();
    must("an endpoint", endpoint_create("ring", UNTYPED_ENDPOINT_CALL_ONLY, &endpoint));
    sink = start_partner("/bin/ring-sink", "ring", endpoint, CLIENT_RIGHTS);
    answer_one(endpoint); /* join */
    produce();
    answer_one(endpoint); /* report */
    process_release(sink);
    return 0;
}
