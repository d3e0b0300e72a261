/* entry.c - a system call, from its registers to its registers. The tables are those of
   docs/ipc.md, "The six system calls" and "Errors". */

#include <string.h>

#include "model.h"

static struct registers *registers(int thread)
{
    return &object_at(thread)->thread.now;
}

/* "tag, badge, token, bits and the other words are 0" */
static void clear(int thread)
{
    memset(registers(thread), 0, sizeof(struct registers));
}

static void put_failure(int thread, struct answer answer)
{
    clear(thread);
    registers(thread)->status = (uint64_t)answer.error;
    registers(thread)->word[0] = answer.argument;
    registers(thread)->word[1] = answer.expected;
    registers(thread)->word[2] = answer.found;
}

/* "Of every operation": what its tag says at all. */
static struct answer check_tag(uint64_t tag)
{
    unsigned operation = tag_operation(tag);
    bool receives = operation == OP_RECV || operation == OP_REPLY_RECV;

    /* "`EINVAL`, tag: origin bits are set, more than 4 capabilities or leases, leases without a
       call"; "`EMSGSIZE`, tag: more than 128 words" */
    if (tag & TAG_ORIGIN_MASK)
        return refuse(EINVAL, ARGUMENT_TAG, 0, tag & TAG_ORIGIN_MASK);
    if (tag_words(tag) > MESSAGE_WORDS_MAX)
        return refuse(EMSGSIZE, ARGUMENT_TAG, MESSAGE_WORDS_MAX, tag_words(tag));
    if (tag_caps(tag) > MESSAGE_CAPS_MAX || tag_accept(tag) > MESSAGE_CAPS_MAX)
        return refuse(EINVAL, ARGUMENT_TAG, MESSAGE_CAPS_MAX, tag_caps(tag));
    if (tag_leases(tag) > MESSAGE_LEASES_MAX || (tag_leases(tag) && operation != OP_CALL))
        return refuse(EINVAL, ARGUMENT_TAG, MESSAGE_LEASES_MAX, tag_leases(tag));
    /* "`EINVAL`, tag: a closed operation that is no receive"; "a buffer with anything but a send or
       a receive" */
    if (tag & TAG_CLOSED && !receives)
        return refuse(EINVAL, ARGUMENT_TAG, 0, TAG_CLOSED);
    if (tag & TAG_BUFFER && !receives && operation != OP_SEND)
        return refuse(EINVAL, ARGUMENT_TAG, 0, TAG_BUFFER);
    return DONE;
}

/* ---- a call on a kernel object: "the kernel itself answers" ---- */

static uint64_t word_of(int thread, unsigned n)
{
    return n < MESSAGE_REGISTER_WORDS ? registers(thread)->word[n]
                                      : object_at(thread)->thread.utcb.words[n];
}

static struct answer read_call(struct call *call)
{
    const struct model_thread *caller = &object_at(call->caller)->thread;
    uint64_t tag = caller->now.tag;
    struct answer answer = DONE;

    call->label = tag_label(tag);
    call->words = tag_words(tag);
    call->caps = tag_caps(tag);
    for (unsigned i = 0; i < call->words; i++)
        call->word[i] = word_of(call->caller, i);
    for (unsigned i = 0; i < call->caps && !answer.error; i++) {
        call->how[i] = caller->utcb.caps[i].how;
        answer = find_cap(thread_space(call->caller), caller->utcb.caps[i].cap, OBJECT_NONE, 0,
                          ARGUMENT_CAP(i), &call->cap[i]);
    }
    return answer;
}

static void put_answer(const struct call *call)
{
    struct model_thread *caller = &object_at(call->caller)->thread;
    bool gives = call->out_cap != NONE;

    clear(call->caller);
    for (unsigned i = 0; i < call->out_words; i++)
        if (i < MESSAGE_REGISTER_WORDS)
            caller->now.word[i] = call->out[i];
        else
            caller->utcb.words[i] = call->out[i];
    caller->now.tag = TAG(OP_REPLY, 0, call->out_words) | (uint64_t)gives << TAG_CAPS_SHIFT;
    if (!gives)
        return;
    /* "A received capability's handle is in `utcb->caps[n].cap`", with type and rights */
    caller->utcb.caps[0].cap = cap_into_space(call->out_cap, thread_space(call->caller));
    caller->utcb.caps[0].how =
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

/* "Index `0xffffff` belongs to reply tokens, which are no capabilities." "A void token or Reply
   answers `ESTALE`" */
static struct answer check_token(int self, uint64_t argument)
{
    return refuse(ESTALE, argument, object_at(self)->thread.token, 0);
}

static struct answer do_call(int self)
{
    int target;
    struct answer answer;

    if ((registers(self)->handle & CAP_INDEX_MASK) == CAP_TOKEN_INDEX)
        return check_token(self, ARGUMENT_HANDLE);
    answer = find_cap(thread_space(self), registers(self)->handle, OBJECT_NONE, 0, ARGUMENT_HANDLE,
                      &target);

    return answer.error ? answer : call_kernel(self, target);
}

static struct answer dispatch(int self)
{
    uint64_t tag = registers(self)->tag;
    struct answer answer = check_tag(tag);

    if (answer.error)
        return answer;
    switch (tag_operation(tag)) {
    case OP_CALL:
        return do_call(self);
    default:
        return refuse(ENOSYS, ARGUMENT_TAG, OP_NOTIFY, tag_operation(tag));
    }
}

void model_system_call(void)
{
    struct answer answer = dispatch(model.running);

    if (answer.error)
        put_failure(model.running, answer);
}
