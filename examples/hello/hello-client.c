/*
 * hello-client.c - shows how a client finds a service by its name and calls it.
 */
#include <stdio.h>
#include <string.h>

#include <myelin/clock.h>
#include <myelin/service.h>

#include "hello.h"

#define PATIENCE 40
#define PAUSE    (50 * 1000 * 1000ull) /* ns */

/* Connects to the service; a server that was started just now may need a moment to publish. */
static error_t connect(cap_t *hello)
{
    error_t error = service_connect("hello", hello);

    for (int tries = 1; error == ENOENT && tries < PATIENCE; tries++) {
        clock_sleep_until(clock_now() + PAUSE);
        error = service_connect("hello", hello);
    }
    return error;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "world";
    const char *greeting;
    struct message message;
    cap_t hello;
    error_t error = connect(&hello);

    message_begin(&message, HELLO_GREET);
    message_put_bytes(&message, name, strlen(name));
    if (!error)
        error = message_invoke(hello, &message);
    if (error) {
        fprintf(stderr, "hello-client: %s\n", error_sentence(error));
        return 1;
    }
    greeting = message_get_bytes(&message, 1, message.words[0]);
    printf("%.*s\n", greeting ? (int)message.words[0] : 0, greeting);
    return 0;
}
