/* entry.c - a system call, from its registers to its registers. The tables are those of
   docs/ipc.md, "The six system calls" and "Errors". */

#include <string.h>

#include "model.h"

/* "Of every operation": what its tag says at all. */
static struct answer check_tag(uint64_t tag)
{
    unsigned operation = tag_operation(tag);
    bool receives = operation == OP_RECV || operation == OP_REPLY_RECV;

    /* "`EINVAL` | tag | origin bits are set, more than 4 capabilities or leases, leases without a
       call"; "`EMSGSIZE` | tag | more than 128 words" */
    if (tag & TAG_ORIGIN_MASK)
        return refuse(EINVAL, ARGUMENT_TAG, 0, tag & TAG_ORIGIN_MASK);
    if (tag_words(tag) > MESSAGE_WORDS_MAX)
        return refuse(EMSGSIZE, ARGUMENT_TAG, MESSAGE_WORDS_MAX, tag_words(tag));
    if (tag_caps(tag) > MESSAGE_CAPS_MAX)
        return refuse(EINVAL, ARGUMENT_TAG, MESSAGE_CAPS_MAX, tag_caps(tag));
    if (tag_leases(tag) > MESSAGE_LEASES_MAX || (tag_leases(tag) && operation != OP_CALL))
        return refuse(EINVAL, ARGUMENT_TAG, MESSAGE_LEASES_MAX, tag_leases(tag));
    /* "`EINVAL` | tag | a closed operation that is no receive"; "a buffer with anything but a send
       or a receive" */
    if (tag & TAG_CLOSED && !receives)
        return refuse(EINVAL, ARGUMENT_TAG, 0, TAG_CLOSED);
    if (tag & TAG_BUFFER && !receives && operation != OP_SEND)
        return refuse(EINVAL, ARGUMENT_TAG, 0, TAG_BUFFER);
    return DONE;
}

/* ---- a call on a kernel object: "the kernel itself answers" ---- */

static struct answer read_call(struct call *call)
{
    uint64_t tag = registers_of(call->caller)->tag;
    const struct utcb *utcb = utcb_of(call->caller);
    struct answer answer = DONE;

    call->label = tag_label(tag);
    call->words = tag_words(tag);
    call->caps = tag_caps(tag);
    for (unsigned i = 0; i < call->words; i++)
        call->word[i] =
            i < MESSAGE_REGISTER_WORDS ? registers_of(call->caller)->word[i] : utcb->words[i];
    for (unsigned i = 0; i < call->caps && !answer.error; i++) {
        call->how[i] = utcb->caps[i].how;
        answer = find_cap(thread_space(call->caller), utcb->caps[i].cap, OBJECT_NONE, 0,
                          ARGUMENT_CAP(i), &call->cap[i]);
    }
    return answer;
}

static void put_words(const struct call *call)
{
    for (unsigned i = 0; i < call->out_words; i++)
        if (i < MESSAGE_REGISTER_WORDS)
            registers_of(call->caller)->word[i] = call->out[i];
        else
            utcb_of(call->caller)->words[i] = call->out[i];
}

static void put_answer(const struct call *call)
{
    const struct model_thread *caller = &object_at(call->caller)->thread;
    bool gives = call->out_cap != NONE;

    if (caller->state != THREAD_RUNNING || !caller->utcb)
        return; /* it stopped, or ended */
    clear_registers(call->caller);
    put_words(call);
    registers_of(call->caller)->tag = TAG(OP_REPLY, 0, call->out_words) | (uint64_t)gives
                                                                              << TAG_CAPS_SHIFT;
    if (!gives)
        return;
    /* "A received capability's handle is in `utcb->caps[n].cap`", with type and rights */
    utcb_of(call->caller)->caps[0].cap = cap_into_space(call->out_cap, thread_space(call->caller));
    utcb_of(call->caller)->caps[0].how =
        (uint64_t)cap_of(call->out_cap)->type << 32 | cap_of(call->out_cap)->rights;
}

static struct answer call_kernel(int self, int target)
{
    struct call call = {.caller = self, .target = target, .out_cap = NONE};
    struct answer answer = read_call(&call);

    if (!answer.error)
        answer = call_object(&call);
    if (!answer.error)
        put_answer(&call);
    return answer;
}

/* ---- send and call ---- */

/* "A thread that does not wait gets `ECANCELED` from its next `send`, `call` of an endpoint, or
   receive, once, whether or not that would have to wait." */
static struct answer check_cancelled(int self)
{
    if (!object_at(self)->thread.cancelled)
        return DONE;
    object_at(self)->thread.cancelled = false;
    return refuse(ECANCELED, ARGUMENT_PARTNER, 0, 0);
}

static uint64_t deadline_of(int self)
{
    const struct registers *now = registers_of(self);

    return now->tag & TAG_DEADLINE ? now->status : DEADLINE_FOREVER;
}

/* Into which channel a send goes; NONE: none. "whoever has Post on the endpoint sends into it" */
static int channel_behind(const struct cap *cap)
{
    return cap->type == OBJECT_CHANNEL ? cap->object : object_at(cap->object)->endpoint.channel;
}

static struct answer send_by(int self, int target, bool call)
{
    const struct cap *cap = cap_of(target);
    int channel = call ? NONE : channel_behind(cap);
    bool posts = channel != NONE && cap->type == OBJECT_ENDPOINT;
    unsigned right = call ? CAP_RIGHTS_CALL : posts ? CAP_RIGHTS_POST : CAP_RIGHTS_SEND;
    struct way way = {.endpoint = cap->object,
                      .badge = cap->badge,
                      .call = call,
                      .grant = cap->rights & CAP_RIGHTS_GRANT,
                      .now = deadline_of(self) == DEADLINE_NOW};
    struct answer answer;

    if (!(cap->rights & right))
        return refuse(EPERM, ARGUMENT_HANDLE, right, cap->rights);
    answer = check_cancelled(self);
    if (answer.error)
        return answer;
    message_read(self);
    answer = call ? leases_read(self) : channel == NONE ? buffer_read(self) : DONE;
    if (!answer.error)
        answer = channel == NONE ? endpoint_sends(self, &way) : channel_takes(self, channel, &way);
    if (answer.error)
        object_at(self)->thread.lease_count = 0;
    return answer;
}

static struct answer find_target(int self, unsigned rights, int *target)
{
    return find_cap(thread_space(self), registers_of(self)->handle, OBJECT_NONE, rights,
                    ARGUMENT_HANDLE, target);
}

/* A token is called like the Reply that it can be made into. */
static struct answer call_token(int self)
{
    struct answer answer = check_token(self, registers_of(self)->handle, ARGUMENT_HANDLE);
    int reply;

    if (answer.error)
        return answer;
    reply = cap_new(OBJECT_REPLY, CAP_RIGHTS_ALL);
    cap_of(reply)->object = object_at(self)->thread.caller;
    answer = call_kernel(self, reply);
    cap_of(reply)->type = OBJECT_NONE;
    return answer;
}

static struct answer do_call(int self)
{
    int target;
    struct answer answer;

    if (is_token(registers_of(self)->handle))
        return call_token(self);
    answer = find_target(self, 0, &target);
    if (answer.error)
        return answer;
    return cap_of(target)->type == OBJECT_ENDPOINT ? send_by(self, target, true)
                                                   : call_kernel(self, target);
}

static struct answer do_send(int self)
{
    int target;
    struct answer answer = find_target(self, 0, &target);

    if (answer.error)
        return answer;
    if (cap_of(target)->type != OBJECT_ENDPOINT && cap_of(target)->type != OBJECT_CHANNEL)
        return refuse(EBADF, ARGUMENT_HANDLE, OBJECT_ENDPOINT, (uint64_t)cap_of(target)->type);
    return send_by(self, target, false);
}

/* ---- receive, reply, notify ---- */

static struct answer receive(int self)
{
    bool now = deadline_of(self) == DEADLINE_NOW;
    struct answer answer = check_cancelled(self);
    int target, type;

    if (!answer.error)
        answer = find_target(self, CAP_RIGHTS_RECV, &target);
    if (answer.error)
        return answer;
    type = cap_of(target)->type;
    if (type == OBJECT_ENDPOINT)
        return endpoint_receives(self, cap_of(target)->object, now);
    if (type == OBJECT_WAITSET)
        return set_receives(self, cap_of(target)->object, now);
    if (registers_of(self)->tag & TAG_CLOSED)
        return refuse(EINVAL, ARGUMENT_TAG, 0, TAG_CLOSED);
    if (type == OBJECT_NOTIFICATION)
        return bell_receives(self, cap_of(target)->object, now);
    if (type == OBJECT_CHANNEL)
        return channel_receives(self, cap_of(target)->object, now);
    return refuse(EBADF, ARGUMENT_HANDLE, OBJECT_ENDPOINT, (uint64_t)type);
}

static struct answer do_receive(int self)
{
    struct answer answer;

    receive_begins(self);
    answer = receive(self);
    receive_ends(self);
    return answer;
}

static struct answer do_reply(int self)
{
    struct answer answer = answer_call(self);

    if (!answer.error)
        clear_registers(self);
    return answer;
}

#define RECEIVE_FLAGS \
    (7u << TAG_ACCEPT_SHIFT | TAG_DEADLINE | TAG_WANT_REPLY | TAG_CLOSED | TAG_BUFFER)

/* "`reply`, then `recv`: a server's whole loop"; "a `reply_recv` that fails so does not receive" */
static struct answer do_reply_receive(int self)
{
    struct answer answer = answer_call(self);

    if (answer.error)
        return answer;
    registers_of(self)->tag = (registers_of(self)->tag & RECEIVE_FLAGS) | TAG_OP(OP_RECV);
    return do_receive(self);
}

/* "It sets those bits of word 0 that are in the badge of its capability; an unbadged capability may
   set all; word 0 = 0 means the whole badge." */
static struct answer do_notify(int self)
{
    uint64_t bits = registers_of(self)->word[0], badge;
    int target;
    struct answer answer = find_cap(thread_space(self), registers_of(self)->handle,
                                    OBJECT_NOTIFICATION, CAP_RIGHTS_SEND, ARGUMENT_HANDLE, &target);

    if (answer.error)
        return answer;
    badge = cap_of(target)->badge ? cap_of(target)->badge : UINT64_MAX;
    clear_registers(self);
    bell_rings(cap_of(target)->object, bits ? bits & badge : badge, urgency_of_running());
    return DONE;
}

static struct answer dispatch(int self)
{
    uint64_t tag = registers_of(self)->tag;
    struct answer answer = check_tag(tag);

    if (answer.error)
        return answer;
    switch (tag_operation(tag)) {
    case OP_SEND:
        return do_send(self);
    case OP_RECV:
        return do_receive(self);
    case OP_CALL:
        return do_call(self);
    case OP_REPLY:
        return do_reply(self);
    case OP_REPLY_RECV:
        return do_reply_receive(self);
    case OP_NOTIFY:
        return do_notify(self);
    default:
        /* "`ENOSYS` | tag | no such operation" */
        return refuse(ENOSYS, ARGUMENT_TAG, OP_NOTIFY, tag_operation(tag));
    }
}

/* ---- the ways into the kernel ---- */

/* "an rax whose bit 31 is clear is a foreign system call and bounces to the thread's foreign entry,
   `rcx` being the entry's address, the old instruction pointer in `utcb->foreign_ip`, and all else
   untouched" */
static void foreign_call(int self)
{
    struct model_thread *t = &object_at(self)->thread;
    const struct fault_words fault = {LABEL(0x100, 3), {t->now.tag, 0, t->ip, t->sp}};

    if (!t->foreign_entry) {
        fault_calls(self, &fault);
        return;
    }
    utcb_of(self)->foreign_ip = t->ip;
    t->ip = t->foreign_entry;
}

void model_system_call(void)
{
    int self = model.running;
    struct model_thread *t = &object_at(self)->thread;
    uint64_t deadline = deadline_of(self);
    struct answer answer;

    t->taken_back = false;
    if (!(t->now.tag & TAG_MYELIN)) {
        foreign_call(self);
        return;
    }
    answer = dispatch(self);
    if (answer.error == PREEMPTED)
        t->ip -= SYSCALL_BYTES;
    else if (answer.error)
        put_failure(self, answer);
    else if (deadline != DEADLINE_FOREVER && deadline != DEADLINE_NOW && !t->faulting &&
             t->state >= THREAD_WAITS_SEND && t->state <= THREAD_WAITS_REPLY)
        t->deadline = deadline;
}

void model_fault(const struct fault_words *fault)
{
    fault_calls(model.running, fault);
}

/* "Each interrupt sets the badge bits of the notification, and masks the line." */
void model_interrupt(unsigned line)
{
    int bell = model.line[line];

    model.unmasked &= ~(1u << line);
    if (bell != NONE)
        bell_rings(cap_of(bell)->object, cap_of(bell)->badge, MOST_URGENT);
}
