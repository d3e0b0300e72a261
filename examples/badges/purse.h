/*
 * purse.h - the requests of this example's server, which keeps a purse for each client.
 */
#pragma once

#include <myelin/abi.h>

/* PUT in: coins. out: the coins in this client's purse now. A client that has not connected
   (CONNECTION_LABEL_CONNECT) gets EACCES. */
#define PURSE_PUT LABEL(0x1003, 1)

struct purse_request {
    word_t label;
    word_t coins;
};

struct purse_response {
    word_t error;
    word_t coins;
};
