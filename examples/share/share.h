/*
 * share.h - the requests of this example's server, which lends a page.
 */
#pragma once

#include <myelin/abi.h>

/* GET out: size of the page in bytes; cap 0, a Frame that may only be read. */
#define SHARE_GET  LABEL(0x1004, 1)
/* NEXT: the server writes the next value into the page. */
#define SHARE_NEXT LABEL(0x1004, 2)

struct share_request {
    word_t label;
};

struct share_response {
    word_t error;
    word_t size;
};
