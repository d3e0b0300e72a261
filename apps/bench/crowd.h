/*
 * crowd.h - threads that stand beside what is measured: each makes one call and waits.
 *
 * They need neither stack nor a UTCB of their own, because this call of one word is all they ever
 * do; one after the other they get there on the same time.
 */
#pragma once

#include <myelin/abi.h>
#include <myelin/errors.h>

struct crowd {
    cap_t frame; /* with the UTCB that none of them uses */
    void *utcb;
    cap_t time;
};

/* What one of them calls, and until when it waits (DEADLINE_FOREVER, or ns). */
struct crowd_call {
    cap_t target;
    uint64_t number; /* the word that it sends */
    uint64_t deadline;
};

error_t crowd_prepare(struct crowd *crowd);
/* One more: it runs at once, being more urgent, until it waits. */
error_t crowd_add(const struct crowd *crowd, const struct crowd_call *call);
