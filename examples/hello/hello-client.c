/*
 * hello-client.c - shows how a client finds a service by its name and calls it.
 */
#include <stdio.h>

#include <myelin/clock.h>
#include <myelin/idl/hello.h>
#include <myelin/service.h>

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
    char greeting[HELLO_GREETING_MOST + 1];
    cap_t hello;
    error_t error = connect(&hello);

    if (!error)
        error = hello_greet(hello, argc > 1 ? argv[1] : "world", greeting);
    if (error) {
        fprintf(stderr, "hello-client: %s\n", error_sentence(error));
        return 1;
    }
    puts(greeting);
    return 0;
}
