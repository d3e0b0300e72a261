/*
 * dispatch.c - which method a message asks for, who may ask for it, and the answer.
 */
#include <string.h>

#include <myelin/cap.h>
#include <myelin/idl/process_types.h>
#include <myelin/ipc.h>

#include "process.h"

#define BY_SERVICE (1u << BADGE_SERVICE)
#define BY_OWNER   (1u << BADGE_OWNER)
#define BY_SELF    (1u << BADGE_SELF)

static const struct {
    uint32_t label;
    unsigned by;    /* which kinds of badge have this method */
    unsigned words; /* that the request must have at least */
    method *run;
} methods[] = {
    {PROCESS_LABEL_CREATE, BY_SERVICE | BY_SELF, 2, processes_create},
    {PROCESS_LABEL_LIST, BY_SERVICE | BY_SELF, 1, processes_list},
    {PROCESS_LABEL_KILL_PID, BY_SERVICE, 1, processes_kill},
    {PROCESS_LABEL_CAPABILITIES, BY_SERVICE, 2, processes_capabilities},
    {PROCESS_LABEL_MEMORY, BY_SERVICE | BY_SELF, 0, processes_memory},
    {PROCESS_LABEL_LOAD, BY_OWNER, 2, child_load},
    {PROCESS_LABEL_ARGUMENT, BY_OWNER, 2, child_argument},
    {PROCESS_LABEL_GIVE, BY_OWNER, 2, child_give},
    {PROCESS_LABEL_CONFIGURE, BY_OWNER, 5, child_configure},
    {PROCESS_LABEL_START, BY_OWNER, 0, child_start},
    {PROCESS_LABEL_WATCH, BY_OWNER, 0, child_watch},
    {PROCESS_LABEL_STATUS, BY_OWNER, 0, child_status},
    {PROCESS_LABEL_KILL, BY_OWNER, 0, child_kill},
    {PROCESS_LABEL_RELEASE, BY_OWNER, 0, child_release},
    {PROCESS_LABEL_THREAD, BY_OWNER, 0, child_thread},
    {PROCESS_LABEL_MAP, BY_SELF, 3, own_map},
    {PROCESS_LABEL_UNMAP, BY_SELF, 2, own_unmap},
    {PROCESS_LABEL_PROTECT, BY_SELF, 3, own_protect},
    {PROCESS_LABEL_EXIT, BY_SELF, 1, own_exit},
};

void put_word(struct request *request, word_t word)
{
    request->out[request->out_count++] = word;
}

void put_name(struct request *request, const char *name)
{
    char padded[OBJECT_NAME_BYTES] = {0};

    memcpy(padded, name, strnlen(name, OBJECT_NAME_BYTES));
    memcpy(&request->out[request->out_count], padded, sizeof(padded));
    request->out_count += sizeof(padded) / sizeof(word_t);
}

static unsigned kind_of(uint64_t badge)
{
    return badge >> BADGE_KIND_SHIFT & BADGE_KIND_MASK;
}

static error_t run(struct request *request)
{
    unsigned kind = kind_of(request->badge);

    if (kind == BADGE_SELF && request->process->state != PROCESS_RUNS)
        return ESTALE;
    for (unsigned i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (methods[i].label != request->message->label || !(methods[i].by >> kind & 1))
            continue;
        if (request->message->word_count < methods[i].words)
            return EMSGSIZE;
        return methods[i].run(request);
    }
    return ENOSYS;
}

/* Writes the answer into *message. */
static void compose(struct message *message, const struct request *request, error_t error)
{
    message_begin(message, (uint32_t)error);
    if (error)
        return;
    message_put_bytes(message, request->out, request->out_count * sizeof(word_t));
    if (request->out_cap)
        message_put_cap(message, request->out_cap, request->out_how);
}

/*
 * Answers with a capability at once: if the caller cannot take it, what was made for it is
 * undone, and the caller is told why instead.
 */
static void answer_with_cap(struct message *message, const struct request *request)
{
    error_t error = message_reply(message);

    if (!error)
        return;
    if (request->out_how == CAP_MOVE)
        cap_delete(request->out_cap);
    if (request->created)
        process_forget(request->created);
    message_begin(message, (uint32_t)error);
}

static void serve_call(struct message *message)
{
    struct request request = {
        .message = message,
        .process = process_of_badge(message->badge),
        .badge = message->badge,
        .cap = message->cap_count ? message->caps[0].cap : CAP_NULL,
    };
    error_t error = request.process ? run(&request) : ESTALE;

    if (request.cap)
        cap_delete(request.cap);
    compose(message, &request, error);
    if (request.no_answer)
        message->reply = CAP_NULL;
    else if (message->cap_count)
        answer_with_cap(message, &request);
}

/* A fault comes by a process's capability to itself: no other may be a handler. */
static bool fault_is_served(const struct message *message)
{
    struct process *process = process_of_badge(message->badge);

    return process && process->state == PROCESS_RUNS && kind_of(message->badge) == BADGE_SELF &&
           serve_fault(process, message->label, message->words);
}

static void serve_one(struct message *message)
{
    if (message->origin == ORIGIN_CALL)
        serve_call(message);
    else if (message->origin == ORIGIN_FAULT && fault_is_served(message))
        message_begin(message, SUCCESS);
    else
        message->reply = CAP_NULL; /* its process has ended: nobody waits */
}

int serve(void)
{
    static struct message message;

    for (;;) {
        message.accept = 1;
        if (message_reply_receive(server.service, &message))
            return 1;
        serve_one(&message);
    }
}
