/*
 * hostile-attack.c - one attack on the kernel, again and again: hostile-attack NAME MS SEED
 *
 * Each round makes what it needs, does its worst, and frees all of it. What the kernel answers is
 * of no interest here, but that nothing of a neighbour's is in it. Threads are of lower priority
 * than this one, which lets them run when it waits (rest).
 */
#include <stdlib.h>
#include <string.h>

#include <myelin/cap.h>
#include <myelin/clock.h>
#include <myelin/endpoint.h>
#include <myelin/frame.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/ipc.h>
#include <myelin/notification.h>
#include <myelin/startup.h>
#include <myelin/thread.h>
#include <myelin/vspace.h>

#include "emulator.h"
#include "lib/hostile.h"

#define MS          1000000ull
#define US          1000ull
#define LOWER       10
#define SLICE       (20 * US) /* the least budget: whoever has that is preempted often */
#define MANY        1000
#define FLOOD       2000
#define EDGE        (USER_ADDRESS_END - 4096)
#define NOWHERE     0x350000000000ull /* nothing is mapped there */
#define CODE_BYTES  4096
#define OBJECTS     16
#define SYSCALL     "\x0f\x05"
#define BADGE_SPACE 1000000

static const struct attack_time usual = {LOWER, SLICE, SLICE};
static cap_t objects[OBJECTS], endpoints[MANY + 1], bell;
static struct message message;

/* Lets the threads run so long. */
static void rest(uint64_t ns)
{
    plain_call(OP_RECV, bell, clock_now() + ns);
}

static uint64_t draw_address(void)
{
    static const uint64_t edges[] = {0,
                                     1,
                                     NOWHERE,
                                     NOWHERE + 4095,
                                     EDGE,
                                     EDGE - 1,
                                     EDGE + 4095,
                                     USER_ADDRESS_END,
                                     1ull << 47,
                                     1ull << 63,
                                     0xffff800000000000ull,
                                     0xffffffff80100000ull,
                                     UINT64_MAX};

    return chance(80) ? edges[draw() % (sizeof(edges) / sizeof(edges[0]))] : draw();
}

/* ---- handles ---- */

static cap_t draw_handle(void)
{
    cap_t cap = objects[draw() % OBJECTS];

    switch (draw() % 6) {
    case 0:
        return cap + (1ull << CAP_INDEX_BITS); /* the next generation */
    case 1:
        return cap ^ 1ull << draw() % 64;
    case 2:
        return draw() | CAP_TOKEN_INDEX;
    case 3:
        return draw();
    default:
        return cap;
    }
}

static void draw_call(struct ipc_registers *r)
{
    *r = (struct ipc_registers){
        .tag = TAG(1 + draw() % 6, LABEL(1 + draw() % 18, 1 + draw() % 20), draw() % 8) |
               TAG_DEADLINE | (draw() % 3) << TAG_CAPS_SHIFT | 1ull << TAG_ACCEPT_SHIFT,
        .handle = draw_handle(),
        .token = draw_handle()};
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        r->words[i] = chance(50) ? draw_handle() : draw_address();
    for (unsigned i = 0; i < MESSAGE_CAPS_MAX; i++)
        utcb_self()->caps[i] = (struct cap_item){draw_handle(), (draw() % 3) << 32 | 0xffff};
}

/* Half of them are deleted: their handles are stale, or by now another's. */
static void make_objects(void)
{
    for (unsigned i = 0; i < OBJECTS; i++)
        objects[i] = attack_make(i % 2 ? OBJECT_NOTIFICATION : OBJECT_ENDPOINT, 0);
    for (unsigned i = 0; i < OBJECTS; i += 1 + draw() % 3)
        cap_delete(objects[i]);
}

static void forge_handles(void)
{
    struct ipc_registers r;

    make_objects();
    for (unsigned i = 0; i < 200; i++) {
        draw_call(&r);
        enter_and_look(&r);
    }
}

/* ---- objects that are freed while others wait for them ---- */

static void wait_for_object(uint64_t number)
{
    for (;;)
        plain_call(number % 3 ? OP_RECV : OP_CALL, objects[number % OBJECTS], clock_now() + MS);
}

static void free_objects(void)
{
    for (unsigned i = 0; i < OBJECTS; i++)
        objects[i] = attack_make(i % 2 ? OBJECT_NOTIFICATION : OBJECT_ENDPOINT, 0);
    attack_threads(2 * OBJECTS, wait_for_object, usual, NULL);
    rest(500 * US);
    for (unsigned i = 0; i < OBJECTS; i++) {
        cap_t gone = objects[draw() % OBJECTS];

        cap_delete(chance(30) ? attack_thread(draw() % (2 * OBJECTS)) : gone);
        plain_call(OP_NOTIFY, gone, DEADLINE_NOW);
        if (chance(30))
            attack_make(OBJECT_THREAD, 0); /* perhaps in the same memory */
    }
    rest(100 * US);
}

/* ---- leases that overlap, lie nowhere, or go away ---- */

static char *lent;

static void lend_strangely(uint64_t number)
{
    struct ipc_registers r = {.tag = TAG(OP_CALL, 0, 0) | 4ull << TAG_LEASES_SHIFT,
                              .handle = endpoints[0]};
    struct utcb *utcb = attack_utcb((unsigned)number);

    for (;;) {
        struct ipc_registers call = r;

        utcb->leases[0] = (struct lease_item){(uint64_t)lent, 4096, 3, 0};
        utcb->leases[1] = (struct lease_item){(uint64_t)lent + 8, 4096, 3, 0};
        utcb->leases[2] = (struct lease_item){NOWHERE, 1 << 20, 3, 0};
        utcb->leases[3] = (struct lease_item){EDGE - 4096, 8192, 1, 0};
        ipc_enter(&call);
    }
}

static void overlap_leases(void)
{
    cap_t frame;

    endpoints[0] = attack_make(OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN);
    lent = attack_page(&frame);
    attack_threads(2, lend_strangely, usual, NULL);
    for (unsigned i = 0; i < 20 && !message_receive_until(endpoints[0], &message, clock_now() + MS);
         i++) {
        unsigned number = draw() % 5;
        uint64_t offset = draw() % 3 ? draw() % 4096 : draw_address();

        lease_write(message.reply, number, offset, lent + draw() % 4096, draw() % 8192);
        lease_read(message.reply, number, offset, lent + draw() % 64, draw() % 4096);
        look_at(lent, 4096);
        if (chance(10))
            frame_unmap(CAP_NULL, frame);
        if (chance(70))
            message_reply(&message);
    }
}

/* ---- two answers to one call ---- */

static void call_on(uint64_t number)
{
    (void)number;
    for (;;)
        plain_call(OP_CALL, endpoints[0], clock_now() + 200 * US);
}

static void answer_twice(cap_t token)
{
    struct ipc_registers reply = {.tag = TAG(OP_REPLY, 0, 7), .token = token}, again = reply;

    enter_and_look(&reply);
    enter_and_look(&again);
}

static void race_replies(void)
{
    cap_t saved;

    endpoints[0] = attack_make(OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN);
    attack_threads(8, call_on, usual, NULL);
    for (unsigned i = 0; i < 40 && !message_receive_until(endpoints[0], &message, clock_now() + MS);
         i++) {
        saved = CAP_NULL;
        if (chance(50))
            cspace_reply_save(startup_cap("cspace"), message.reply, &saved);
        if (chance(30))
            thread_cancel(attack_thread(draw() % 8));
        if (chance(30))
            rest(draw() % (300 * US)); /* its time may be over */
        answer_twice(saved ? saved : message.reply);
        if (saved && chance(50))
            cap_delete(saved);
    }
}

/* ---- floods ---- */

static void flood_servers(void)
{
    static const char *const names[] = {"names", "process", "spawn"};

    for (unsigned i = 0; i < 30; i++) {
        message_begin(&message, LABEL(0x200 + draw() % 8, draw() % 20));
        for (unsigned cap = 0; cap < MESSAGE_CAPS_MAX; cap++)
            message_put_cap(&message, objects[0], CAP_COPY);
        message_call_until(startup_cap(names[draw() % 2]), &message, clock_now() + MS);
    }
}

static void flood_capabilities(void)
{
    cap_t copy;

    objects[0] = attack_make(OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN);
    for (unsigned i = 0; i < FLOOD; i++)
        if (endpoint_mint(objects[0], 1 + draw() % BADGE_SPACE, &copy) ||
            (chance(50) && cap_derive(copy, CAP_RIGHTS_ALL, &copy)))
            break;
    flood_servers();
    cap_revoke(objects[0]);
}

/* ---- storms ---- */

static void notify_all(uint64_t number)
{
    for (;;) {
        plain_call(OP_NOTIFY, objects[number++ % OBJECTS], DEADLINE_NOW);
        plain_call(OP_RECV, objects[number % OBJECTS], DEADLINE_NOW);
    }
}

static void storm(void)
{
    for (unsigned i = 0; i < OBJECTS; i++) {
        objects[i] = attack_make(OBJECT_NOTIFICATION, 0);
        notification_set_timer(objects[i], clock_now() + draw() % MS, 1 + draw());
    }
    attack_threads(OBJECTS, notify_all, usual, NULL);
    for (unsigned i = 0; i < 40; i++) {
        notification_set_timer(objects[draw() % OBJECTS], clock_now() + draw() % (50 * US), 1);
        rest(20 * US);
    }
}

/* ---- mappings ---- */

static void map_strangely(void)
{
    cap_t small[8], large = attack_make(OBJECT_FRAME, LARGE_PAGE_SIZE_BITS);
    cap_t space = attack_make(OBJECT_VSPACE, 0), part;

    vspace_give(space, attack_make(OBJECT_UNTYPED, 14));
    for (unsigned i = 0; i < 8; i++)
        small[i] = attack_make(OBJECT_FRAME, PAGE_SIZE_BITS);
    for (unsigned i = 0; i < 100; i++) {
        cap_t frame = chance(70) ? small[draw() % 8] : large;
        uint64_t address = chance(50) ? draw_address() & ~4095ull : NOWHERE + draw() % 8 * 4096;

        frame_map(chance(50) ? space : CAP_NULL, frame, address, draw() % 8);
        frame_protect(chance(50) ? space : CAP_NULL, frame, draw() % 8);
        if (chance(40))
            frame_unmap(chance(50) ? space : CAP_NULL, frame);
        if (chance(10) &&
            !cap_derive_range(large, CAP_RIGHTS_ALL, draw() % 512 * 4096, 4096, &part))
            frame_map(CAP_NULL, part, NOWHERE + draw() % 16 * 4096, CAP_RIGHTS_READ);
    }
}

/* ---- a UTCB that changes during the call ---- */

static void call_with_everything(uint64_t number)
{
    for (uint64_t i = 0;; i++) {
        struct ipc_registers r = {.tag = TAG(number & 2 ? OP_SEND : OP_CALL, i % 3, 128) |
                                         4ull << TAG_CAPS_SHIFT | 4ull << TAG_ACCEPT_SHIFT |
                                         TAG_DEADLINE,
                                  .handle = i % 5 ? endpoints[0] : startup_cap("cspace"),
                                  .deadline = i % 2 ? DEADLINE_NOW : clock_now() + 50 * US};

        r.tag |= number & 2 ? TAG_BUFFER : 4ull << TAG_LEASES_SHIFT;
        ipc_enter(&r);
    }
}

/* Writes into the first threads' UTCBs all the time. */
static void change_utcbs(uint64_t number)
{
    uint64_t value = number;

    if (number < 3) {
        call_with_everything(number);
        return;
    }
    for (;;) {
        volatile uint64_t *words = (volatile uint64_t *)attack_utcb(value % 3);

        value = value * 6364136223846793005ull + 1442695040888963407ull;
        words[(value >> 33) % (UTCB_OFFSET_SELF / 8)] =
            value & 1 ? objects[(value >> 40) % OBJECTS] : value >> (value >> 58);
    }
}

static void change_during_call(void)
{
    make_objects();
    endpoints[0] = attack_make(OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN);
    attack_threads(5, change_utcbs, usual, NULL);
    for (unsigned i = 0; i < 40; i++) {
        message.accept = MESSAGE_CAPS_MAX;
        if (message_receive_until(endpoints[0], &message, clock_now() + 200 * US))
            continue;
        look_at(&message, sizeof(message));
        for (unsigned cap = 0; cap < message.cap_count; cap++)
            cap_delete(message.caps[cap].cap);
        message.cap_count = 0;
        if (chance(60))
            message_reply(&message);
    }
    message.accept = 0;
}

/* ---- registers ---- */

static void spin(uint64_t number)
{
    for (;;)
        __asm__ volatile("" : "+r"(number));
}

static void poison(struct thread_registers *registers)
{
    uint64_t *words = (uint64_t *)registers;

    for (unsigned i = 0; i < sizeof(*registers) / sizeof(*words); i++)
        words[i] = chance(60) ? draw_address() : draw();
    if (chance(60))
        registers->ip = (uint64_t)spin;
}

static void write_registers(void)
{
    struct thread_registers registers;
    uint64_t image[16], length;

    attack_threads(1, spin, usual, NULL);
    for (unsigned i = 0; i < 40; i++) {
        thread_suspend(attack_thread(0));
        thread_read_registers(attack_thread(0), &registers);
        look_at(&registers, sizeof(registers));
        thread_read_vector(attack_thread(0), draw() % 64 * 8, sizeof(image), image, sizeof(image),
                           &length);
        look_at(image, sizeof(image));
        poison(&registers);
        thread_write_registers(attack_thread(0), &registers);
        for (unsigned word = 0; word < 16; word++)
            image[word] = draw();
        thread_write_vector(attack_thread(0), draw() % 80 * 8, image, sizeof(image));
        thread_resume(attack_thread(0));
        rest(60 * US);
    }
}

/* ---- the edge of the address space, and any code ---- */

/* The frame's second capability is mapped at `address` for executing; here it can be written. */
static char *map_code(uint64_t address)
{
    cap_t frame, second = CAP_NULL;
    char *page = attack_page(&frame);

    cap_derive(frame, CAP_RIGHTS_READ | CAP_RIGHTS_EXECUTE, &second);
    if (!page || frame_attach_at(second, CAP_RIGHTS_READ | CAP_RIGHTS_EXECUTE, address))
        return NULL;
    return page;
}

/* The thread goes on there with such registers, for a moment. */
static void run_there(struct thread_registers *registers, uint64_t ip)
{
    registers->ip = ip;
    thread_suspend(attack_thread(0));
    thread_write_registers(attack_thread(0), registers);
    thread_resume(attack_thread(0));
    rest(60 * US);
}

static void call_at_the_edge(void)
{
    char *page = map_code(EDGE);
    struct thread_registers registers = {0};

    if (!page)
        return;
    memset(page, 0x90, CODE_BYTES);
    memcpy(page + CODE_BYTES - 2, SYSCALL, 2); /* it would return to the first byte behind */
    if (map_code(USER_ADDRESS_END))
        exit(HOSTILE_USAGE); /* nobody may map the last page */
    attack_threads(1, spin, usual, NULL);
    for (unsigned i = 0; i < 20; i++) {
        registers.rax = TAG(1 + draw() % 6, draw(), draw() % 8);
        registers.rdi = draw_handle();
        registers.sp = draw_address();
        run_there(&registers, USER_ADDRESS_END - 2);
    }
}

/* With many a system call in it, and many a prefix and opcode of two bytes. */
static void draw_code(char *code)
{
    for (unsigned i = 0; i < CODE_BYTES; i += 8) {
        uint64_t bytes = draw();

        memcpy(code + i, &bytes, sizeof(bytes));
        if (chance(25))
            memcpy(code + i + draw() % 6, SYSCALL, 2);
        if (chance(25))
            code[i + draw() % 8] = 0x0f;
    }
    spare_the_emulator((uint8_t *)code, CODE_BYTES);
}

static void run_any_code(void)
{
    char *code = map_code(NOWHERE);
    struct thread_registers registers;

    if (!code)
        return;
    attack_threads(1, spin, usual, NULL);
    for (unsigned i = 0; i < 40; i++) {
        draw_code(code);
        poison(&registers);
        run_there(&registers, NOWHERE + draw() % CODE_BYTES);
        thread_read_registers(attack_thread(0), &registers);
        look_at(&registers, sizeof(registers));
    }
}

/* ---- a thousand threads ---- */

static void pass_on(uint64_t number)
{
    plain_call(OP_RECV, endpoints[number], DEADLINE_FOREVER);
    plain_call(OP_CALL, endpoints[number + 1], DEADLINE_FOREVER);
}

static void make_endpoints(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        endpoints[i] = attack_make(OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN);
}

static void long_chain(void)
{
    static const struct attack_time time = {LOWER, MS, MS};

    make_endpoints(MANY + 1);
    attack_threads(MANY, pass_on, time, NULL);
    plain_call(OP_CALL, endpoints[0], clock_now() + 20 * MS);
    for (unsigned i = 0; i < 10; i++) {
        thread_suspend(attack_thread(draw() % MANY));
        thread_cancel(attack_thread(draw() % MANY));
        cap_delete(attack_thread(draw() % MANY));
        rest(100 * US);
    }
}

static void call_the_next(uint64_t number)
{
    plain_call(OP_CALL, endpoints[(number + 1) % MANY], DEADLINE_FOREVER);
}

static void circle(void)
{
    static const struct attack_time time = {LOWER, MS, MS};

    make_endpoints(MANY);
    attack_threads(MANY, call_the_next, time, NULL);
    for (unsigned i = 0; i < MANY; i++)
        thread_bind_endpoint(attack_thread(i), endpoints[i]);
    rest(20 * MS);
    for (unsigned i = 0; i < 10; i++) {
        cap_delete(endpoints[draw() % MANY]);
        thread_cancel(attack_thread(draw() % MANY));
        rest(100 * US);
    }
}

/* ---- time ---- */

static void tiny_budgets(void)
{
    struct attack_time time = {LOWER, SLICE, SLICE + draw() % (500 * US)};

    endpoints[0] = attack_make(OBJECT_ENDPOINT, UNTYPED_ENDPOINT_OPEN);
    attack_threads(100, chance(50) ? spin : call_on, time, NULL);
    for (unsigned i = 0; i < 10; i++)
        if (!message_receive_until(endpoints[0], &message, clock_now() + 200 * US) && chance(50))
            message_reply(&message);
}

/* ---- pagers that never answer ---- */

static void touch_nowhere(uint64_t number)
{
    *(volatile uint64_t *)(NOWHERE + number * 8) = number; /* NOLINT */
}

/* A server is lent what only such a pager could bring. */
static void lend_nowhere(cap_t server)
{
    struct ipc_registers r = {.tag = TAG(OP_CALL, LABEL(0x200 + draw() % 8, draw() % 20), 7) |
                                     1ull << TAG_LEASES_SHIFT | TAG_DEADLINE,
                              .handle = server,
                              .deadline = clock_now() + 5 * MS};

    utcb_self()->leases[0] = (struct lease_item){NOWHERE, 4096, 3, 0};
    enter_and_look(&r);
}

static void silent_pagers(void)
{
    make_endpoints(8);
    for (unsigned i = 8; i < 64; i++)
        endpoints[i] = endpoints[i % 8];
    attack_threads(64, touch_nowhere, usual, endpoints);
    rest(MS);
    for (unsigned i = 0; i < 10; i++) {
        lend_nowhere(startup_cap(chance(50) ? "names" : "spawn"));
        cap_delete(attack_thread(draw() % 64));
    }
    if (!message_receive_until(endpoints[0], &message, clock_now() + MS))
        look_at(&message, sizeof(message));
}

/* ---- which one ---- */

static const struct {
    const char *name;
    void (*round)(void);
} attacks[] = {
    {"handles", forge_handles},  {"freed", free_objects},        {"leases", overlap_leases},
    {"replies", race_replies},   {"floods", flood_capabilities}, {"storms", storm},
    {"mappings", map_strangely}, {"utcb", change_during_call},   {"registers", write_registers},
    {"edge", call_at_the_edge},  {"code", run_any_code},         {"chain", long_chain},
    {"circle", circle},          {"budgets", tiny_budgets},      {"pagers", silent_pagers},
};

int main(int argc, char **argv)
{
    uint64_t end;

    attack_begin();
    if (argc != 4 || notification_create("bell", &bell))
        return HOSTILE_USAGE;
    end = clock_now() + strtoull(argv[2], NULL, 0) * MS;
    hostile_seed(strtoull(argv[3], NULL, 0));
    for (unsigned i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
        if (strcmp(attacks[i].name, argv[1]) != 0)
            continue;
        do {
            attack_begin();
            attacks[i].round();
            attack_end();
        } while (clock_now() < end);
        return HOSTILE_GOOD;
    }
    return HOSTILE_USAGE;
}
