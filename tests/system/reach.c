/*
 * reach.c - tries to reach a service, and tells what came of it.
 *
 *   reach serve NAME                     publishes an endpoint and a notification, and answers
 *   reach call|send|notify|publish NAME
 */
#include <stdio.h>
#include <string.h>

#include <myelin/clock.h>
#include <myelin/endpoint.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/ipc.h>
#include <myelin/notification.h>
#include <myelin/service.h>

#define PATIENCE 2000000000ull /* ns, for a service that is just starting */
#define PAUSE    20000000ull

static error_t publish(const char *name, cap_t *endpoint)
{
    cap_t bell;
    error_t error = endpoint_create(name, UNTYPED_ENDPOINT_OPEN, endpoint);

    if (!error)
        error = service_publish(name, *endpoint);
    if (!error)
        error = notification_create(name, &bell);
    return error ? error : service_publish(name, bell);
}

static error_t serve(const char *name)
{
    struct message message = {0};
    cap_t endpoint;
    error_t error = publish(name, &endpoint);

    while (!error) {
        error = message_reply_receive(endpoint, &message);
        message_begin(&message, SUCCESS);
    }
    return error;
}

static error_t look_up(const char *way, const char *name, cap_t *found)
{
    uint64_t end = clock_now() + PATIENCE;
    error_t error;

    do {
        error = strcmp(way, "notify") == 0 ? service_lookup_notification(name, found)
                                           : service_lookup(name, found);
        if (error == ENOENT)
            clock_sleep_until(clock_now() + PAUSE);
    } while (error == ENOENT && clock_now() < end);
    return error;
}

static error_t use(const char *way, cap_t found)
{
    struct message message = {0};

    if (strcmp(way, "notify") == 0)
        return ipc_notify(found, 1);
    message_begin(&message, 1);
    return strcmp(way, "call") == 0 ? message_call(found, &message) : message_send(found, &message);
}

int main(int argc, char **argv)
{
    const char *who = "names";
    cap_t found;
    error_t error;

    if (argc != 3)
        return 2;
    if (strcmp(argv[1], "serve") == 0)
        return serve(argv[2]) != SUCCESS;
    if (strcmp(argv[1], "publish") == 0) {
        error = publish(argv[2], &found);
    } else {
        error = look_up(argv[1], argv[2], &found);
        if (!error) {
            who = "kernel";
            error = use(argv[1], found);
        }
    }
    printf("%s %s: %s%s%s\n", argv[1], argv[2], error_name(error), error ? " by " : "",
           error ? who : "");
    return error != SUCCESS;
}
