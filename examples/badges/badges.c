/*
 * badges.c - shows the connect pattern from the client's side: ask once for a capability of
 * one's own, and use that from then on.
 *
 * This program plays two clients of badges-server, and somebody who has not connected.
 */
#include <myelin/endpoint.h>
#include <myelin/idl/connection_types.h>
#include <myelin/idl/purse_types.h>
#include <myelin/idl/untyped_types.h>

#include "../example.h"

static cap_t connect_to(cap_t server)
{
    struct connection_request request = {.label = CONNECTION_LABEL_CONNECT};
    struct connection_response response;
    cap_t own;

    must("connecting", ipc_call_receive_cap(server, &request, sizeof(request), &response,
                                            sizeof(response), &own));
    must("connecting", (error_t)response.error);
    return own;
}

static void put(const char *who, cap_t server, word_t coins)
{
    struct purse_request request = {.label = PURSE_LABEL_PUT, .coins = coins};
    struct purse_response response;

    must(who, ipc_call(server, &request, sizeof(request), &response, sizeof(response)));
    if (response.error)
        printf("%s: %s\n", who, error_sentence((error_t)response.error));
    else
        printf("%s puts in %llu and has %llu\n", who, (unsigned long long)coins,
               (unsigned long long)response.coins);
}

int main(void)
{
    cap_t endpoint, server, first, second;

    must("an endpoint", endpoint_create("purses", UNTYPED_ENDPOINT_CALL_ONLY, &endpoint));
    server =
        start_partner("/bin/badges-server", "requests", endpoint, SERVER_RIGHTS | CAP_RIGHTS_CALL);
    first = connect_to(endpoint);
    second = connect_to(endpoint);
    put("the first client", first, 5);
    put("the second client", second, 70);
    put("the first client", first, 3);
    put("the second client", second, 7);
    put("somebody who has not connected", endpoint, 1000);
    process_release(server);
    return 0;
}
