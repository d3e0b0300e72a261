/*
 * sum.h - the messages of this example's server, which works while its client goes on.
 */
#pragma once

#include <myelin/abi.h>

/* SUBMIT, sent and not answered: in: job (0 to SUM_JOBS - 1), a number n; cap 0, a notification
   to set when the job is done: 1 + 2 + ... + n. */
#define SUM_SUBMIT LABEL(0x1005, 1)
struct sum_job {
    word_t label;
    word_t job;
    word_t number;
};
/* RESULT, called: in: job. out: its result. EAGAIN: it is not done. */
#define SUM_RESULT LABEL(0x1005, 2)
#define SUM_JOBS   8
