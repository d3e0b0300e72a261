/*
 * ipc.h - messages: call, receive, reply, notify.
 *
 * Two ways to say a message. A `struct message` is what travels, word by word; servers and
 * tools use it. The seeds' functions (ipc_call and its kin) take a C struct whose first word
 * is the label and whose other bytes are the payload: at most IPC_BYTES_MAX in all.
 *
 * Every function blocks until its partner has done its part, unless it says otherwise, and
 * returns SUCCESS or an error of errors.h. Of an error of the kernel's, ipc_error_detail()
 * tells more. Capabilities received belong to the caller, who deletes them (cap_delete).
 * Idea: L4's IPC with seL4's capabilities; the names are those of the seeds.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/objects.h>
#include <myelin/syscall.h>

#define IPC_BYTES_MAX (sizeof(word_t) + MESSAGE_WORDS_MAX * sizeof(word_t))

/* A capability to send with a message, or one that came with it. */
struct message_cap {
    cap_t cap;
    uint64_t how; /* sent: CAP_COPY, CAP_MOVE, CAP_DERIVE | rights; received: type and rights */
};

/* A buffer lent with a call until it is answered, or one that came: then only its length and
   rights are known, and lease_read and lease_write reach it. */
struct message_lease {
    void *base;
    size_t length;   /* bytes */
    uint32_t rights; /* CAP_RIGHTS_READ, CAP_RIGHTS_WRITE or both: what the server may do */
    uint32_t number; /* with `via`: a part of this lease of the call that `via` stands for, */
    uint64_t offset; /* from here on; not of own memory */
    cap_t via;
};

/* A whole message in memory. About 1.1 KiB: servers keep one, on the stack or static. */
struct message {
    uint32_t label;         /* method, or in a reply the error */
    uint32_t word_count;    /* 0..MESSAGE_WORDS_MAX */
    uint32_t cap_count;     /* 0..MESSAGE_CAPS_MAX */
    uint32_t accept;        /* capabilities this side will take in answer, 0..MESSAGE_CAPS_MAX */
    uint64_t badge;         /* received: who sent it */
    uint64_t key;           /* received from a WaitSet: from which source */
    cap_t reply;            /* received with a call: the reply token (or Reply capability) */
    uint64_t notified;      /* received: notification bits that came as well, or alone */
    uint32_t origin;        /* received: enum message_origin */
    uint32_t sender_accept; /* received: capabilities that the caller will take in answer */
    uint32_t lease_count;   /* 0..MESSAGE_LEASES_MAX; only with a call */
    struct message_cap caps[MESSAGE_CAPS_MAX];
    struct message_lease leases[MESSAGE_LEASES_MAX];
    word_t words[MESSAGE_WORDS_MAX];
};

enum message_origin {
    ORIGIN_NONE, /* no message: only notification bits came */
    ORIGIN_SEND,
    ORIGIN_CALL,
    ORIGIN_FAULT,
    ORIGIN_CHANNEL,
};

/* What the kernel, or a server, said of this thread's last error. */
struct ipc_error_detail {
    error_t error;
    uint64_t argument; /* which argument: 0 the handle, 1.. the words, others: docs/abi.md */
    uint64_t expected;
    uint64_t found;
    uint32_t label; /* what was called (INTERFACE_LABEL_METHOD), if it was a call; else 0 */
    bool answered;  /* a server said so; otherwise the kernel did */
};

/* ---- messages word by word (lib/myelin/message.c) ---- */

/* Calls `endpoint`; *message is the request and then the answer. The server's error is
   message->label; the kernel's is what the function returns. */
error_t message_call(cap_t endpoint, struct message *message);
/* As message_call, but a server's error (the answer's label) is returned too. */
error_t message_invoke(cap_t endpoint, struct message *message);
/* Sends without an answer. */
error_t message_send(cap_t endpoint, struct message *message);
/* The same, but only until then (absolute, ns of the monotonic clock; clock_now): ETIMEDOUT. A
   call's deadline bounds the wait for the server and for its answer. */
error_t message_call_until(cap_t endpoint, struct message *message, uint64_t deadline);
error_t message_send_until(cap_t endpoint, struct message *message, uint64_t deadline);
error_t message_receive_until(cap_t source, struct message *message, uint64_t deadline);
/* Receives; at most message->accept capabilities are taken. */
error_t message_receive(cap_t source, struct message *message);
/* As message_receive, but EAGAIN when nothing is there at once. */
error_t message_poll(cap_t source, struct message *message);
/* Receives a message from that badge only, or bits; other senders wait on. `endpoint` must be bound
   to the calling thread (EINVAL). */
error_t message_receive_from(cap_t endpoint, uint64_t badge, struct message *message);
/* The same until then. `expected`, unless it is CAP_NULL, is an endpoint whose bound thread should
   send the message: EDEADLK where that one waits for the caller, EPIPE when it is gone. */
error_t message_receive_from_until(cap_t endpoint, uint64_t badge, cap_t expected,
                                   struct message *message, uint64_t deadline);
/* Answers message->reply with label, words and capabilities. Does not block. */
error_t message_reply(struct message *message);
/* Answers *message (if message->reply), then receives into it: a server's whole loop. If the
   answer fails it is counted (message_reply_failures), the caller gets the reason instead,
   capabilities that were to be moved with it are deleted, and the receive goes on. */
error_t message_reply_receive(cap_t source, struct message *message);
extern uint64_t message_reply_failures;

/* Packing. A name takes two words; bytes fill whole words, zero-padded. message_begin sets label,
   no words, no capabilities, accept 0 (set it after); badge and reply stay, so that a server
   writes its answer into the request. What does not fit is answered EMSGSIZE when it is sent. */
void message_begin(struct message *message, uint32_t label);
void message_put(struct message *message, word_t word);
void message_put_name(struct message *message, const char *name);
void message_put_bytes(struct message *message, const void *bytes, size_t length);
void message_put_cap(struct message *message, cap_t cap, uint64_t how);
/* Lends a buffer with the call that is to be sent. Its pages are touched first, so that the server
   finds them there. */
void message_put_lease(struct message *message, void *base, size_t length, uint32_t rights);
/* Lends on a part of a lease that came with a call, which `reply` (token or Reply) stands for: to
   be used by another server on its client's behalf. It ends with whichever call ends first. The
   call that lends it answers ENOENT (no such lease), EPERM, ERANGE (not within it), ESTALE (`reply`
   is void), ELOOP (it was lent on LEASE_CALLS_MAX times). */
void message_put_lease_on(struct message *message, cap_t reply, unsigned number, uint64_t offset,
                          size_t length, uint32_t rights);

/* ---- buffers of any size beside a message that is sent, not called ---- */

/* As message_send_until, with `length` bytes that go straight into the receiver's buffer. *sent is
   how many it had room for. EFAULT: a page of its buffer is missing, and nothing was delivered. */
error_t message_send_buffer(cap_t endpoint, struct message *message, const void *buffer,
                            size_t length, uint64_t deadline, size_t *sent);
/* As message_receive_until, with room for `size` bytes. *length is how many came with the message
   (0: it had none). EFAULT: a page of the buffer has gone again, and its sender was told so. */
error_t message_receive_buffer(cap_t endpoint, struct message *message, void *buffer, size_t size,
                               uint64_t deadline, size_t *length);

/* ---- leases, for the server that holds the call (lib/myelin/lease.c) ---- */

/* Copies bytes of lease `number` of the call that `reply` (token or Reply) stands for. ENOENT: no
   such lease; EPERM: not lent for that; ERANGE: beyond its end; EFAULT: a page of the client's is
   gone again (answer EFAULT: it will repeat); ESTALE: the call has ended, or a call before it that
   had lent the memory on. */
error_t lease_read(cap_t reply, unsigned number, uint64_t offset, void *buffer, size_t length);
error_t lease_write(cap_t reply, unsigned number, uint64_t offset, const void *buffer,
                    size_t length);

/* ---- the seeds' names (lib/myelin/ipc.c) ---- */

/* Calls with a struct and takes the answer as one. In place: ipc_short.h. */
static inline error_t ipc_call(cap_t endpoint, const void *request, size_t request_size,
                               void *response, size_t response_size);
error_t ipc_call_receive_cap(cap_t endpoint, const void *request, size_t request_size,
                             void *response, size_t response_size, cap_t *received);
error_t ipc_send(cap_t endpoint, const void *bytes, size_t size);
error_t ipc_receive(cap_t endpoint, void *request, size_t size, cap_t *reply_cap, uint64_t *badge);
/* From that badge only, as message_receive_from. */
error_t ipc_receive_from(cap_t endpoint, uint64_t badge, void *request, size_t size,
                         cap_t *reply_cap);
error_t ipc_reply(cap_t reply_cap, const void *response, size_t size);
error_t ipc_reply_with_cap(cap_t reply_cap, const void *response, size_t size, cap_t cap);
/* Answers *reply_cap, if it is one, and receives the next request: ipc_reply and ipc_receive in one
   system call. An answer that cannot be given is dealt with as message_reply_receive does; a
   request that is longer than the struct is answered EMSGSIZE and not shown. EAGAIN: bits came
   alone. In place: ipc_short.h. */
static inline error_t ipc_reply_receive(cap_t endpoint, const void *response, size_t response_size,
                                        void *request, size_t request_size, cap_t *reply_cap,
                                        uint64_t *badge);
error_t ipc_notify(cap_t notification, uint64_t bits);
/* Waits for a message on `endpoint` or bits on the thread's bound notification, whichever
   comes first; both are reported if both are there. */
error_t ipc_wait_any(cap_t endpoint, cap_t notification, struct message *message, uint64_t *bits);
/* Waits for the notification's bits and takes them. ipc_poll_notification does not wait. */
error_t ipc_wait_notification(cap_t notification, uint64_t *bits);
error_t ipc_poll_notification(cap_t notification, uint64_t *bits);
/* Sends one capability to whoever receives on `endpoint`, as a copy: the message
   `give` of transfer.idl. */
error_t ipc_transfer_cap(cap_t endpoint, cap_t cap);
/* Puts the request into the endpoint's channel and goes on (right: Post). `completion`, a
   notification or endpoint by which the server tells that it is done, moves to it with the request;
   CAP_NULL: none. EAGAIN: the channel is full; nothing was sent, `completion` is still here. */
error_t ipc_send_async(cap_t endpoint, const void *request, size_t size, cap_t completion);

/* What the kernel said of this thread's last failing operation. */
const struct ipc_error_detail *ipc_error_detail(void);
/* The sentence of an error; never NULL. And its name ("EPIPE"). */
const char *error_sentence(error_t error);
const char *error_name(error_t error);

#include <myelin/ipc_short.h>
