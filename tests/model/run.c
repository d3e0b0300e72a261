/* run.c - one thing that somebody does, on both sides. */

#include <string.h>

#include "../unit/world.h"
#include "mirror.h"

/* In registers that nobody sends in. */
#define CANARY 0xca9a71e5ull

static void put_kernel(struct thread *thread, const struct deed *deed)
{
    struct context *context = &thread->context;

    memcpy(context->words, deed->now.word, sizeof(context->words));
    context->tag = deed->now.tag;
    context->handle = deed->now.handle;
    context->token = deed->now.token;
    context->status = deed->now.status;
    context->notified = deed->now.notified;
    memcpy(thread->utcb->caps, deed->caps, sizeof(deed->caps));
    for (unsigned i = MESSAGE_REGISTER_WORDS; i < tag_words(deed->now.tag) % 129; i++)
        thread->utcb->words[i] = deed->words[i];
}

static void put_model(struct model_thread *thread, const struct deed *deed)
{
    thread->now = deed->now;
    memcpy(thread->utcb.caps, deed->caps, sizeof(deed->caps));
    for (unsigned i = MESSAGE_REGISTER_WORDS; i < tag_words(deed->now.tag) % 129; i++)
        thread->utcb.words[i] = deed->words[i];
}

/* The instruction, once; the kernel may come back to it where it did it in steps. */
static void enter_kernel(void)
{
    struct thread *thread = cpu_self()->thread;

    do {
        thread->context.ip = WORLD_IP;
        thread->context.full = 0;
        host_system_call();
        world_check();
    } while (cpu_self()->thread == thread && thread->context.ip != WORLD_IP);
}

void act(const struct deed *deed)
{
    struct deed done = *deed;

    done.now.notified = CANARY;
    say_deed(&done);
    put_kernel(cpu_self()->thread, &done);
    put_model(&object_at(model.running)->thread, &done);
    enter_kernel();
    model_system_call();
    say_outcome();
    if (!model.full)
        compare_all();
}

static void revoke_kernel(struct slot *slot)
{
    while (!cap_revoke_step(slot))
        continue;
    while (!reaper_step())
        continue;
}

/* Not by a system call: whoever could make it may have gone. */
void epilogue(void)
{
    for (int cap = 0; cap < model.cap_count && !model.full; cap++) {
        const struct cap *c = cap_of(cap);

        if (c->type != OBJECT_UNTYPED || c->parent != NONE || c->place != IN_SPACE)
            continue;
        revoke_kernel(
            &((struct cspace *)arch_memory(object_at(c->holder)->address))->table[c->index]);
        cap_revoke(cap);
        bury_all();
        compare_all();
    }
}
