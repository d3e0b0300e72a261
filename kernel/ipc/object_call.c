/*
 * object_call.c - a call on a kernel object: what came with it is found, the object answers, and
 * the answer goes where the caller looks for it.
 */

#include <ipc/ipc.h>

void object_answer_nothing(struct thread *self)
{
    if (self->state != THREAD_RUNNING)
        return; /* it went with what it deleted */
    thread_clear_message(self);
    self->context.tag = TAG(OP_REPLY, 0, 0);
}

/* The words of an answer, into the caller's registers and UTCB. */
static void put_words(struct thread *self, const struct invocation *invocation)
{
    unsigned words = invocation->out_words;

    for (unsigned i = 0; i < words && i < MESSAGE_REGISTER_WORDS; i++)
        self->context.words[i] = invocation->out[i];
    for (unsigned i = MESSAGE_REGISTER_WORDS; i < words; i++)
        self->utcb->words[i] = invocation->out[i];
}

/* The new capability, if there is one, into its UTCB; the tag of the answer. */
static uint64_t put_cap(struct thread *self, const struct invocation *invocation)
{
    const struct slot *cap = invocation->out_cap;
    uint64_t tag = TAG(OP_REPLY, 0, invocation->out_words);

    if (!cap)
        return tag;
    self->utcb->caps[0] = (struct cap_item){cap->handle, (uint64_t)cap->type << 32 | cap->rights};
    return tag | 1u << TAG_CAPS_SHIFT;
}

static void put_answer(struct thread *self, const struct invocation *invocation)
{
    if (self->state != THREAD_RUNNING || !self->utcb)
        return; /* it stopped, exited or destroyed itself */
    thread_clear_message(self);
    put_words(self, invocation);
    self->context.tag = put_cap(self, invocation);
}

/* Reads each capability's descriptor, once, and finds what it names. */
static error_t find_caps(struct invocation *invocation)
{
    const struct thread *self = invocation->caller;
    unsigned count = tag_caps(invocation->tag);

    for (unsigned i = 0; i < count; i++) {
        const volatile struct cap_item *item = &self->utcb->caps[i];
        cap_t cap = item->cap;

        invocation->how[i] = item->how;
        invocation->caps[i] = cspace_lookup(thread_cspace(self), cap, OBJECT_NONE, 0,
                                            ARGUMENT_CAP(i), &invocation->failure);
        if (!invocation->caps[i])
            return invocation->failure.error;
    }
    return SUCCESS;
}

/* Has the object answer: what it says is in *invocation. */
static error_t ask(struct invocation *invocation, struct thread *self, struct slot *target)
{
    error_t error;

    invocation->caller = self;
    invocation->target = target;
    invocation->tag = self->context.tag;
    invocation->out_words = 0;
    invocation->out_cap = NULL;
    error = find_caps(invocation);
    return error ? error : invoke(invocation);
}

error_t object_call(struct thread *self, struct slot *target, struct failure *failure)
{
    struct invocation invocation;
    error_t error = ask(&invocation, self, target);

    if (error)
        *failure = invocation.failure;
    else
        put_answer(self, &invocation);
    return error;
}

/* A token is used like the Reply that it can be made into, while it is open. */
error_t token_call(struct thread *self, struct failure *failure)
{
    struct slot reply = {.type = OBJECT_REPLY, .rights = CAP_RIGHTS_ALL};

    if (reply_check_token(self, self->context.handle, ARGUMENT_HANDLE, failure))
        return failure->error;
    reply.object = (uint64_t)self->caller;
    return object_call(self, &reply, failure);
}
