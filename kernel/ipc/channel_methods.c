/* channel_methods.c - what a Channel answers: attach, notifications, discard, statistics. */

#include <ipc/ipc.h>
#include <myelin/idl/channel_kernel.h>
#include <myelin/idl/untyped_types.h>

static struct channel *target(const struct invocation *invocation)
{
    return slot_object(invocation->target);
}

/* ---- attached to an endpoint ---- */

static bool is_idle(const struct channel *channel)
{
    return !channel->endpoint && !channel->source.set && !channel->depth &&
           queue_empty(&channel->senders) && queue_empty(&channel->receivers);
}

error_t channel_handle_attach(struct invocation *invocation, struct slot *endpoint)
{
    struct channel *channel = target(invocation);
    struct endpoint *at = slot_object(endpoint);

    if (!at->call_only)
        return invocation_fail(invocation, EINVAL, ARGUMENT_CAP(0), UNTYPED_ENDPOINT_CALL_ONLY,
                               UNTYPED_ENDPOINT_OPEN);
    if (at->channel)
        return invocation_fail(invocation, EBUSY, ARGUMENT_CAP(0), 0, 0);
    if (!is_idle(channel))
        return invocation_fail(invocation, EBUSY, ARGUMENT_HANDLE, 0, channel->depth);

    /* Commit. */
    cap_hold(&channel->endpoint_slot, HOME_CHANNEL_ENDPOINT, endpoint);
    channel->endpoint = at;
    at->channel = channel;
    channel_note(channel);
    endpoint_note_special(at);
    return SUCCESS;
}

bool channel_detach_step(struct slot *slot)
{
    struct channel *channel = container_of(slot, struct channel, endpoint_slot);

    return !channel_dismiss_one(channel);
}

void channel_endpoint_lost(struct slot *slot)
{
    struct channel *channel = container_of(slot, struct channel, endpoint_slot);
    struct endpoint *endpoint = channel->endpoint;

    channel->endpoint = NULL;
    endpoint->channel = NULL;
    channel_note(channel);
    endpoint_note_special(endpoint);
    source_refresh(&endpoint->source);
}

error_t channel_handle_detach(struct invocation *invocation)
{
    struct channel *channel = target(invocation);

    if (!channel->endpoint)
        return invocation_fail(invocation, EINVAL, ARGUMENT_HANDLE, OBJECT_ENDPOINT, OBJECT_NONE);
    while (!channel_detach_step(&channel->endpoint_slot))
        if (arch_preemption_pending())
            return RESTART;
    cap_drop(&channel->endpoint_slot);
    return SUCCESS;
}

/* ---- notifications ---- */

static error_t set_bell(struct invocation *invocation, struct slot *place, struct slot *bell)
{
    struct channel *channel = target(invocation);

    if (bell && !bell->data)
        return invocation_fail(invocation, EINVAL, ARGUMENT_CAP(0), 1, 0); /* no bits to set */

    /* Commit. */
    cap_drop(place);
    if (bell)
        cap_hold(place, HOME_CHANNEL, bell);
    channel_note(channel);
    return SUCCESS;
}

/* Who asks too late is told at once. */
error_t channel_handle_notify_filled(struct invocation *invocation, struct slot *notification)
{
    struct channel *channel = target(invocation);
    error_t error = set_bell(invocation, &channel->filled_slot, notification);

    if (!error && notification && channel->depth)
        notification_signal(slot_object(notification), notification->data);
    return error;
}

error_t channel_handle_notify_room(struct invocation *invocation, struct slot *notification)
{
    return set_bell(invocation, &target(invocation)->room_slot, notification);
}

/* ---- contents ---- */

/* The channel itself may be in the message: after each step all is looked up anew. */
error_t channel_handle_discard(struct invocation *invocation)
{
    if (!target(invocation)->depth)
        return invocation_fail(invocation, EAGAIN, ARGUMENT_HANDLE, 0, 0);
    if (!channel_discard_step(target(invocation)))
        return RESTART;
    return cspace_reap(invocation->caller);
}

error_t channel_handle_statistics(struct invocation *invocation, uint64_t *capacity,
                                  uint64_t *depth, uint64_t *high_water, uint64_t *refused,
                                  uint64_t *words, uint64_t *caps)
{
    const struct channel *channel = target(invocation);

    *capacity = channel->capacity;
    *depth = channel->depth;
    *high_water = channel->high_water;
    *refused = channel->refused;
    *words = channel->words_max;
    *caps = channel->caps_max;
    return SUCCESS;
}
