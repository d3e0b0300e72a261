/* state.h - between canonical.c and state*.c: the parts of a state's number. */
#pragma once

#include "worlds.h"

void mix(uint64_t value);
/* Does that count, too, which only says who runs, and which way the next operation takes? */
bool all_counts(void);
/* A handle that the thread uses: what it names. */
void mix_handle(const struct thread *thread, cap_t handle);

unsigned channel_count(void);
const struct channel *channel_at(unsigned n);

/* ---- state.c ---- */

void mix_object(unsigned type, const void *object);
void mix_cpu(void);
/* Open, void (and why), or used. */
void mix_token(const struct thread *thread, uint64_t token);
/* A channel's slots count from the oldest message. */
uint64_t channel_holder(const struct slot *slot);

/* ---- state_thread.c ---- */

void mix_thread(const struct thread *thread);
void mix_queue_of_threads(const struct queue *queue);
/* The times that may run, in order. */
void mix_ready(void);
/* A time in the future as that from now; all of the past is one. */
void mix_when(uint64_t when);
