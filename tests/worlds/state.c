/* state.c - what of each object but threads matters, as part of a state's number. */

#include <string.h>

#include "state.h"

static void mix_queue_of_sources(const struct queue *queue)
{
    for (const struct queue_node *leader = queue->first; leader; leader = leader->less_urgent) {
        const struct queue_node *node = leader;

        do {
            mix((uint64_t)container_of(node, const struct source, node));
            mix(node->priority);
            node = node->next;
        } while (node != leader);
    }
    mix(3);
}

static void mix_source(const struct source *source)
{
    mix((uint64_t)source->set);
    if (source->set) {
        mix(source->key);
        mix(source->passed_in == source->set->scan);
    }
}

static void mix_endpoint(const struct endpoint *endpoint)
{
    mix_source(&endpoint->source);
    mix((uint64_t)endpoint->orphaned << 1 | (uint64_t)endpoint->special << 2 |
        (uint64_t)endpoint->channel_next << 3);
    mix((uint64_t)endpoint->bound);
    mix_queue_of_threads(&endpoint->senders);
    mix_queue_of_threads(&endpoint->passed);
    if (!queue_empty(&endpoint->passed))
        mix(endpoint->passed_badge);
    mix_queue_of_threads(&endpoint->receivers);
    mix((uint64_t)endpoint->fast_receiver);
    if (all_counts())
        mix((uint64_t)endpoint->fast_server);
    mix((uint64_t)endpoint->expecters);
    mix((uint64_t)endpoint->channel);
}

static void mix_notification(const struct notification *notification)
{
    mix_source(&notification->source);
    mix(notification->bits);
    mix(notification->bits ? notification->source.urgency : 0);
    mix((uint64_t)notification->bound);
    mix(notification->source.hearing);
    if (notification_listener(notification))
        mix((uint64_t)notification->listener);
    else
        mix_queue_of_threads(&notification->waiters);
    if (!notification->timer.active)
        return;
    mix_when(notification->timer.when);
    mix(notification->timer_bits);
}

/* ---- channels: kernel/ipc/channel.c says how one lies in its memory ---- */

static uint64_t from_oldest(const struct channel *channel, uint64_t place)
{
    return (place + channel->capacity - channel->first) % channel->capacity;
}

uint64_t channel_holder(const struct slot *slot)
{
    for (unsigned i = 0; i < channel_count(); i++) {
        const struct channel *channel = channel_at(i);
        const struct slot *slots = (const struct slot *)(channel + 1);
        uint64_t count = (uint64_t)channel->capacity * channel->caps_max;

        if (slot >= slots && slot < slots + count)
            return (uint64_t)slots +
                   from_oldest(channel, (uint64_t)(slot - slots) / channel->caps_max) * 8 +
                   (uint64_t)(slot - slots) % channel->caps_max;
    }
    return (uint64_t)slot;
}

static void mix_messages(const struct channel *channel)
{
    const char *slots = (const char *)(channel + 1);
    uint64_t slot_count = (uint64_t)channel->capacity * channel->caps_max;
    const uint64_t *messages = (const uint64_t *)(slots + slot_count * sizeof(struct slot));
    uint64_t stride = 2 + channel->words_max;

    for (uint32_t n = 0; n < channel->depth; n++) {
        const uint64_t *message =
            messages + ((uint64_t)channel->first + n) % channel->capacity * stride;

        mix(message[0]);
        mix(message[1]);
        mix(message[2]);
    }
}

static void mix_channel(const struct channel *channel)
{
    mix_source(&channel->source);
    mix(channel->source.object.dying);
    mix((uint64_t)channel->endpoint);
    mix_queue_of_threads(&channel->senders);
    mix_queue_of_threads(&channel->receivers);
    mix((uint64_t)channel->depth << 1 | channel->refusing);
    mix(channel->depth ? channel->source.urgency : 0);
    mix_messages(channel);
    if (channel->source.object.dying)
        mix(channel->reap_index);
}

static void mix_set(const struct waitset *set)
{
    mix((uint64_t)set->bound);
    mix(set->orphaned);
    mix_queue_of_sources(&set->ready);
    mix_queue_of_sources(&set->passed);
    mix_queue_of_sources(&set->quiet);
    if (!queue_empty(&set->passed)) {
        mix(set->passed_key);
        mix(set->passed_badge);
    }
    mix_queue_of_threads(&set->receivers);
}

/* ---- time ---- */

static void mix_time(const struct schedcontext *time)
{
    uint64_t gone = host.now - time->period_start;

    mix((uint64_t)time->home);
    mix((uint64_t)time->source);
    mix((uint64_t)time->next << 1 | time->over);
    mix((uint64_t)time->reserve << 8 | (uint64_t)time->configured << 9 | time->priority);
    mix(time->budget);
    mix(time->period);
    if (!all_counts())
        return;
    mix(time->remaining);
    mix(gone < time->period ? gone : time->period);
    mix(time->refill.active);
    if (time->refill.active)
        mix_when(time->refill.when);
}

static void mix_space(const struct vspace *space)
{
    mix(space->pool_next);
    mix(space->tables << 32 | space->spares);
    mix(space->pages << 32 | (uint64_t)space->gifts << 16 | space->gifts_open);
}

void mix_cpu(void)
{
    const struct cpu *cpu = cpu_self();

    mix((uint64_t)cpu->thread);
    mix((uint64_t)cpu->time);
    mix(cpu->time ? host.now - cpu->time_since : 0);
    mix_ready();
    mix_when(host.timer);
    mix(host.unmasked);
}

void mix_object(unsigned type, const void *object)
{
    switch (type) {
    case OBJECT_THREAD:
        mix_thread(object);
        break;
    case OBJECT_ENDPOINT:
        mix_endpoint(object);
        break;
    case OBJECT_NOTIFICATION:
        mix_notification(object);
        break;
    case OBJECT_CHANNEL:
        mix_channel(object);
        break;
    case OBJECT_WAITSET:
        mix_set(object);
        break;
    case OBJECT_SCHEDCONTEXT:
        mix_time(object);
        break;
    case OBJECT_VSPACE:
        mix_space(object);
        break;
    case OBJECT_CSPACE:
        mix(((const struct cspace *)object)->object.dying);
        break;
    default:
        break;
    }
}
