/* systest-source-time.c - times whose home is a Notification or Channel run its passive receiver.
 */
#include <myelin/channel.h>
#include <myelin/clock.h>
#include <myelin/cpu.h>
#include <myelin/schedcontext.h>

#include "lib/systest.h"

#define MILLISECOND 1000000ull
#define WHOLE       (10 * MILLISECOND)
#define WORK        (3 * MILLISECOND)

static struct worker worker;
static volatile unsigned done;

static uint64_t consumed(cap_t time)
{
    struct schedcontext_info now = {0};

    schedcontext_get_info(time, &now);
    return now.consumed;
}

/* What wakes it keeps it busy for a while, on whosever time. */
static void work_off(void *source)
{
    static struct message message;

    while (message_receive((cap_t)source, &message) == SUCCESS) {
        uint64_t end = clock_now() + WORK;

        while (clock_now() < end)
            continue;
        done++;
    }
}

/* A passive receiver there, and a more urgent time whose home the source is. */
static error_t begin(cap_t source, uint64_t budget, uint64_t period, cap_t *time)
{
    struct plan plan = {.name = "receiver",
                        .run = work_off,
                        .argument = (void *)source,
                        .passive = true,
                        .priority = PRIORITY_HIGHER};
    error_t error;

    done = 0;
    *time = make(OBJECT_SCHEDCONTEXT, 0);
    error = schedcontext_configure(*time, startup_cap("cpu"), PRIORITY_HIGHER, budget, period);
    if (!error)
        error = schedcontext_bind_source(*time, source);
    return error ? error : worker_start(&worker, &plan);
}

TEST(SOURCE_TIME_BITS, "a passive thread that is notified runs on the notification's time, and its "
                       "reserve is charged nothing")
{
    cap_t bell = make_notification(), time;
    uint64_t reserve, mine;

    CHECK_GOOD(begin(bell, WHOLE, WHOLE, &time));
    reserve = consumed(worker.time);
    mine = consumed(startup_cap("time"));
    CHECK_GOOD(ipc_notify(bell, 1));
    CHECK_IS(done, 1); /* it was more urgent */
    CHECK_IS(consumed(worker.time), reserve);
    CHECK(consumed(time) >= WORK);
    CHECK(consumed(startup_cap("time")) - mine < WORK);
}

TEST(SOURCE_TIME_CHANNEL, "one that a channel's message wakes runs on the channel's time")
{
    cap_t channel, time;
    struct message message;
    uint64_t reserve;

    CHECK_GOOD(channel_create("work", 4, MESSAGE_REGISTER_WORDS, 0, &channel));
    CHECK_GOOD(begin(channel, WHOLE, WHOLE, &time));
    reserve = consumed(worker.time);
    message_begin(&message, 7);
    CHECK_GOOD(message_send(channel, &message));
    CHECK_IS(done, 1);
    CHECK_IS(consumed(worker.time), reserve);
    CHECK(consumed(time) >= WORK);
}

TEST(SOURCE_TIME_RESERVE, "when that time is used up the receiver goes on with its reserve")
{
    cap_t bell = make_notification(), time;
    uint64_t reserve;

    CHECK_GOOD(begin(bell, MILLISECOND, 1000 * MILLISECOND, &time));
    reserve = consumed(worker.time);
    CHECK_GOOD(ipc_notify(bell, 1));
    CHECK_IS(done, 1);
    CHECK(consumed(time) >= MILLISECOND && consumed(time) < 2 * MILLISECOND);
    CHECK(consumed(worker.time) - reserve >= MILLISECOND);
}

TEST(SOURCE_TIME_BUSY, "a notification has one time, and a time one home: EBUSY")
{
    cap_t bell = make_notification(), time, other = make(OBJECT_SCHEDCONTEXT, 0);

    CHECK_GOOD(begin(bell, WHOLE, WHOLE, &time));
    CHECK_REFUSED(schedcontext_bind_source(time, make_notification()), EBUSY, ARGUMENT_HANDLE);
    CHECK_REFUSED(schedcontext_bind_source(other, bell), EINVAL, ARGUMENT_HANDLE);
    CHECK_GOOD(schedcontext_configure(other, startup_cap("cpu"), PRIORITY_HIGHER, WHOLE, WHOLE));
    CHECK_REFUSED(schedcontext_bind_source(other, bell), EBUSY, ARGUMENT_CAP(0));
    CHECK_REFUSED(schedcontext_bind_source(other, make_call_only()), EINVAL, ARGUMENT_CAP(0));
    CHECK_GOOD(schedcontext_unbind(time));
    CHECK_GOOD(schedcontext_bind_source(other, bell));
}

SUITE
