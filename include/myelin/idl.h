/*
 * idl.h - what the code that myidl generates stands on. docs/idl.md is the place to begin.
 *
 * Programs meet three things of it: struct idl_request (what a handler is told beside its
 * parameters), IDL_LATER, and the functions on leases. The rest is for generated code alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/ipc.h>
#include <myelin/objects.h>
#include <myelin/syscall.h>

/* ======================= for handlers ======================= */

/* Who asks, and what an error is about. */
struct idl_request {
    uint64_t badge;    /* of the client's capability */
    cap_t reply;       /* the reply token, for cap_reply_save; CAP_NULL: a oneway method */
    uint64_t argument; /* a handler may say what its error is about, numbered as in docs/abi.md */
};

/* A handler's result: not answered now. It has taken request->reply by cap_reply_save, and will
   answer by INTERFACE_answer_METHOD or idl_answer_error. */
#define IDL_LATER (-1)

/* Answers a saved Reply with an error. */
error_t idl_answer_error(cap_t reply, error_t error);

/* In a loop of one's own, instead of the dispatcher: makes an error of the request in *message,
   with the number of what it is about (0: the capability that was used). What came with it is
   deleted. */
void idl_reject(struct message *message, error_t error, uint64_t argument);

/* A buffer that the client has lent for this one call. */
struct idl_lease {
    cap_t reply;     /* through which it is reached; after cap_reply_save: the Reply */
    unsigned number; /* which of the call's leases */
    size_t length;   /* bytes */
};

/* Copies [offset, offset + length) of the lease into `to`, or `from` there. All, or an error:
   EFAULT: a page of the client's has gone (return it: the stub repeats the call); ERANGE: it is
   outside; EPERM: it was not lent for that. */
static inline error_t idl_lease_read(const struct idl_lease *lease, uint64_t offset, void *to,
                                     size_t length)
{
    return lease_read(lease->reply, lease->number, offset, to, length);
}

static inline error_t idl_lease_write(const struct idl_lease *lease, uint64_t offset,
                                      const void *from, size_t length)
{
    return lease_write(lease->reply, lease->number, offset, from, length);
}

/* ======================= for generated code: clients ======================= */

#define IDL_INLINE      static inline __attribute__((always_inline))
#define IDL_CAPS(n)     ((uint64_t)(n) << TAG_CAPS_SHIFT)
#define IDL_LEASES(n)   ((uint64_t)(n) << TAG_LEASES_SHIFT)
#define IDL_ACCEPT(n)   ((uint64_t)(n) << TAG_ACCEPT_SHIFT)
#define IDL_LEASE_TRIES 8 /* calls, when lent pages keep going away */

/* For a register that the kernel does not look at: whatever it holds, at no cost. */
IDL_INLINE uint64_t idl_unused(void)
{
    uint64_t anything;

    __asm__ volatile("" : "=r"(anything));
    return anything;
}

/*
 * A good answer, told by one compare: label 0, so many words and capabilities. Bit 31 is set in
 * every tag of a message, but not in the 0 that comes with an error of the kernel's.
 */
#define IDL_ANSWER_MASK         (0xffffffff00000000ull | TAG_MYELIN | 0x3fffu)
#define IDL_ANSWER(words, caps) (TAG_MYELIN | (uint64_t)(words) | IDL_CAPS(caps))

/* The error in an answer to `label` that is not a good one, or EMSGSIZE: it has another form than
   it should. Notes the detail (ipc_error_detail). */
__attribute__((cold)) error_t idl_failure(uint32_t label, uint64_t tag, uint64_t status,
                                          uint64_t argument, uint64_t expected, uint64_t found);
/* An error that the stub itself found, in what it was given or in an answer. */
__attribute__((cold)) error_t idl_refuse(error_t error, uint64_t argument);
/* The same for an answer with so many capabilities, which go again. */
__attribute__((cold)) error_t idl_refuse_caps(error_t error, unsigned caps);
/* They never return SUCCESS, and whoever reads a stub may rely on it. A macro, since the static
   analyser looks into functions only so deep. */
#define IDL_CERTAIN(call)            \
    ({                               \
        error_t certain = (call);    \
        if (!certain)                \
            __builtin_unreachable(); \
        certain;                     \
    })
#define idl_failure(...)     IDL_CERTAIN((idl_failure)(__VA_ARGS__))
#define idl_refuse(...)      IDL_CERTAIN((idl_refuse)(__VA_ARGS__))
#define idl_refuse_caps(...) IDL_CERTAIN((idl_refuse_caps)(__VA_ARGS__))

/* Words that are written or read one after the other. */
struct idl_cursor {
    word_t *words;
    unsigned at, end;
};

/*
 * A call with the words at utcb->words, capabilities and leases in the UTCB; the tag says how
 * many. The answer must be `answer` (IDL_ANSWER); its words are at utcb->words again.
 */
error_t idl_call(cap_t handle, uint64_t tag, uint64_t deadline, uint64_t answer);
/* As idl_call, but the answer has at least those words; `rest` is what follows them. */
error_t idl_call_rest(cap_t handle, uint64_t tag, uint64_t deadline, uint64_t answer,
                      struct idl_cursor *rest);
/* As idl_call, but a send. */
error_t idl_send(cap_t handle, uint64_t tag, uint64_t deadline);

/* A name in two words. `name` holds up to 16 bytes (idl_name_fits), or is NULL: the empty one. */
bool idl_name_fits(const char *name);
void idl_put_name(word_t *words, const char *name);
/* Whether nothing is behind its NUL. */
bool idl_name_is_good(const word_t *words);
/* Into name[OBJECT_NAME_BYTES + 1]. */
void idl_get_name(const word_t *words, char *name);

/* A word with the length, then the bytes, padded with zeros to whole words. It must fit. */
void idl_put_bytes(struct idl_cursor *cursor, const void *bytes, size_t length);
/* Where the next bytes are, 0 to `most` of them; NULL: they are more, or not all there. */
const void *idl_take_bytes(struct idl_cursor *cursor, size_t most, size_t *length);
/* The next bytes as a string, into string[most + 1]; false as above, or there is a NUL in it. */
bool idl_take_string(struct idl_cursor *cursor, size_t most, char *string);

/* A buffer of one's own to lend, and part of a lease that one holds: to lend it on. */
IDL_INLINE struct lease_item idl_lend(const void *buffer, size_t length, uint64_t rights)
{
    return (struct lease_item){(uint64_t)buffer, length, rights, 0};
}

IDL_INLINE struct lease_item idl_lend_on(const struct idl_lease *lease, uint64_t offset,
                                         size_t length, uint64_t rights)
{
    return (struct lease_item){offset, length, rights | LEASE_OF(lease->number), lease->reply};
}

/* Makes the pages of a buffer that is lent present, for writing by changing nothing. */
void idl_touch(const void *buffer, size_t length, unsigned access);

/* Whether capability n of an answer is of one of these types (bits; 0: any) and has these rights.
   `stand_in`: an endpoint may be there in place of an object. */
bool idl_cap_is(unsigned n, uint32_t types, uint32_t rights, bool stand_in);

/* ======================= for generated code: servers ======================= */

/* Decodes, checks, calls the handler, encodes, all in `words`. Short methods get no message. */
typedef error_t idl_run(struct idl_request *request, word_t *words, struct message *message);

#define IDL_WORDS_VARY 0xff

struct idl_method {
    const char *name;
    uint32_t label;
    uint8_t least_words, most_words; /* of a request */
    uint8_t answer_words;            /* IDL_WORDS_VARY: `run` says it in message->word_count */
    uint8_t least_caps, most_caps;
    uint8_t leases;
    uint8_t answer_caps;
    uint8_t error_count;
    const uint16_t *errors; /* that it documents */
    uint64_t *counters;     /* calls, each documented error, other errors */
    idl_run *run;
};

struct idl_interface {
    const char *name;
    uint32_t id, version;
    uint32_t method_count;
    const struct idl_method *methods;
    uint64_t *unknown;   /* requests that are no method of this interface */
    uint64_t *connected; /* badges given out so far; NULL: no service, clients do not connect */
    uint8_t accept;      /* capabilities that its requests carry, at most */
    bool is_object;      /* stands in for a kernel object */
};

/* Answers the request in *message, of the interface's methods or not. */
void idl_dispatch(const struct idl_interface *interface, struct message *message);
/* The same for a service: who connects gets a capability to `endpoint` with a badge of its own. */
void idl_dispatch_service(const struct idl_interface *interface, cap_t endpoint,
                          struct message *message);
/* Receives and dispatches until receiving fails. */
error_t idl_serve(const struct idl_interface *interface, cap_t endpoint);
/* Counts an error of the method, or none (SUCCESS, IDL_LATER). */
void idl_count_error(const struct idl_method *method, error_t error);
/* Capability n of the request is of one of these types (bits; 0: any) with these rights, or
   EINVAL, EPERM. `stand_in`: an endpoint may be there in place of an object. */
error_t idl_need_cap(struct idl_request *request, const struct message *message, unsigned n,
                     uint32_t types, uint32_t rights, bool stand_in);
/* Lease n is lent for that (CAP_RIGHTS_READ, CAP_RIGHTS_WRITE) and no longer than `most` bytes, or
   EPERM, EMSGSIZE. */
error_t idl_need_lease(struct idl_request *request, const struct message *message, unsigned n,
                       uint32_t access, size_t most);
/* Notes what is wrong for the answer, and returns the error. */
static inline error_t idl_deny(struct idl_request *request, error_t error, uint64_t argument)
{
    request->argument = argument;
    return error;
}

/* The methods that every server answers. */
error_t idl_describe(const struct idl_interface *interface, uint32_t *id, uint32_t *version,
                     uint32_t *methods, char *name);
error_t idl_counters(const struct idl_interface *interface, uint32_t index, uint32_t error_index,
                     uint32_t *number, uint64_t *calls, uint32_t *error, uint64_t *count);

/*
 * A server's loop has what came in registers. A request that a short method's stub sends is told
 * by its whole tag, and is answered without touching memory; for all else there is
 * idl_serve_other, which answers it and receives the next into *r. An error: nothing can be
 * received any more.
 */
struct idl_server {
    const struct idl_interface *interface;
    cap_t endpoint;
};

error_t idl_serve_other(struct idl_server *server, struct ipc_registers *r);

#define IDL_REQUEST(label, words) TAG(OP_CALL, label, words)
#define IDL_RECEIVE(accept)       (TAG(OP_RECV, 0, 0) | IDL_ACCEPT(accept))

/* Counts the error, answers with it (IDL_LATER: not at all), and receives the next into *r. */
__attribute__((cold)) void idl_answer_failed(const struct idl_interface *interface, cap_t endpoint,
                                             const struct idl_method *method, error_t error,
                                             const struct idl_request *request,
                                             struct ipc_registers *r);

/* Answers a short request in *r, and receives the next there; or, after an error and off the
   straight way, into *other: false. All but r and other is known when this is compiled. */
IDL_INLINE bool idl_answer_short(const struct idl_interface *interface, cap_t endpoint,
                                 const struct idl_method *method, idl_run *run,
                                 struct ipc_registers *r, struct ipc_registers *other)
{
    struct idl_request request = {.badge = r->handle, .reply = r->token};
    error_t error = run(&request, r->words, NULL);

    if (__builtin_expect(error != SUCCESS, false)) {
        idl_answer_failed(interface, endpoint, method, error, &request, other);
        return false;
    }
    ++*method->counters;
    r->tag = TAG(OP_REPLY_RECV, 0, method->answer_words) | IDL_ACCEPT(interface->accept);
    for (unsigned i = method->answer_words; i < MESSAGE_REGISTER_WORDS; i++)
        r->words[i] = 0;
    r->deadline = idl_unused();
    r->token = request.reply;
    r->handle = endpoint;
    ipc_enter(r);
    return true;
}

/* The main function of a generated server that always fails, with the error that it is told by
   name: PROGRAM ERROR [NAME TO PUBLISH]. In a library file of its own. */
int idl_fail_always(const struct idl_interface *interface, error_t *failure, int argc, char **argv);
