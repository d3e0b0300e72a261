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
FAST uint64_t put_cap(struct thread *self, const struct invocation *invocation, unsigned words)
{
    const struct slot *cap = invocation->out_cap;
    uint64_t tag = TAG(OP_REPLY, 0, words);

    if (!cap)
        return tag;
    self->utcb->caps[0] = (struct cap_item){cap->handle, (uint64_t)cap->type << 32 | cap->rights};
    return tag | 1u << TAG_CAPS_SHIFT;
}

static void put_answer(struct thread *self, const struct invocation *invocation)
{
    if (self->state != THREAD_RUNNING)
        return; /* it stopped (its UTCB went, too), exited or destroyed itself */
    thread_clear_message(self);
    put_words(self, invocation);
    self->context.tag = put_cap(self, invocation, invocation->out_words);
}

/* Finds the capabilities that came with it. Their handles are read once. */
static error_t find_caps(struct invocation *invocation)
{
    const struct thread *self = invocation->caller;
    unsigned count = tag_caps(invocation->tag);

    for (unsigned i = 0; i < count; i++) {
        const volatile struct cap_item *item = &self->utcb->caps[i];

        invocation->caps[i] = cspace_lookup(thread_cspace(self), item->cap, OBJECT_NONE, 0,
                                            ARGUMENT_CAP(i), &invocation->failure);
        if (!invocation->caps[i])
            return invocation->failure.error;
    }
    return SUCCESS;
}

FAST void begin(struct invocation *invocation, struct thread *self, struct slot *target,
                uint64_t tag)
{
    invocation->caller = self;
    invocation->target = target;
    invocation->tag = tag;
    invocation->out_words = 0;
    invocation->out_cap = NULL;
}

error_t object_call(struct thread *self, struct slot *target, struct failure *failure)
{
    struct invocation invocation;
    error_t error;

    begin(&invocation, self, target, self->context.tag);
    error = find_caps(&invocation);
    if (!error)
        error = invoke_functions[target->type](&invocation);
    if (error && error != SETTLED) {
        *failure = invocation.failure;
        return error;
    }
    put_answer(self, &invocation);
    return SUCCESS;
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

/* Capability n, in the table as the thread knows it; false: it is not there, or not at all. */
FAST bool find_at_once(struct invocation *invocation, struct thread *self, unsigned n)
{
    cap_t cap = *(volatile cap_t *)&self->utcb->caps[n].cap;
    struct slot *slot = fast_slot(self, cap);

    invocation->caps[n] = slot;
    return slot->handle == cap && slot_used(slot);
}

/* All of them: the tag says at most three. */
FAST bool find_caps_at_once(struct invocation *invocation, struct thread *self, uint64_t tag)
{
    unsigned count = tag_caps(tag);

    return (count < 1 || find_at_once(invocation, self, 0)) &&
           (count < 2 || find_at_once(invocation, self, 1)) &&
           (count < 3 || find_at_once(invocation, self, 2));
}

/* Not an Endpoint, which a server answers. */
static bool is_kernel_object(const struct slot *slot)
{
    return slot->type != OBJECT_NONE && slot->type != OBJECT_ENDPOINT;
}

/*
 * The door: on the kernel's stack, with the message in registers (arch_fast.h). What is no call on
 * a kernel object goes on to the broad path, and what is not in the thread's table as it knows it,
 * the general way. Those that need no decision who runs next are answered here.
 */
FAST_DOOR void object_door(FAST_PARAMETERS)
{
    struct thread *self = thread;
    struct slot *target = fast_slot(self, handle);
    struct invocation invocation;
    error_t error;

    if (target->handle != handle || !is_kernel_object(target)) {
        if (tag_caps(tag))
            FAST_TAIL broad_call_caps(FAST_ARGUMENTS(handle, token, self, tag));
        FAST_TAIL broad_call(FAST_ARGUMENTS(handle, token, self, tag));
    }
    SAVE_MESSAGE(&self->context);
    begin(&invocation, self, target, tag);
    if (!find_caps_at_once(&invocation, self, tag)) {
        ARCH_LEAVE(kernel_system_call(cpu_self()));
        return;
    }
    error = invoke_functions[target->type](&invocation);
    if (__builtin_expect(error == SETTLED, true))
        ARCH_ANSWER(self, put_cap(self, &invocation, 0), 0);
    if (!error)
        put_answer(self, &invocation);
    ARCH_LEAVE(kernel_system_call_ends(self, error, &invocation.failure));
}
