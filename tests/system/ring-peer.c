/*
 * ring-peer.c - the consumer of a ring in a process of its own, for systest-ring: takes one entry
 * and no more, for ever.
 */
#include <myelin/frame.h>
#include <myelin/idl/stream.h>
#include <myelin/notification.h>
#include <myelin/ring.h>
#include <myelin/startup.h>

#include "lib/peers.h"
#include "lib/systest.h"

int main(void)
{
    cap_t bell, frame, producers_bell;
    struct ring ring;
    uint64_t entry;
    void *memory;
    size_t done;

    if (notification_create("peer", &bell))
        return 1;
    if (stream_join(startup_cap("front"), bell, &frame, &producers_bell) ||
        frame_attach(frame, READ_WRITE, &memory) ||
        ring_open(&ring, RING_CONSUMER, memory, PAGE, RING_PEER_CAPACITY, sizeof(entry)))
        return 2;
    ring_set_bells(&ring, bell, producers_bell);
    if (ring_get(&ring, &entry, 1, &done))
        return 3;
    return ipc_wait_notification(bell, &entry) ? 4 : 0; /* which nobody else rings */
}
