/*
 * counter.h - the requests of this example's driver.
 */
#pragma once

#include <myelin/abi.h>

/* WAIT in: a number of interrupts. out: how many came. Answered when that many have come. */
#define COUNTER_WAIT LABEL(0x1002, 1)
/* STOP: the driver ends after it has answered. */
#define COUNTER_STOP LABEL(0x1002, 2)

struct counter_request {
    word_t label;
    word_t count;
};

struct counter_response {
    word_t error;
    word_t count;
};
