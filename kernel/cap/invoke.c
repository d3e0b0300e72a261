/* invoke.c - a call on a kernel object: arguments, checks that many methods share, dispatch. */

#include <cap/cap.h>
#include <myelin/idl/channel_kernel.h>
#include <myelin/idl/cpu_kernel.h>
#include <myelin/idl/cspace_kernel.h>
#include <myelin/idl/frame_kernel.h>
#include <myelin/idl/ioport_kernel.h>
#include <myelin/idl/irq_kernel.h>
#include <myelin/idl/irqcontrol_kernel.h>
#include <myelin/idl/memorygrant_kernel.h>
#include <myelin/idl/notification_kernel.h>
#include <myelin/idl/reply_kernel.h>
#include <myelin/idl/schedcontext_kernel.h>
#include <myelin/idl/thread_kernel.h>
#include <myelin/idl/trace_kernel.h>
#include <myelin/idl/untyped_kernel.h>
#include <myelin/idl/vspace_kernel.h>
#include <myelin/idl/waitset_kernel.h>
#include <task/task.h>

uint64_t invocation_word(const struct invocation *invocation, unsigned n)
{
    const struct thread *caller = invocation->caller;

    if (n >= tag_words(invocation->tag))
        return 0;
    return n < MESSAGE_REGISTER_WORDS ? caller->context.words[n] : thread_utcb_word(caller, n);
}

void invocation_put_name(struct invocation *invocation, unsigned n, const char *name)
{
    if (name)
        memcpy(&invocation->out[n], name, OBJECT_NAME_BYTES);
    else
        memset(&invocation->out[n], 0, OBJECT_NAME_BYTES);
}

void invocation_put_bytes(struct invocation *invocation, unsigned n, uint64_t length)
{
    char *bytes = (char *)&invocation->out[n + 1];
    unsigned words = (unsigned)(length + 7) / 8;

    invocation->out[n] = length;
    memset(bytes + length, 0, words * 8 - length);
    invocation->out_words = n + 1 + words;
}

error_t invocation_fail(struct invocation *invocation, error_t error, uint64_t argument,
                        uint64_t expected, uint64_t found)
{
    return fail(&invocation->failure, error, argument, expected, found);
}

error_t invocation_refuse_cap(struct invocation *invocation, unsigned n, unsigned type,
                              unsigned rights)
{
    const struct slot *slot = n < tag_caps(invocation->tag) ? invocation->caps[n] : NULL;

    if (!slot)
        return invocation_fail(invocation, EINVAL, ARGUMENT_CAP(n), type, OBJECT_NONE);
    if (type != OBJECT_NONE && slot->type != type)
        return invocation_fail(invocation, EINVAL, ARGUMENT_CAP(n), type, slot->type);
    return invocation_fail(invocation, EPERM, ARGUMENT_CAP(n), rights, slot->rights);
}

error_t invocation_need_slot(struct invocation *invocation)
{
    const struct thread *caller = invocation->caller;

    if (!tag_accept(invocation->tag))
        return invocation_fail(invocation, ENOSPC, ARGUMENT_TAG, 1, 0);
    if (!cspace_has_one(thread_cspace(caller)))
        return invocation_fail(invocation, ENOSPC, ARGUMENT_PARTNER, 1, 0);
    return SUCCESS;
}

/* Indexed by enum object_type. An Endpoint is answered by a server, and nothing by nobody. */
invoke_function *const invoke_functions[OBJECT_TYPES] = {
    [OBJECT_UNTYPED] = untyped_invoke, [OBJECT_CSPACE] = cspace_invoke,
    [OBJECT_VSPACE] = vspace_invoke,   [OBJECT_FRAME] = frame_invoke,
    [OBJECT_THREAD] = thread_invoke,   [OBJECT_SCHEDCONTEXT] = schedcontext_invoke,
    [OBJECT_CPU] = cpu_invoke,         [OBJECT_NOTIFICATION] = notification_invoke,
    [OBJECT_CHANNEL] = channel_invoke, [OBJECT_WAITSET] = waitset_invoke,
    [OBJECT_REPLY] = reply_invoke,     [OBJECT_MEMORYGRANT] = memorygrant_invoke,
    [OBJECT_IRQ] = irq_invoke,         [OBJECT_IRQCONTROL] = irqcontrol_invoke,
    [OBJECT_IOPORT] = ioport_invoke,   [OBJECT_TRACE] = trace_invoke,
};
