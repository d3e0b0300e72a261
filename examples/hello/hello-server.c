/*
 * hello-server.c - shows how little a server is: it publishes a name and answers one request.
 *
 * What it speaks is idl/interfaces/hello.idl. Run it in the background, then hello-client:
 * hello-server & hello-client Ada
 */
#include <stdio.h>

#include <myelin/endpoint.h>
#include <myelin/idl/hello_server.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/service.h>

error_t hello_handle_greet(struct idl_request *request, const char *whom,
                           char greeting[HELLO_GREETING_MOST + 1])
{
    (void)request;
    snprintf(greeting, HELLO_GREETING_MOST + 1, "Hello, %s!", whom);
    return SUCCESS;
}

int main(void)
{
    cap_t endpoint;
    error_t error = endpoint_create("hello", UNTYPED_ENDPOINT_CALL_ONLY, &endpoint);

    if (!error)
        error = service_publish("hello", endpoint);
    if (!error)
        error = hello_serve(endpoint);
    fprintf(stderr, "hello-server: %s\n", error_sentence(error));
    return 1;
}
