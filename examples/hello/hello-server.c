/*
 * hello-server.c - shows how little a server is: it publishes a name and answers one request.
 *
 * Run it in the background, then hello-client:  hello-server & hello-client Ada
 */
#include <stdio.h>
#include <string.h>

#include <myelin/endpoint.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/service.h>

#include "hello.h"

static void greet(struct message *message)
{
    char name[HELLO_NAME_BYTES + 1] = "", greeting[HELLO_NAME_BYTES + 16];
    size_t length = message->word_count * sizeof(word_t);

    if (message->label != HELLO_GREET || length > HELLO_NAME_BYTES) {
        message_begin(message, message->label != HELLO_GREET ? ENOSYS : EMSGSIZE);
        return;
    }
    memcpy(name, message->words, length);
    snprintf(greeting, sizeof(greeting), "Hello, %s!", name);
    message_begin(message, SUCCESS);
    message_put(message, strlen(greeting));
    message_put_bytes(message, greeting, strlen(greeting));
}

int main(void)
{
    cap_t endpoint;
    error_t error = endpoint_create("hello", UNTYPED_ENDPOINT_CALL_ONLY, &endpoint);

    if (!error)
        error = service_publish("hello", endpoint);
    if (!error)
        error = service_run(endpoint, greet);
    fprintf(stderr, "hello-server: %s\n", error_sentence(error));
    return 1;
}
