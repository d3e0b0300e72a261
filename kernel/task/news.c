/*
 * news.c - what happened at one thread of a chain and concerns all behind it: the news goes from
 * thread to thread, one a step, before anybody runs again. So a chain of any length keeps no
 * interrupt waiting: it comes in between, and then the news goes on.
 */

#include <ipc/ipc.h>
#include <myelin/idl/thread_types.h>
#include <task/task.h>

static bool is_told(const struct thread *thread)
{
    const struct news *news = &thread->news;

    return news->changed || news->ran_out || news->raised || news->handler_gone;
}

static uint8_t larger(uint8_t a, uint8_t b)
{
    return a > b ? a : b;
}

static void append(struct cpu *cpu, struct thread *thread)
{
    thread->news_next = NULL;
    thread->news_link = cpu->news_first ? &cpu->news_last->news_next : &cpu->news_first;
    *thread->news_link = thread;
    cpu->news_last = thread;
}

static struct news take(struct cpu *cpu, struct thread *thread)
{
    struct news news = thread->news;

    *thread->news_link = thread->news_next;
    if (thread->news_next)
        thread->news_next->news_link = thread->news_link;
    else if (cpu->news_first)
        cpu->news_last = container_of(thread->news_link, struct thread, news_next);
    thread->news = (struct news){0};
    return news;
}

void news_tell(struct thread *thread, struct news news)
{
    struct news *all = &thread->news;
    bool waits = is_told(thread);

    all->changed = larger(all->changed, news.changed);
    all->ran_out = larger(all->ran_out, news.ran_out);
    all->raised = larger(all->raised, news.raised);
    if (news.urgency > all->urgency)
        all->urgency = news.urgency;
    all->handler_gone |= news.handler_gone;
    if (!waits && is_told(thread))
        append(cpu_self(), thread);
}

static struct news for_the_next(struct news news)
{
    news.changed -= news.changed > 0;
    news.ran_out -= news.ran_out > 0;
    news.raised -= news.raised > 0;
    news.urgency = news.raised ? news.urgency : 0;
    news.handler_gone = 0; /* its callers learn it by its stopping */
    return news;
}

/* A reserve that rested because of what came down the chain, and a time that is parked on it. */
static void look_again(struct thread *thread)
{
    if (thread_is_passive(thread) && thread->reserve)
        schedcontext_offer(thread->reserve);
    schedule_unpark(thread);
}

static void learn(struct thread *thread, struct news news)
{
    struct thread *next = chain_next(thread);

    if (news.ran_out && next)
        donation_end_call(thread, next);
    if (news.raised && !chain_move_up(thread, news.urgency))
        news.raised = 0;
    if (news.changed)
        look_again(thread);
    if (news.handler_gone && thread->faulting)
        thread_stop(thread, THREAD_STOPPED, THREAD_STOP_HANDLER_GONE);
    if (next)
        news_tell(next, for_the_next(news));
}

bool news_deliver_all(struct cpu *cpu)
{
    while (cpu->news_first) {
        struct thread *thread = cpu->news_first;

        learn(thread, take(cpu, thread));
        if (cpu->news_first && arch_preemption_pending())
            return false;
    }
    return true;
}

void news_forget(struct thread *thread)
{
    if (is_told(thread))
        take(cpu_self(), thread);
}
