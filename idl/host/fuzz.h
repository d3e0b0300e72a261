/*
 * fuzz.h - what fuzz drivers use: the generated ones (NAME_fuzz.c), and what goes with a server
 * whose own handlers are fuzzed (tests/idl/fuzz_NAME.c).
 */
#pragma once

#include <myelin/idl.h>

/* A capability that the server gets, to keep or to give on. */
#define FUZZ_CAP fuzz_hold()

/* The interface under test; the generated driver defines it. */
extern const struct idl_interface *const fuzz_interface;

/* Ends the program, as a finding, if something does not hold. */
#define fuzz_expect(condition) fuzz_expectation(condition, #condition)
void fuzz_expectation(bool holds, const char *condition);
/* Reads all these bytes, so that AddressSanitizer sees one too many. */
void fuzz_read(const void *bytes, size_t length);
/* What a weak handler answers: mostly success. */
error_t fuzz_outcome(struct idl_request *request);

/* ---- a server's own: with its handlers comes the function of all three ---- */

/* Before each input: the server is as after its start. */
void fuzz_begin(void);
/* After each input: what the server holds goes. */
void fuzz_end(void);
/* One message to the server, and what its loop does after it. */
void fuzz_serve(struct message *message);
/* Methods of kernel objects that the server calls, but for `delete`. */
void fuzz_invoke(struct ipc_registers *r);
/* The next byte of the input that is no message: of a device, of lent memory. */
uint8_t fuzz_byte(void);

/* ---- fuzz_kernel.c: the kernel of one server ---- */

/* What goes wrong while one message is served. */
enum fuzz_luck {
    FUZZ_NO_SLOTS = 1,    /* nothing can be minted or saved */
    FUZZ_LEASE_GONE = 2,  /* what is lent has a page that is missing */
    FUZZ_OBJECT_GONE = 4, /* capabilities' objects have died */
    FUZZ_CLIENT_GONE = 8, /* so have those that wait for an answer */
};

/* From now on it holds another capability. */
cap_t fuzz_hold(void);
bool fuzz_holds(cap_t cap);
/* It was moved away. */
void fuzz_let_go(cap_t cap);
/* Nothing is held, and nobody waits. */
void fuzz_kernel_begin(void);
/* Before a message is served: its leases, and what goes wrong. */
void fuzz_kernel_serves(const struct message *message, unsigned luck);
/* Whether the message's token was saved, or answered already. */
bool fuzz_token_is_taken(void);
/* A badge that was minted, or 0. */
uint64_t fuzz_badge(unsigned number);
