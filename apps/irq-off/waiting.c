/* waiting.c - long operations on who waits: queues, sets, timeouts; and long copies. */
#include <stddef.h>

#include <myelin/cap.h>
#include <myelin/clock.h>
#include <myelin/endpoint.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/ipc.h>
#include <myelin/notification.h>
#include <myelin/startup.h>
#include <myelin/thread.h>
#include <myelin/waitset.h>

#include "crowd.h"
#include "irq-off.h"

#define SOON       3000000ull /* ns */
#define COPY_BYTES LARGE_BYTES

static cap_t target, capabilities[MANY];
static uint64_t due;
static struct message message;

static void make_badges(void)
{
    target = make_endpoint();
    for (unsigned i = 0; i < MANY; i++)
        expect(endpoint_mint_rights(target, i + 1, CAP_RIGHTS_ALL, &capabilities[i]));
}

/* ---- queues ---- */

static void call_one(uint64_t number)
{
    plain(OP_CALL, capabilities[number], DEADLINE_FOREVER);
}

static void make_callers(void)
{
    make_badges();
    crowd_make(MANY, call_one, CROWD_PRIORITY, NULL);
    crowd_start(MANY);
}

static void delete_target(void)
{
    expect(cap_delete(target));
}

/* Of all who wait it wants the one that came last. */
static void receive_closed(void)
{
    expect(thread_bind_endpoint(thread_self(), target));
    expect(message_receive_from(target, MANY, &message));
    expect(message.badge == MANY ? SUCCESS : EINVAL);
    expect(thread_unbind_endpoint(thread_self(), target));
}

/* They may not give what they offer: each learns so, one after the other. */
static void refuse_all(void)
{
    expect(message_poll(target, &message) == EAGAIN ? SUCCESS : EINVAL);
}

static void offer_one(uint64_t number)
{
    struct ipc_registers r = {.tag = TAG(OP_CALL, 0, 0) | 1ull << TAG_CAPS_SHIFT,
                              .handle = capabilities[number]};

    utcb_self()->caps[0] = (struct cap_item){target, CAP_COPY};
    ipc_enter(&r);
}

static void make_givers(void)
{
    make_badges();
    crowd_make(MANY, offer_one, CROWD_PRIORITY, NULL);
    crowd_start(MANY);
}

/* ---- sets ---- */

static void make_set(void)
{
    target = make(OBJECT_WAITSET, MANY);
    for (unsigned i = 0; i < MANY; i++) {
        capabilities[i] = make_notification();
        expect(waitset_add(target, i, capabilities[i]));
        expect(ipc_notify(capabilities[i], 1));
    }
}

static void receive_from_set(void)
{
    for (unsigned i = 0; i < MANY; i++)
        expect(message_poll(target, &message));
}

/* ---- timeouts ---- */

static void set_timers(void)
{
    due = clock_now() + SOON * 10;
    for (unsigned i = 0; i < MANY; i++)
        expect(notification_set_timer(make_notification(), due, 1));
}

static void wait_for_timers(void)
{
    sleep_for(due + SOON - clock_now());
}

static void wait_until_due(uint64_t number)
{
    (void)number;
    plain(OP_RECV, target, due);
}

static void set_deadlines(void)
{
    target = make_endpoint();
    due = clock_now() + SOON * 20;
    crowd_make(MANY, wait_until_due, CROWD_PRIORITY, NULL);
    crowd_start(MANY);
}

/* ---- ready times whose threads cannot run ---- */

static void run_on(uint64_t number)
{
    for (;;)
        (void)number;
}

static void make_ready(void)
{
    crowd_make(MANY, run_on, LOWER_PRIORITY, NULL);
    crowd_start(MANY);
    for (unsigned i = 0; i < MANY; i++)
        expect(thread_suspend(crowd_thread(i)));
}

static void look_for_another(void)
{
    sleep_for(SOON);
}

/* ---- copies ---- */

static void lend(uint64_t number)
{
    struct ipc_registers r = {.tag = TAG(OP_CALL, 0, 0) | 1ull << TAG_LEASES_SHIFT,
                              .handle = capabilities[number]};

    utcb_self()->leases[0] =
        (struct lease_item){due, COPY_BYTES, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, 0};
    ipc_enter(&r);
}

static void prepare_copy(void)
{
    cap_t frame;

    make_badges();
    due = (uint64_t)map_large(0, &frame);
    map_large(1, &frame);
    crowd_make(1, lend, CROWD_PRIORITY, NULL);
    crowd_start(1);
    expect(message_receive(target, &message));
}

static void copy(void)
{
    expect(lease_read(message.reply, 0, 0, (char *)due + LARGE_BYTES, COPY_BYTES));
    expect(lease_write(message.reply, 0, 0, (char *)due + LARGE_BYTES, COPY_BYTES));
}

static void send_largest(uint64_t number)
{
    struct ipc_registers r = {.tag = TAG(OP_CALL, 0, MESSAGE_WORDS_MAX) | (uint64_t)MESSAGE_CAPS_MAX
                                                                              << TAG_CAPS_SHIFT,
                              .handle = capabilities[number]};

    for (unsigned i = 0; i < MESSAGE_CAPS_MAX; i++)
        utcb_self()->caps[i] = (struct cap_item){target, CAP_COPY};
    ipc_enter(&r);
}

static void prepare_message(void)
{
    make_badges();
    crowd_make(1, send_largest, CROWD_PRIORITY, NULL);
    crowd_start(1);
    message.accept = MESSAGE_CAPS_MAX;
}

static void receive_largest(void)
{
    expect(message_receive(target, &message));
    expect(message.cap_count == MESSAGE_CAPS_MAX ? SUCCESS : EINVAL);
    message.accept = 0;
}

const struct measured waiting_operations[] = {
    {"delete_endpoint", make_callers, delete_target},
    {"closed_receive", make_callers, receive_closed},
    {"refuse_waiters", make_givers, refuse_all},
    {"set_receive", make_set, receive_from_set},
    {"set_delete", make_set, delete_target},
    {"timers", set_timers, wait_for_timers},
    {"deadlines", set_deadlines, wait_for_timers},
    {"blocked_times", make_ready, look_for_another},
    {"copy", prepare_copy, copy},
    {"message", prepare_message, receive_largest},
    {NULL, NULL, NULL},
};
