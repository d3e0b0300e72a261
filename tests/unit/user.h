/*
 * user.h - the kernel as servers see it in the unit tests: messages are given to their generated
 * dispatchers, and what they ask of the kernel is answered, and watched, by user.c.
 *
 * Which capabilities a server holds is counted strictly: deleting, moving or answering what it
 * does not hold fails the test, so each one that came goes just once.
 */
#pragma once

#include <stdbool.h>

#include <myelin/ipc.h>

#define USER_ENDPOINT ((cap_t)1) /* the server's own */
#define USER_TOKEN    ((cap_t)7) /* the reply token of each request */

struct user {
    void (*invoke)(struct ipc_registers *r); /* the kernel objects that it calls */
    unsigned held;                           /* capabilities that the server has */
    cap_t next_reply;         /* what cap_reply_save gives; CAP_NULL: there is no slot */
    bool no_slots;            /* nothing can be minted */
    cap_t dead;               /* a Reply whose client, or a capability whose object, has died */
    uint64_t minted_badge;    /* of the last one */
    unsigned answers, deaths; /* late answers given, and tried to the dead */
    cap_t answered;           /* the Reply of the last late answer, given or not */
    struct message answer;    /* the last one given */
    char lent[3 * 4096];      /* the client's buffer: lease 0 */
    size_t lent_missing;      /* from here on its pages are missing; 0: none is */
};

extern struct user user;

/* Forgets all: no capability is held, next_reply is 2. */
void user_begin(void);
/* From now on the server holds `cap`, which must be none of those it holds. */
void user_hold(cap_t cap);
bool user_holds(cap_t cap);

/* Begins a request of a client with badge 1 that takes 4 capabilities in answer. */
void user_request(struct message *message, uint32_t label);
/* Puts a capability into it, of that type and with these rights; the server will hold it. */
void user_put_cap(struct message *message, cap_t cap, uint32_t type, uint32_t rights);
/* Puts a string or bytes: the length, then the bytes. */
void user_put_bytes(struct message *message, const void *bytes, size_t length);
/* Lends the first `length` bytes of user.lent with it. */
void user_put_lease(struct message *message, size_t length, uint32_t rights);
/* After the dispatcher: the error of the answer, or -1 if there is none yet. The capabilities that
   were moved with it are no longer held. */
int user_outcome(struct message *message);
