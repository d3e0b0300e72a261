/*
 * badges-server.c - shows how a server tells its clients apart.
 *
 * Who connects gets a capability minted with a badge of its own. The badge comes with each of its
 * messages; no client can change or forge it, so no client reaches another's purse.
 */
#include <myelin/endpoint.h>
#include <myelin/idl/connection_types.h>
#include <myelin/idl/purse_types.h>
#include <myelin/ipc.h>
#include <myelin/startup.h>

#define CLIENTS_MAX 8

static word_t purses[CLIENTS_MAX]; /* purses[badge - 1]; badge 0 has not connected */
static uint64_t clients;

static void answer_connect(cap_t endpoint, cap_t reply)
{
    struct connection_response response = {.error = ENOSPC};
    cap_t client = CAP_NULL;

    if (clients < CLIENTS_MAX)
        response.error = (uint64_t)endpoint_mint(endpoint, clients + 1, &client);
    if (!response.error)
        clients++;
    ipc_reply_with_cap(reply, &response, sizeof(response), client);
}

static void answer_put(cap_t reply, uint64_t badge, word_t coins)
{
    struct purse_response response = {.error = EACCES};

    if (badge >= 1 && badge <= clients) {
        purses[badge - 1] += coins;
        response = (struct purse_response){.error = SUCCESS, .coins = purses[badge - 1]};
    }
    ipc_reply(reply, &response, sizeof(response));
}

int main(void)
{
    cap_t endpoint = startup_cap("requests");

    for (;;) {
        struct purse_request request;
        struct purse_response unknown = {.error = ENOSYS};
        uint64_t badge;
        cap_t reply;

        if (ipc_receive(endpoint, &request, sizeof(request), &reply, &badge) != SUCCESS)
            return 1;
        if (request.label == CONNECTION_LABEL_CONNECT)
            answer_connect(endpoint, reply);
        else if (request.label == PURSE_LABEL_PUT)
            answer_put(reply, badge, request.coins);
        else
            ipc_reply(reply, &unknown, sizeof(unknown));
    }
}
