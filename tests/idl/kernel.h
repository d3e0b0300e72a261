/*
 * kernel.h - a kernel for two threads on the host, a client and a server, to carry messages between
 * generated stubs and dispatchers.
 *
 * A capability is a number here: its object's type and a count (CAP). Messages arrive as the real
 * kernel delivers them: registers, UTCB words, types and rights of capabilities, lengths of leases.
 */
#pragma once

#include <myelin/idl.h>

#define ENDPOINT          ((cap_t)0x5000)
#define CAP(type, number) ((cap_t)(type) << 16 | (number))
#define TYPE_OF_CAP(cap)  ((uint64_t)(cap) >> 16)

/* Starts a thread that runs serve(ENDPOINT). */
void kernel_start_server(error_t (*serve)(cap_t endpoint));
/* Its receive fails with ECANCELED; returns what serve() then returned. */
error_t kernel_stop_server(void);

/* Capabilities deleted since the last call of this. */
unsigned kernel_deleted(void);
/* What the last call lent, as it was sent. */
const struct lease_item *kernel_lent(unsigned number);
/* The next `count` accesses to a lease fail with EFAULT. */
void kernel_fail_leases(unsigned count);
/* What the latest answer, or request, had in its seven registers. */
extern uint64_t kernel_answer_words[MESSAGE_REGISTER_WORDS];
extern uint64_t kernel_request_words[MESSAGE_REGISTER_WORDS];
/* And in r10, of the request: its deadline; UINT64_MAX: it had none. */
extern uint64_t kernel_request_deadline;
