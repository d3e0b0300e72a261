/* calls.c - a call on a kernel object: what every method has in common. */

#include <string.h>

#include "model.h"

void put_name(struct call *call, unsigned n, const char *name)
{
    memset(&call->out[n], 0, OBJECT_NAME_BYTES);
    if (name)
        memcpy(&call->out[n], name, OBJECT_NAME_BYTES);
}

static const struct method *methods_of(int type)
{
    static const struct method *const methods[OBJECT_TYPES] = {
        [OBJECT_UNTYPED] = untyped_methods,
        [OBJECT_CSPACE] = cspace_methods,
        [OBJECT_VSPACE] = vspace_methods,
        [OBJECT_FRAME] = frame_methods,
        [OBJECT_IRQ] = irq_methods,
        [OBJECT_IRQCONTROL] = irqcontrol_methods,
        [OBJECT_CHANNEL] = channel_methods,
        [OBJECT_THREAD] = thread_methods,
        [OBJECT_SCHEDCONTEXT] = schedcontext_methods,
        [OBJECT_NOTIFICATION] = notification_methods,
        [OBJECT_WAITSET] = waitset_methods,
        [OBJECT_IOPORT] = ioport_methods,
        [OBJECT_MEMORYGRANT] = memorygrant_methods,
        [OBJECT_REPLY] = reply_methods,
        [OBJECT_CPU] = cpu_methods,
        [OBJECT_TRACE] = trace_methods,
    };

    return methods[type];
}

/* An argument that is no capability of the type expected is `EINVAL`; a right that it lacks is
   `EPERM`. */
static struct answer check_cap(const struct call *call, const struct method *method, unsigned n)
{
    int type = method->cap[n].type;
    const struct cap *cap = n < call->caps ? cap_of(call->cap[n]) : NULL;

    if (!method->cap[n].wanted || (!cap && method->cap[n].optional))
        return DONE;
    if (!cap)
        return refuse(EINVAL, ARGUMENT_CAP(n), (uint64_t)type, OBJECT_NONE);
    if (type != OBJECT_NONE && cap->type != type)
        return refuse(EINVAL, ARGUMENT_CAP(n), (uint64_t)type, (uint64_t)cap->type);
    if (method->cap[n].rights & ~cap->rights)
        return refuse(EPERM, ARGUMENT_CAP(n), method->cap[n].rights, cap->rights);
    return DONE;
}

struct answer check_bytes(const struct call *call, unsigned n, uint64_t most)
{
    uint64_t bytes = call->word[n];

    if (bytes > most || call->words != n + 1 + (bytes + 7) / 8)
        return refuse(EMSGSIZE, ARGUMENT_WORD(n), most, bytes);
    return DONE;
}

/* The caller must take a capability, and have a slot for it. */
static struct answer check_slot(const struct call *call)
{
    if (!tag_accept(registers_of(call->caller)->tag))
        return refuse(ENOSPC, ARGUMENT_TAG, 1, 0);
    if (!space_has_free(thread_space(call->caller), 1))
        return refuse(ENOSPC, ARGUMENT_PARTNER, 1, 0);
    return DONE;
}

static struct answer check_call(const struct call *call, const struct method *method)
{
    unsigned rights = cap_of(call->target)->rights, words = method->words & ~OR_MORE;
    struct answer answer = DONE;

    if (method->right & ~rights)
        return refuse(EPERM, ARGUMENT_HANDLE, method->right, rights);
    if (call->words != words && !(method->words & OR_MORE && call->words > words))
        return refuse(EMSGSIZE, ARGUMENT_TAG, words, call->words);
    for (unsigned n = 0; n < 3 && !answer.error; n++)
        answer = check_cap(call, method, n);
    if (!answer.error && method->gives)
        answer = check_slot(call);
    return answer;
}

struct answer call_object(struct call *call)
{
    const struct method *method = methods_of(cap_of(call->target)->type);
    struct answer answer;

    while (method && method->does && method->label != call->label)
        method++;
    if (!method || !method->does)
        return refuse(ENOSYS, ARGUMENT_TAG, 0, call->label);
    answer = check_call(call, method);
    return answer.error ? answer : method->does(call);
}
