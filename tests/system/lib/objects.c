/* objects.c - what the tests make and ask again and again, in one line each. */
#include <myelin/clock.h>
#include <myelin/idl/frame_types.h>
#include <myelin/idl/untyped_types.h>

#include "pages.h"
#include "systest.h"

#define WHOLE_TIME 10000000ull /* ns */

cap_t make(unsigned type, uint64_t size)
{
    cap_t object;

    return untyped_retype(systest_memory(), type, size, "test", 0, &object) ? CAP_NULL : object;
}

cap_t make_endpoint(void)
{
    return make(OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN);
}

cap_t make_call_only(void)
{
    return make(OBJECT_ENDPOINT, UNTYPED_ENDPOINT_CALL_ONLY);
}

cap_t make_notification(void)
{
    return make(OBJECT_NOTIFICATION, 0);
}

cap_t make_frame(void)
{
    return make(OBJECT_FRAME, PAGE_SIZE_BITS);
}

cap_t with_rights(cap_t cap, uint32_t rights)
{
    cap_t derived;

    return cap_derive(cap, rights, &derived) ? CAP_NULL : derived;
}

cap_t make_time(unsigned priority)
{
    cap_t time = make(OBJECT_SCHEDCONTEXT, 0);

    if (schedcontext_configure(time, startup_cap("cpu"), priority, WHOLE_TIME, WHOLE_TIME))
        return CAP_NULL;
    return time;
}

void *map(cap_t frame, uint32_t rights)
{
    struct frame_info info;
    void *address;

    if (frame_inspect(frame, &info))
        return NULL;
    address = pages_take(info.size);
    return frame_map(CAP_NULL, frame, (uint64_t)address, rights) ? NULL : address;
}

void sleep_for(uint64_t ns)
{
    cap_t notification = make_notification();
    uint64_t bits;

    notification_set_timer(notification, clock_now() + ns, 1);
    ipc_wait_notification(notification, &bits);
    cap_delete(notification);
}

bool find_cap(cap_t cap, struct cap_info *info)
{
    return cap_inspect(CAP_NULL, cap & CAP_INDEX_MASK, info) == SUCCESS && info->cap == cap;
}

error_t invoke(cap_t object, uint32_t label, word_t word, cap_t argument)
{
    struct message message;

    message_begin(&message, label);
    message_put(&message, word);
    if (argument)
        message_put_cap(&message, argument, CAP_COPY);
    return message_invoke(object, &message);
}

error_t invoke_how(cap_t object, uint32_t label, cap_t argument, uint64_t how, word_t *word)
{
    struct message message;
    error_t error;

    message_begin(&message, label);
    if (argument)
        message_put_cap(&message, argument, how);
    error = message_invoke(object, &message);
    if (word)
        *word = message.words[0];
    return error;
}

struct ipc_registers raw(enum operation operation, cap_t handle, uint32_t label)
{
    return (struct ipc_registers){.tag = TAG(operation, label, 0), .handle = handle};
}

error_t enter(struct ipc_registers *r)
{
    ipc_enter(r);
    return (error_t)r->deadline;
}

bool is_cleared(const struct ipc_registers *r)
{
    for (unsigned i = 3; i < MESSAGE_REGISTER_WORDS; i++)
        if (r->words[i])
            return false;
    return !r->tag && !r->handle && !r->token && !r->notified;
}
