/*
 * rpc-client.c - shows a remote procedure call: send a request, wait for the one answer.
 *
 * It makes the endpoint itself and gives it to the server that it starts, so no name service
 * is needed: whoever holds the capability may call.
 */
#include <myelin/endpoint.h>
#include <myelin/idl/roman_types.h>
#include <myelin/idl/untyped_types.h>

#include "../example.h"

static void ask(cap_t server, word_t number)
{
    struct roman_request request = {.label = ROMAN_LABEL_WRITE, .number = number};
    struct roman_response response;

    must("the call", ipc_call(server, &request, sizeof(request), &response, sizeof(response)));
    if (response.error)
        printf("%llu: %s\n", (unsigned long long)number, error_sentence((error_t)response.error));
    else
        printf("%llu is %s\n", (unsigned long long)number, (const char *)response.text);
}

int main(void)
{
    static const word_t numbers[] = {4, 1994, 2026, 3888, 0};
    cap_t requests, server;

    must("an endpoint", endpoint_create("roman", UNTYPED_ENDPOINT_CALL_ONLY, &requests));
    server = start_partner("/bin/rpc-server", "requests", requests, SERVER_RIGHTS);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        ask(requests, numbers[i]);
    process_release(server);
    return 0;
}
