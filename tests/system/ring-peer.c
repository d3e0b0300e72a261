/*
 * ring-peer.c - the consumer of a ring in a process of its own, for systest-ring: takes one entry
 * and no more, for ever.
 */
#include <myelin/frame.h>
#include <myelin/notification.h>
#include <myelin/ring.h>
#include <myelin/startup.h>

#include "lib/peers.h"
#include "lib/systest.h"

int main(void)
{
    struct message message;
    struct ring ring;
    void *memory;
    cap_t bell;
    uint64_t entry;
    size_t done;

    if (notification_create("peer", &bell))
        return 1;
    message_begin(&message, 1);
    message_put_cap(&message, bell, CAP_DERIVE | CAP_RIGHTS_RECV);
    message.accept = 2;
    if (message_invoke(startup_cap("front"), &message) ||
        frame_attach(message.caps[0].cap, READ_WRITE, &memory) ||
        ring_open(&ring, RING_CONSUMER, memory, PAGE, RING_PEER_CAPACITY, sizeof(entry)))
        return 2;
    ring_set_bells(&ring, bell, message.caps[1].cap);
    if (ring_get(&ring, &entry, 1, &done))
        return 3;
    return ipc_wait_notification(bell, &entry) ? 4 : 0; /* which nobody else rings */
}
