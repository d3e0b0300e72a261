/* systest-thread.c - threads: their life, registers, spaces, and what INSPECT tells of them. */
#include "lib/systest.h"
#include <myelin/idl/thread_types.h>
#include <myelin/idl/untyped_types.h>

static struct worker worker;
static struct partner partner;
static struct message message;
static volatile uint64_t counter;

static void nothing(void *unused)
{
    (void)unused;
}

static void count(void *unused)
{
    (void)unused;
    for (;;)
        counter++;
}

/* A worker that is not started. */
static error_t make_quiet(void (*run)(void *))
{
    const struct plan plan = {.run = run};

    return worker_make(&worker, &plan);
}

/* A worker below the test's priority that counts. */
static error_t start_counting(void)
{
    const struct plan plan = {.run = count, .priority = PRIORITY_LOWER};

    counter = 0;
    return worker_start(&worker, &plan);
}

#define MOMENT 3000000ull /* ns */

/* ---- configure ---- */

struct parts {
    cap_t thread, cspace, vspace, frame;
    uint64_t utcb;
};

static struct parts make_parts(void)
{
    struct parts parts = {make(OBJECT_THREAD, 0), startup_cap("cspace"), startup_cap("vspace"),
                          make_frame(), 0};

    parts.utcb = (uint64_t)map(parts.frame, READ_WRITE);
    return parts;
}

static error_t configure(const struct parts *parts)
{
    return thread_configure(parts->thread, parts->cspace, parts->vspace, parts->frame, parts->utcb);
}

TEST(CONFIGURE, "CONFIGURE takes two spaces and a UTCB, and fills in the UTCB's own address")
{
    struct parts parts = make_parts();

    CHECK_GOOD(configure(&parts));
    CHECK_IS(((struct utcb *)parts.utcb)->self, parts.utcb);
    CHECK_IS(((struct utcb *)parts.utcb)->clock_multiplier, utcb_self()->clock_multiplier);
}

TEST(CONFIGURE_HALF, "two UTCBs fit into one page")
{
    struct parts parts = make_parts(), second = parts;

    second.thread = make(OBJECT_THREAD, 0);
    second.utcb += UTCB_SIZE;
    CHECK_GOOD(configure(&parts));
    CHECK_GOOD(configure(&second));
}

TEST(CONFIGURE_UNALIGNED, "a UTCB that is not aligned is EINVAL, and word 0 is named")
{
    struct parts parts = make_parts();

    parts.utcb += 8;
    CHECK_REFUSED(configure(&parts), EINVAL, ARGUMENT_WORD(0));
}

TEST(CONFIGURE_ELSEWHERE, "a UTCB where the frame is not mapped is EINVAL")
{
    struct parts parts = make_parts();

    parts.utcb += PAGE;
    CHECK_REFUSED(configure(&parts), EINVAL, ARGUMENT_WORD(0));
}

TEST(CONFIGURE_KERNEL, "a UTCB in the kernel's memory is EINVAL")
{
    struct parts parts = make_parts();

    parts.utcb = 0xffffffff80000000;
    CHECK_REFUSED(configure(&parts), EINVAL, ARGUMENT_WORD(0));
}

TEST(CONFIGURE_UNMAPPED, "a UTCB in a frame that is not mapped is EINVAL")
{
    struct parts parts = make_parts();

    CHECK_GOOD(frame_unmap(CAP_NULL, parts.frame));
    CHECK_REFUSED(configure(&parts), EINVAL, ARGUMENT_WORD(0));
}

TEST(CONFIGURE_READ_ONLY, "a UTCB in a frame that is mapped read-only is EPERM")
{
    struct parts parts = make_parts();

    CHECK_GOOD(frame_protect(CAP_NULL, parts.frame, CAP_RIGHTS_READ));
    CHECK_REFUSED(configure(&parts), EPERM, ARGUMENT_CAP(2));
}

TEST(CONFIGURE_OTHER_SPACE, "a UTCB that is mapped in another space is EINVAL")
{
    struct parts parts = make_parts();

    parts.vspace = make(OBJECT_VSPACE, 0);
    CHECK_REFUSED(configure(&parts), EINVAL, ARGUMENT_WORD(0));
}

TEST(CONFIGURE_CSPACE, "CONFIGURE with something else for the CSpace is EINVAL")
{
    struct parts parts = make_parts();

    parts.cspace = make_frame();
    CHECK_REFUSED(configure(&parts), EINVAL, ARGUMENT_CAP(0));
}

TEST(CONFIGURE_VSPACE, "CONFIGURE with something else for the VSpace is EINVAL")
{
    struct parts parts = make_parts();

    parts.vspace = make_frame();
    CHECK_REFUSED(configure(&parts), EINVAL, ARGUMENT_CAP(1));
}

TEST(CONFIGURE_FRAME, "CONFIGURE with something else for the Frame is EINVAL")
{
    struct parts parts = make_parts();

    parts.frame = make_endpoint();
    CHECK_REFUSED(configure(&parts), EINVAL, ARGUMENT_CAP(2));
}

TEST(CONFIGURE_NO_MANAGE, "CONFIGURE without Manage is EPERM")
{
    struct parts parts = make_parts();

    parts.thread = with_rights(parts.thread, CAP_RIGHTS_READ | CAP_RIGHTS_USE);
    CHECK_REFUSED(configure(&parts), EPERM, ARGUMENT_HANDLE);
}

TEST(CONFIGURE_ACTIVE, "a thread that has been started cannot be configured: EBUSY")
{
    struct parts parts = make_parts();

    CHECK_GOOD(worker_run(&worker, nothing, NULL));
    parts.thread = worker.thread;
    CHECK_REFUSED(configure(&parts), EBUSY, ARGUMENT_HANDLE);
}

/* ---- start ---- */

TEST(START, "a started thread runs")
{
    CHECK_GOOD(start_counting());
    sleep_for(MOMENT);
    CHECK(counter > 0);
}

TEST(START_BARE, "a thread without spaces cannot start: EINVAL says that the VSpace lacks")
{
    CHECK_REFUSED(thread_start(make(OBJECT_THREAD, 0)), EINVAL, ARGUMENT_HANDLE);
    CHECK_IS(ipc_error_detail()->expected, OBJECT_VSPACE);
}

TEST(START_NO_TIME, "a thread without time cannot start: EINVAL says that the SchedContext lacks")
{
    struct parts parts = make_parts();

    CHECK_GOOD(configure(&parts));
    CHECK_REFUSED(thread_start(parts.thread), EINVAL, ARGUMENT_HANDLE);
    CHECK_IS(ipc_error_detail()->expected, OBJECT_SCHEDCONTEXT);
}

TEST(START_TWICE, "a thread starts once: EBUSY")
{
    CHECK_GOOD(worker_run(&worker, nothing, NULL));
    CHECK_REFUSED(thread_start(worker.thread), EBUSY, ARGUMENT_HANDLE);
    CHECK_GOOD(worker_wait(&worker));
    CHECK_REFUSED(thread_start(worker.thread), EBUSY, ARGUMENT_HANDLE);
}

TEST(START_NO_MANAGE, "START without Manage is EPERM")
{
    CHECK_GOOD(make_quiet(nothing));
    CHECK_REFUSED(thread_start(with_rights(worker.thread, CAP_RIGHTS_READ)), EPERM,
                  ARGUMENT_HANDLE);
}

/* ---- suspend and resume ---- */

TEST(SUSPEND, "a suspended thread stands still; resumed, it goes on")
{
    uint64_t before;

    CHECK_GOOD(start_counting());
    sleep_for(MOMENT);
    CHECK_GOOD(thread_suspend(worker.thread));
    CHECK_IS(worker_state(&worker), THREAD_SUSPENDED);
    before = counter;
    sleep_for(MOMENT);
    CHECK_IS(counter, before);
    CHECK_GOOD(thread_resume(worker.thread));
    sleep_for(MOMENT);
    CHECK(counter > before);
}

TEST(SUSPEND_WAITING, "a suspended wait is taken back: what comes meanwhile is not lost")
{
    cap_t endpoint = make_endpoint();

    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_RECV, endpoint));
    let_run();
    CHECK_GOOD(thread_suspend(partner.worker.thread));
    message_begin(&message, 77);
    message.accept = 0;
    CHECK_IS(worker_state(&partner.worker), THREAD_SUSPENDED);
    CHECK_GOOD(thread_resume(partner.worker.thread));
    CHECK(!partner_done(&partner));
    CHECK_GOOD(message_send(endpoint, &message));
    CHECK(partner_done(&partner));
    CHECK_IS(partner.message.label, 77);
}

TEST(SUSPEND_QUEUED, "a sender that is suspended leaves the queue, and is back when resumed")
{
    cap_t endpoint = make_endpoint();

    partner_init(&partner, 78);
    CHECK_GOOD(partner_start(&partner, OP_SEND, endpoint));
    let_run();
    CHECK_GOOD(thread_suspend(partner.worker.thread));
    CHECK_ERROR(message_poll(endpoint, &message), EAGAIN);
    CHECK_GOOD(thread_resume(partner.worker.thread));
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_IS(message.label, 78);
}

TEST(SUSPEND_CALL,
     "a call that is being served stands: its answer comes though the caller is suspended")
{
    cap_t endpoint = make_endpoint();

    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_CALL, endpoint));
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_GOOD(thread_suspend(partner.worker.thread));
    message_begin(&message, 79);
    CHECK_GOOD(message_reply(&message));
    CHECK(!partner_done(&partner));
    CHECK_GOOD(thread_resume(partner.worker.thread));
    CHECK(partner_done(&partner));
    CHECK_IS(partner.message.label, 79);
}

TEST(SUSPEND_INACTIVE, "a thread that was not started cannot be suspended: EINVAL")
{
    CHECK_GOOD(make_quiet(nothing));
    CHECK_REFUSED(thread_suspend(worker.thread), EINVAL, ARGUMENT_HANDLE);
}

TEST(SUSPEND_NO_MANAGE, "SUSPEND and RESUME without Manage are EPERM")
{
    cap_t thread;

    CHECK_GOOD(start_counting());
    thread = with_rights(worker.thread, CAP_RIGHTS_READ);
    CHECK_REFUSED(thread_suspend(thread), EPERM, ARGUMENT_HANDLE);
    CHECK_REFUSED(thread_resume(thread), EPERM, ARGUMENT_HANDLE);
}

TEST(RESUME_RUNNING, "a thread that is not suspended cannot be resumed: EINVAL")
{
    CHECK_GOOD(start_counting());
    CHECK_REFUSED(thread_resume(worker.thread), EINVAL, ARGUMENT_HANDLE);
}

TEST(CANCEL_NO_MANAGE, "CANCEL without Manage is EPERM")
{
    CHECK_GOOD(start_counting());
    CHECK_REFUSED(thread_cancel(with_rights(worker.thread, CAP_RIGHTS_READ)), EPERM,
                  ARGUMENT_HANDLE);
}

/* ---- exit and watch ---- */

static void exit_with_code(void *unused)
{
    (void)unused;
    thread_exit(worker.thread, 1234);
}

TEST(EXIT, "an exit leaves its code, and sets the watcher's bits")
{
    struct thread_info info;
    uint64_t bits;

    CHECK_GOOD(worker_run(&worker, exit_with_code, NULL));
    CHECK_GOOD(ipc_wait_notification(worker.ended, &bits));
    CHECK_IS(bits, 1);
    CHECK_GOOD(thread_get_info(worker.thread, &info));
    CHECK_IS(info.state, THREAD_EXITED);
    CHECK_IS(info.exit_code, 1234);
}

TEST(EXIT_OTHER, "a thread cannot end another by EXIT: EINVAL")
{
    CHECK_GOOD(start_counting());
    CHECK_REFUSED(thread_exit(worker.thread, 0), EINVAL, ARGUMENT_HANDLE);
}

TEST(EXIT_NO_USE, "EXIT without Use is EPERM")
{
    CHECK_REFUSED(thread_exit(with_rights(thread_self(), CAP_RIGHTS_READ), 0), EPERM,
                  ARGUMENT_HANDLE);
}

TEST(WATCH_NO_SEND, "WATCH needs Send on the notification: EPERM")
{
    CHECK_GOOD(start_counting());
    CHECK_REFUSED(thread_watch(worker.thread, with_rights(make_notification(), CAP_RIGHTS_RECV)),
                  EPERM, ARGUMENT_CAP(0));
}

TEST(WATCH_TYPE, "WATCH with what is no Notification is EINVAL")
{
    CHECK_GOOD(start_counting());
    CHECK_REFUSED(thread_watch(worker.thread, make_endpoint()), EINVAL, ARGUMENT_CAP(0));
}

TEST(WATCH_NO_MANAGE, "WATCH without Manage is EPERM")
{
    CHECK_GOOD(start_counting());
    CHECK_REFUSED(thread_watch(with_rights(worker.thread, CAP_RIGHTS_READ), make_notification()),
                  EPERM, ARGUMENT_HANDLE);
}

TEST(WATCH_NOBODY, "WATCH without a capability: nobody is told any more")
{
    uint64_t bits;

    CHECK_GOOD(make_quiet(nothing));
    CHECK_GOOD(thread_watch(worker.thread, CAP_NULL));
    CHECK_GOOD(thread_start(worker.thread));
    let_run();
    CHECK_IS(worker_state(&worker), THREAD_EXITED);
    CHECK_ERROR(ipc_poll_notification(worker.ended, &bits), EAGAIN);
}

TEST(WATCH_DESTROYED, "the watcher hears of a thread that is destroyed, too")
{
    uint64_t bits;

    CHECK_GOOD(start_counting());
    CHECK_GOOD(cap_delete(worker.thread));
    CHECK_GOOD(ipc_poll_notification(worker.ended, &bits));
}

/* ---- TLS and foreign entry: their arguments ---- */

TEST(TLS_KERNEL, "an FS base in the kernel's memory is EINVAL")
{
    CHECK_REFUSED(thread_set_tls(thread_self(), USER_ADDRESS_END), EINVAL, ARGUMENT_WORD(0));
    CHECK_REFUSED(thread_set_tls(thread_self(), 0x8000000000000000), EINVAL, ARGUMENT_WORD(0));
}

TEST(TLS_NO_USE, "SET_TLS without Use is EPERM")
{
    CHECK_REFUSED(thread_set_tls(with_rights(thread_self(), CAP_RIGHTS_READ), 0), EPERM,
                  ARGUMENT_HANDLE);
}

TEST(FOREIGN_KERNEL, "a foreign entry in the kernel's memory is EINVAL")
{
    CHECK_REFUSED(thread_set_foreign(thread_self(), 0xffffffff80000000), EINVAL, ARGUMENT_WORD(0));
}

TEST(FOREIGN_NO_USE, "SET_FOREIGN without Use is EPERM")
{
    CHECK_REFUSED(thread_set_foreign(with_rights(thread_self(), CAP_RIGHTS_READ), 0), EPERM,
                  ARGUMENT_HANDLE);
}

TEST(THREAD_METHOD, "a Thread does not know other objects' methods: ENOSYS")
{
    CHECK_REFUSED(invoke(thread_self(), UNTYPED_LABEL_RETYPE, 0, CAP_NULL), ENOSYS, ARGUMENT_TAG);
}

/* ---- inspect ---- */

TEST(INSPECT_NAMES, "INSPECT tells a thread's name, and the name of what it waits for")
{
    struct thread_info info;
    cap_t endpoint;

    CHECK_GOOD(endpoint_create("the-endpoint", UNTYPED_ENDPOINT_OPEN, &endpoint));
    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_RECV, endpoint));
    let_run();
    CHECK_GOOD(thread_get_info(partner.worker.thread, &info));
    CHECK_IS(info.state, THREAD_WAITS_RECEIVE);
    CHECK(strcmp(info.name, "partner") == 0);
    CHECK(strcmp(info.waits_for, "the-endpoint") == 0);
}

TEST(INSPECT_REPLY, "of a caller that is served INSPECT tells the server's name")
{
    struct thread_info info, self;
    cap_t endpoint = make_endpoint();

    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_CALL, endpoint));
    CHECK_GOOD(message_receive(endpoint, &message));
    CHECK_GOOD(thread_get_info(partner.worker.thread, &info));
    CHECK_GOOD(thread_get_info(thread_self(), &self));
    CHECK_IS(info.state, THREAD_WAITS_REPLY);
    CHECK(strcmp(info.waits_for, self.name) == 0);
}

TEST(INSPECT_STATES, "INSPECT tells states: inactive, running, exited")
{
    CHECK_GOOD(make_quiet(nothing));
    CHECK_IS(worker_state(&worker), THREAD_INACTIVE);
    CHECK_GOOD(thread_start(worker.thread));
    CHECK_IS(worker_state(&worker), THREAD_RUNNING);
    CHECK_GOOD(worker_wait(&worker));
    CHECK_IS(worker_state(&worker), THREAD_EXITED);
}

TEST(INSPECT_NO_READ, "INSPECT of a Thread without Read is EPERM")
{
    struct thread_info info;

    CHECK_REFUSED(thread_get_info(with_rights(thread_self(), CAP_RIGHTS_USE), &info), EPERM,
                  ARGUMENT_HANDLE);
}

/* ---- what a thread needs goes ---- */

static unsigned stop_reason(void)
{
    struct thread_info info = {0};

    thread_get_info(worker.thread, &info);
    return info.state == THREAD_STOPPED ? info.stop_reason : THREAD_STOP_NONE;
}

TEST(LOSS_UTCB, "unmapping a UTCB stops its thread, and the reason is told")
{
    CHECK_GOOD(start_counting());
    CHECK_GOOD(frame_unmap(CAP_NULL, worker.utcb_frame));
    CHECK_IS(stop_reason(), THREAD_STOP_UTCB_GONE);
    CHECK_REFUSED(thread_resume(worker.thread), EINVAL, ARGUMENT_HANDLE);
}

TEST(LOSS_UTCB_DELETED, "so does deleting its Frame")
{
    CHECK_GOOD(start_counting());
    CHECK_GOOD(cap_delete(worker.utcb_frame));
    CHECK_IS(stop_reason(), THREAD_STOP_UTCB_GONE);
}

TEST(LOSS_UTCB_PROTECTED, "a UTCB cannot be made read-only: EBUSY")
{
    CHECK_GOOD(start_counting());
    CHECK_REFUSED(frame_protect(CAP_NULL, worker.utcb_frame, CAP_RIGHTS_READ), EBUSY,
                  ARGUMENT_CAP(0));
}

TEST(LOSS_UTCB_WAITING, "a thread that waits for a message when its UTCB goes stops, too")
{
    cap_t endpoint = make_endpoint();

    partner_init(&partner, 1);
    CHECK_GOOD(partner_start(&partner, OP_RECV, endpoint));
    let_run();
    CHECK_GOOD(frame_unmap(CAP_NULL, partner.worker.utcb_frame));
    CHECK_IS(worker_state(&partner.worker), THREAD_STOPPED);
}

TEST(LOSS_CSPACE, "a thread whose CSpace dies stops, and the reason is told")
{
    cap_t space = make(OBJECT_CSPACE, 6);
    const struct plan plan = {.run = count, .priority = PRIORITY_LOWER, .cspace = space};

    CHECK_GOOD(worker_start(&worker, &plan));
    CHECK_GOOD(cap_delete(space));
    CHECK_IS(stop_reason(), THREAD_STOP_CSPACE_GONE);
}

SUITE
