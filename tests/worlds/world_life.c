/*
 * world_life.c - small worlds of threads: one that is not born yet, and one that others stop, look
 * into and change at each moment, until it ends.
 */

#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/vspace_types.h>

#include "worlds.h"

#define ANY      CAP_RIGHTS_ALL
#define MAPPED   (CAP_RIGHTS_READ | CAP_RIGHTS_WRITE)
#define ABROAD   USER_ADDRESS_END /* no program's */
#define UNKNOWN  0x123000ull      /* where nothing is mapped */
#define TO_MXCSR 24               /* in a vector image; behind it lies its mask */

static struct actor t, h;
static cap_t ep, own, bell, gentle, rigid, t_cap, t_ep, t_other, h_ep, a_time;
static uint64_t utcb, readable;

/* ---- births: spaces, a UTCB, time and a start, in any order; and the end of any of them ---- */

static void configures(const char *what, const cap_t *frame, uint64_t address)
{
    struct step *step = asks_for(&world.root, what, &t.cap, THREAD_LABEL_CONFIGURE);

    step->request.words = WORDS(address);
    step->cap = &t.cspace;
    step->second = &world.vspace;
    step->third = frame;
}

static void thread_step(const char *what, uint32_t method)
{
    asks_for(&world.root, what, &t.cap, method);
}

static void time_steps(void)
{
    static const struct {
        const char *what;
        uint64_t role;
    } roles[] = {{"gives it time", SCHEDCONTEXT_OWN}, {"gives it a reserve", SCHEDCONTEXT_RESERVE}};

    for (unsigned i = 0; i < 2; i++)
        asks_for(&world.root, roles[i].what, &a_time, SCHEDCONTEXT_LABEL_BIND, .cap = &t.cap)
            ->request.words = WORDS(roles[i].role);
    asks_for(&world.root, "takes its time", &a_time, SCHEDCONTEXT_LABEL_UNBIND);
}

static void make_births(void)
{
    t = (struct actor){.cap = make(OBJECT_THREAD, 0, "T"), .cspace = world.root.cspace};
    t.thread = object_of(t.cap);
    t.thread->context.ip = WORLD_IP;
    t.frame = mapped_frame(&utcb);
    rigid = mapped_frame(&readable);
    must_ask(world.vspace, VSPACE_LABEL_PROTECT, WORDS(CAP_RIGHTS_READ), CAPS(rigid));
    a_time = time_of(30, MS, MS);
    ep = endpoint("ep");
    configures("configures it", &t.frame, utcb);
    configures("configures it elsewhere", &t.frame, readable);
    configures("gives it a UTCB that cannot be written", &rigid, readable);
    thread_step("starts it", THREAD_LABEL_START);
    root_disturbs(&t);
    time_steps();
    asks_for(&world.root, "unmaps its UTCB", &world.vspace, VSPACE_LABEL_UNMAP, .cap = &t.frame);
    asks_for(&world.root, "maps it again", &world.vspace, VSPACE_LABEL_MAP, .cap = &t.frame)
        ->request.words = WORDS(utcb, MAPPED);
    asks_for(&world.root, "makes it unwritable", &world.vspace, VSPACE_LABEL_PROTECT,
             .cap = &t.frame)
        ->request.words = WORDS(CAP_RIGHTS_READ);
    takes_part(&t);
    does(&t, "receives", OP_RECV, &ep);
    does(&t, "receives now", OP_RECV, &ep, AT_ONCE);
    timer_steps();
    takes_part(&world.root);
}

const struct small_world world_births = {
    "births",
    "WORLD-14: a thread is made and started in any order, or refused with the reason",
    make_births,
    0,
    true,
    16,
    1};

/* ---- lives: stopped, looked into and changed; its faults handled, its end watched ---- */

static void register_steps(void)
{
    struct step *step;

    thread_step("reads its registers", THREAD_LABEL_READ_REGISTERS);
    step = asks_for(&world.root, "writes its registers", &t.cap, THREAD_LABEL_WRITE_REGISTERS);
    step->request.words = (struct words){20, {WORLD_IP}};
    step = asks_for(&world.root, "has it go on abroad", &t.cap, THREAD_LABEL_WRITE_REGISTERS);
    step->request.words = (struct words){20, {ABROAD}};
    asks_for(&world.root, "reads its vector", &t.cap, THREAD_LABEL_READ_VECTOR)->request.words =
        WORDS(TO_MXCSR, 8);
    asks_for(&world.root, "reads behind it", &t.cap, THREAD_LABEL_READ_VECTOR)->request.words =
        WORDS(HOST_VECTOR_BYTES, 8);
    asks_for(&world.root, "writes its vector", &t.cap, THREAD_LABEL_WRITE_VECTOR)->request.words =
        WORDS(0, 8, 0x37f);
    asks_for(&world.root, "writes behind it", &t.cap, THREAD_LABEL_WRITE_VECTOR)->request.words =
        WORDS(HOST_VECTOR_BYTES, 8, 0);
    asks_for(&world.root, "writes what none can be", &t.cap, THREAD_LABEL_WRITE_VECTOR)
        ->request.words = WORDS(TO_MXCSR, 8, UINT64_MAX);
}

static void look_steps(void)
{
    thread_step("looks at it", THREAD_LABEL_INSPECT);
    asks_for(&world.root, "follows it", &t.cap, THREAD_LABEL_FOLLOW, .cap = &ep)->request.words =
        WORDS(0);
    asks_for(&world.root, "follows it too far", &t.cap, THREAD_LABEL_FOLLOW, .cap = &ep)
        ->request.words = WORDS(3);
    asks_for(&world.root, "watches it", &t.cap, THREAD_LABEL_WATCH, .cap = &gentle);
    asks_for(&world.root, "watches it no more", &t.cap, THREAD_LABEL_WATCH);
    asks_for(&world.root, "watches without bits", &t.cap, THREAD_LABEL_WATCH, .cap = &bell);
    does(&world.root, "asks the bell", OP_RECV, &bell, AT_ONCE);
}

/* What it does itself, and what becomes of its faults. */
static void own_steps(void)
{
    takes_part(&t);
    does(&t, "calls", OP_CALL, &t_ep);
    add_step((struct step){.name = "faults", .actor = &t, .fault = true});
    asks_for(&t, "ends", &t_cap, THREAD_LABEL_EXIT)->request.words = WORDS(7);
    asks_for(&t, "ends another", &t_other, THREAD_LABEL_EXIT)->request.words = WORDS(7);
    asks_for(&t, "sets its TLS", &t_cap, THREAD_LABEL_SET_TLS)->request.words = WORDS(UNKNOWN);
    asks_for(&t, "sets its TLS abroad", &t_cap, THREAD_LABEL_SET_TLS)->request.words =
        WORDS(ABROAD);
    asks_for(&t, "has foreign calls", &t_cap, THREAD_LABEL_SET_FOREIGN)->request.words =
        WORDS(UNKNOWN);
    asks_for(&t, "has foreign calls abroad", &t_cap, THREAD_LABEL_SET_FOREIGN)->request.words =
        WORDS(ABROAD);
    takes_part(&h);
    does(&h, "receives", OP_RECV, &h_ep);
    does(&h, "answers", OP_REPLY, NULL, .token = &pick_token);
}

static void make_lives(void)
{
    t = stranger("T", ACTIVE, 20);
    h = stranger("H", ACTIVE, 30);
    ep = endpoint("ep");
    own = call_only("own");
    bell = notification("bell");
    gentle = minted(bell, 1, CAP_RIGHTS_SEND);
    t_cap = gives(&t, t.cap, CAP_RIGHTS_USE);
    t_other = gives(&t, h.cap, CAP_RIGHTS_USE);
    t_ep = gives(&t, ep, CAP_RIGHTS_CALL);
    h_ep = gives(&h, ep, CAP_RIGHTS_RECV);
    binds(&h, ep);
    own_steps();
    register_steps();
    look_steps();
    root_disturbs(&t);
    asks_for(&world.root, "handles its faults", &t.cap, THREAD_LABEL_SET_HANDLER, .cap = &ep);
    asks_for(&world.root, "does so no more", &t.cap, THREAD_LABEL_SET_HANDLER);
    asks_for(&world.root, "binds an endpoint to it", &t.cap, THREAD_LABEL_BIND_ENDPOINT,
             .cap = &own);
    asks_for(&world.root, "unbinds that", &t.cap, THREAD_LABEL_UNBIND_ENDPOINT, .cap = &own);
    timer_steps();
    takes_part(&world.root);
}

const struct small_world world_lives = {
    "lives",    "WORLD-15: a thread is stopped, looked into, changed and watched until it ends",
    make_lives, 0,
    true,       16,
    1};
