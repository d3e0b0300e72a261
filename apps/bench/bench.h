/*
 * bench.h - what the two sides of the measurements agree on.
 *
 * One program plays all parts: started from the shell it measures; it starts itself with an
 * argument (`--server` and so on) to have peers in address spaces of their own.
 */
#pragma once

#include <stdbool.h>

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/syscall.h>

#define BENCH_BADGE 0x5eedull
#define BENCH_CROWD 0xc0ffeeull /* of those who only stand beside */

#define BENCH_WAKE 1ull         /* the bit that the waiter counts and waits again for */
#define BENCH_STOP (1ull << 63) /* with others: the waiter shall report them */

/* What the child finds at its start. */
#define BENCH_ENDPOINT     "endpoint"
#define BENCH_NOTIFICATION "notification"
#define BENCH_OTHER        "other"

/* Word `index` of the checked message number `round`: each different from its neighbours. Word 0
   is the round itself, so that the receiver knows it. */
static inline word_t bench_pattern(uint64_t round, unsigned index)
{
    return index == 0 ? round : (round + 1) * 0x9e3779b97f4a7c15 + index * 0xff51afd7ed558ccd;
}

/* Word `index` of a message: the first seven are in registers, the rest in the UTCB. */
static inline word_t *bench_word(word_t *registers, unsigned index)
{
    return index < MESSAGE_REGISTER_WORDS ? &registers[index] : &utcb_self()->words[index];
}

/* ---- what is measured: 0, or 1 and a complaint ---- */

int bench_refusal(void);  /* null_syscall (main.c) */
int bench_calls(void);    /* call_ (calls.c) */
int bench_structs(void);  /* call_rt_inter_7w_mem (structs.c), called by bench_calls */
int bench_overhead(void); /* idl_overhead_rt_3w (generated.c) */
int bench_notify(void);   /* notify_ (notify.c) */
int bench_objects(void);  /* methods of kernel objects (objects.c) */
int bench_leases(void);   /* reading what was lent (leases.c) */
int bench_buffer(void);   /* what goes beside a message (buffer.c) */
int bench_channel(void);  /* messages through a channel (channel.c) */
int bench_fault(void);    /* page faults (fault.c) */
int bench_closed(void);   /* arriving where 10,000 wait in vain (closed.c) */
int bench_revoke(void);   /* revoke_1 to revoke_10000 (revoke.c) */
int bench_ring(void);     /* messages through shared memory (ring.c) */
int bench_file(void);     /* a file read in parts and at once (file.c) */
int bench_process(void);  /* starting programs (process.c) */
int bench_irq_off(void);  /* how long interrupts are kept waiting (irq_off.c) */
int bench_growth(void);   /* some of these with many things beside them (growth.c) */
int bench_reasons(void);  /* nothing in instructions: which way messages go (reasons.c) */

/* ---- the peers' parts; they return only if something fails ---- */

int bench_server(void);           /* echoes (server.c) */
int bench_slow_server(void);      /* the same, never on the fast path */
int bench_set_server(void);       /* the same, on a WaitSet */
int bench_struct_server(void);    /* echoes structs (structs.c) */
int bench_relay(void);            /* calls "other" before it answers */
int bench_deleter(void);          /* deletes what comes with each call */
int bench_adder(void);            /* adds, as the generated one does */
int bench_reader(void);           /* reads what is lent (leases.c) */
int bench_taker(void);            /* takes from a channel (channel.c) */
int bench_buffer_taker(void);     /* takes buffers (buffer.c) */
int bench_handler(void);          /* answers faults (fault.c) */
int bench_closed_server(void);    /* echoes, closed to BENCH_BADGE (server.c) */
int bench_yielder(void);          /* yields (objects.c) */
int bench_generated_server(void); /* adds (generated.c) */
int bench_waiter(void);           /* waits for bits (notify_peer.c) */
extern bool bench_again;          /* for ever, when it has been told */
int bench_irq(void);              /* how long an interrupt takes to its thread (irq.c) */
int bench_pong(void);             /* waits for a bit and notifies, in turn */

/* Measures beside so many of one kind, in a process of its own. (growth.c) */
int bench_grow_threads(void);
int bench_grow_capabilities(void);
int bench_grow_senders(void);
int bench_grow_deadlines(void);

/* As servers are: its endpoint is bound to it, and a notification. (server.c) */
error_t bench_settle(cap_t endpoint);
/* What came to a lean loop, of the partner interface: leaves the answer there. */
struct echo;
void bench_answer_other(struct echo *came);
/* Receives and answers one call of the partner interface. (notify_peer.c) */
error_t bench_answer_one(cap_t endpoint);
/* What it tells: of what this part was sent since it was last asked so many were as they should be;
   what was measured here, and whether something was not as it should be. */
extern uint64_t bench_good, bench_ticks;
extern bool bench_spoilt;

/* ---- peers in address spaces of their own (peers.c) ---- */

struct peer_form {
    const char *part;   /* "--server" */
    bool passive;       /* it runs on its callers' time */
    unsigned above;     /* its priority, above this program's */
    cap_t notification; /* that it is given, or CAP_NULL; */
    cap_t other;        /* likewise */
};

struct peer {
    cap_t endpoint; /* that it receives from */
    cap_t client;   /* by which it is called: BENCH_BADGE */
    cap_t process;
};

error_t peer_start(const struct peer_form *form, struct peer *peer);
void peer_end(struct peer *peer);
/* A SchedContext, so many priorities above this program's. */
error_t bench_make_time(unsigned above, cap_t *time);
/* Runs this program with those arguments, with room for many objects. */
error_t bench_restart(char **arguments, int *exit_code);
