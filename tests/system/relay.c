/*
 * relay.c - a server for systest-lend that is asked to fill, or to sum up, what is lent to it. The
 * last of a chain does so; the others lend on what they hold, but its first byte, to "next".
 */
#include <myelin/ipc.h>
#include <myelin/startup.h>

#include "lib/peers.h"

static unsigned char bytes[RELAY_BYTES_MAX];

static error_t lend_on(const struct message *message, cap_t next, word_t *sum)
{
    struct message onward;
    error_t error;

    message_begin(&onward, message->label);
    onward.lease_count = 0;
    message_put_lease_on(&onward, message->reply, 0, 1, message->leases[0].length - 1,
                         message->leases[0].rights);
    error = message_invoke(next, &onward);
    *sum = onward.words[0];
    return error;
}

static error_t serve(const struct message *message, word_t *sum)
{
    size_t length = message->leases[0].length;
    error_t error;

    *sum = 0;
    for (size_t i = 0; i < length; i++)
        bytes[i] = relay_byte(i);
    if (message->label == RELAY_FILL)
        return lease_write(message->reply, 0, 0, bytes, length);
    error = lease_read(message->reply, 0, 0, bytes, length);
    for (size_t i = 0; i < length; i++)
        *sum += bytes[i];
    return error;
}

int main(void)
{
    cap_t front = startup_cap("front"), next = startup_cap("next");
    static struct message message;

    while (message_reply_receive(front, &message) == SUCCESS) {
        word_t sum;
        error_t error = next ? lend_on(&message, next, &sum) : serve(&message, &sum);

        message_begin(&message, (uint32_t)error);
        message_put(&message, sum);
    }
    return 0;
}
