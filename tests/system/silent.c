/*
 * silent.c - a service that is published, receives, and never answers: silent NAME
 */
#include <myelin/cap.h>
#include <myelin/endpoint.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/ipc.h>
#include <myelin/service.h>

int main(int argc, char **argv)
{
    struct message message = {0};
    cap_t endpoint;

    if (argc != 2 || endpoint_create(argv[1], UNTYPED_ENDPOINT_OPEN, &endpoint) ||
        service_publish(argv[1], endpoint))
        return 1;
    for (;;) {
        cap_t kept;

        if (message_receive(endpoint, &message) || cap_reply_save(message.reply, &kept))
            return 1;
    }
}
