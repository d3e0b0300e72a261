/*
 * closed.c - a receive that takes from one badge only. Waiters of other badges pass it by: one by
 * one they go to a second queue of the endpoint, and stay there for the next receive from that
 * badge. So the scan can be preempted, and is not made twice. Idea: MINIX's RECEIVE(source).
 */

#include <ipc/ipc.h>

void endpoint_gather(struct endpoint *endpoint)
{
    if (!queue_empty(&endpoint->passed))
        queue_merge_front(&endpoint->senders, &endpoint->passed);
}

void closed_begin_scan(const struct receiving *receiving)
{
    struct endpoint *endpoint = receiving->endpoint;

    if (!receiving->closed || endpoint->passed_badge != receiving->badge)
        endpoint_gather(endpoint);
    endpoint->passed_badge = receiving->badge;
}

bool closed_passes(struct thread *sender, const struct receiving *receiving)
{
    if (!receiving->closed || sender->badge == receiving->badge)
        return false;
    queue_remove(&sender->node);
    queue_insert(&receiving->endpoint->passed, &sender->node, sender->node.priority, false);
    return true;
}

error_t receive_may_wait(const struct thread *receiver, const struct receiving *receiving,
                         struct failure *failure)
{
    const struct endpoint *expected = receiving->expected;
    const struct thread *server;
    error_t error;

    if (receiving->now)
        return fail(failure, EAGAIN, ARGUMENT_HANDLE, 0, 0);
    if (!expected)
        return SUCCESS;
    if (source_is_orphaned(&expected->source))
        return fail(failure, EPIPE, ARGUMENT_EXPECTED, 0, 0);
    server = source_server(&expected->source);
    error = server ? chain_check(receiver, server) : SUCCESS;
    return error ? fail(failure, error, ARGUMENT_EXPECTED, CHAIN_HELP_MAX, 0) : SUCCESS;
}

static void expect(struct thread *receiver, struct endpoint *expected)
{
    receiver->expected = expected;
    if (!expected)
        return;
    receiver->expect_next = expected->expecters;
    receiver->expect_link = &expected->expecters;
    if (expected->expecters)
        expected->expecters->expect_link = &receiver->expect_next;
    expected->expecters = receiver;
}

void closed_begin_wait(struct thread *receiver, const struct receiving *receiving)
{
    receiver->closed = receiving->closed;
    receiver->badge = receiving->badge;
    receiver->closed_key = receiving->key;
    expect(receiver, receiving->expected);
}

void closed_expect_end(struct thread *receiver)
{
    if (!receiver->expected)
        return;
    *receiver->expect_link = receiver->expect_next;
    if (receiver->expect_next)
        receiver->expect_next->expect_link = receiver->expect_link;
    receiver->expected = NULL;
    receiver->expect_next = NULL;
    receiver->expect_link = NULL;
}

bool closed_disappoint_step(struct endpoint *endpoint)
{
    static const struct failure gone = {.error = EPIPE, .argument = ARGUMENT_EXPECTED};

    if (!endpoint->expecters)
        return true;
    thread_wake_with(endpoint->expecters, &gone);
    return false;
}
