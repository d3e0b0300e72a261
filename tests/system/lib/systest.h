/*
 * systest.h - what the system tests share: tests with an id and a sentence, checks, and the few
 * things that almost every test needs.
 *
 * A suite is a file of TESTs and SUITE. It starts itself once more, with more memory and time
 * than the shell gives (runner.c), and runs its tests one after the other. Each test gets its own
 * Untyped, which the library takes its memory from meanwhile; after the test that is revoked and
 * every capability that is new is deleted, so a test need not tidy up, however it ended. A test
 * that does not end is cancelled after SYSTEST_SECONDS.
 *
 * Only a test's own thread may CHECK and use the C library.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <myelin/cap.h>
#include <myelin/cpu.h>
#include <myelin/endpoint.h>
#include <myelin/errors.h>
#include <myelin/frame.h>
#include <myelin/idl/thread_types.h>
#include <myelin/ipc.h>
#include <myelin/notification.h>
#include <myelin/process.h>
#include <myelin/schedcontext.h>
#include <myelin/startup.h>
#include <myelin/thread.h>
#include <myelin/untyped.h>
#include <myelin/vspace.h>

#define SYSTEST_SECONDS  20
#define SYSTEST_PRIORITY 25 /* of the thread that runs the tests */
#define PRIORITY_HIGHER  30
#define PRIORITY_LOWER   20
#define PAGE             4096ull
#define LARGE_PAGE       (1ull << LARGE_PAGE_SIZE_BITS)
#define READ_WRITE       (CAP_RIGHTS_READ | CAP_RIGHTS_WRITE)
#define READ_EXECUTE     (CAP_RIGHTS_READ | CAP_RIGHTS_EXECUTE)
/* A handle that no program ever gets: its index is the last one but the tokens'. */
#define FORGED_HANDLE    ((cap_t)1 << CAP_INDEX_BITS | (CAP_INDEX_MASK - 1))

/* ---- tests (runner.c) ---- */

struct test {
    const char *id; /* with _ for - */
    const char *sentence;
    void (*run)(void);
};

/* TEST(CAP_DELETE, "what must hold") { ... } - its id is CAP-DELETE. */
#define TEST(name, text)                                                              \
    static void test_##name(void);                                                    \
    static const struct test entry_##name                                             \
        __attribute__((used, retain, section("tests"))) = {#name, text, test_##name}; \
    static void test_##name(void)

#define SUITE                            \
    int main(int argc, char **argv)      \
    {                                    \
        return systest_main(argc, argv); \
    }

int systest_main(int argc, char **argv);
/* What came behind the test's id (a suite may be told how long, and by which seed); NULL: no more.
 */
extern char *systest_arguments[];
/* The same for a program that is the root task itself, in a boot archive of its own (as_root.c):
   with all devices and no servers. It tells the kernel's log and switches the machine off. */
_Noreturn void systest_main_as_root(void);
/* Who takes the lines that a suite prints. */
typedef void systest_say(const char *line);
/* Runs all tests, or the one of that id. Returns the suite's exit status. */
int systest_run(cap_t memory, const char *only, systest_say *say);

/* ---- documented errors that a test has asked for and got (pairs.c) ---- */

/* Of a check that found the error it wanted. */
void pairs_note(const struct ipc_error_detail *detail);
/* Those noted since the last time. */
void pairs_tell(systest_say *say);

/* Each ends the test when what it says does not hold. */
#define CHECK(condition)                                            \
    do {                                                            \
        if (!systest_check((condition) != 0, __LINE__, #condition)) \
            return;                                                 \
    } while (0)
#define CHECK_IS(expression, wanted)                                                              \
    do {                                                                                          \
        if (!systest_check_is((uint64_t)(expression), (uint64_t)(wanted), __LINE__, #expression)) \
            return;                                                                               \
    } while (0)
/* The call answers that error. CHECK_ERROR(call, SUCCESS): it succeeds. */
#define CHECK_ERROR(call, wanted)                                    \
    do {                                                             \
        if (!systest_check_error((call), (wanted), __LINE__, #call)) \
            return;                                                  \
    } while (0)
/* The kernel refuses the call with that error, and names that argument. */
#define CHECK_REFUSED(call, wanted, which)                             \
    do {                                                               \
        if (!systest_check_error((call), (wanted), __LINE__, #call) || \
            !systest_check_argument((which), __LINE__, #call))         \
            return;                                                    \
    } while (0)
#define CHECK_GOOD(call) CHECK_ERROR(call, SUCCESS)

/* What a check says when it does not hold, and of an error that was wanted and came (runner.c). */
void systest_broken(int line, const char *text);
void systest_differs(uint64_t found, uint64_t wanted, int line, const char *text);
void systest_wrong_error(error_t found, error_t wanted, int line, const char *text);
void systest_wanted_error(error_t error);
bool systest_check_argument(uint64_t wanted, int line, const char *text);

/* The comparisons are here, so that whoever reads a test, the static analyser as well, sees what
   holds behind a check. */
static inline bool systest_check(bool good, int line, const char *text)
{
    if (!good)
        systest_broken(line, text);
    return good;
}

static inline bool systest_check_is(uint64_t found, uint64_t wanted, int line, const char *text)
{
    if (found != wanted)
        systest_differs(found, wanted, line, text);
    return found == wanted;
}

static inline bool systest_check_error(error_t found, error_t wanted, int line, const char *text)
{
    if (found != wanted)
        systest_wrong_error(found, wanted, line, text);
    else if (found)
        systest_wanted_error(found);
    return found == wanted;
}

/* The Untyped of the running test: 8 MiB. */
cap_t systest_memory(void);

/* ---- objects, quickly (objects.c) ---- */

/* A new object of the test's memory; CAP_NULL: it failed. `size` as UNTYPED_LABEL_RETYPE has it. */
cap_t make(unsigned type, uint64_t size);
cap_t make_endpoint(void); /* open */
cap_t make_call_only(void);
cap_t make_notification(void);
cap_t make_frame(void);
/* A copy with just these rights; CAP_NULL: it failed. */
cap_t with_rights(cap_t cap, uint32_t rights);
/* A SchedContext, configured: all of a CPU, that priority. */
cap_t make_time(unsigned priority);
/* Maps the frame where nothing else is, in the own space; NULL: it failed. Page tables are there.
 */
void *map(cap_t frame, uint32_t rights);
/* Waits; threads of lower priority run meanwhile. */
void sleep_for(uint64_t ns);
/* What the own space holds at that handle; false: nothing. */
bool find_cap(cap_t cap, struct cap_info *info);
/* Calls the object with that label, one word and one capability (or CAP_NULL). */
error_t invoke(cap_t object, uint32_t label, word_t word, cap_t argument);
/* The same without a word, with a `how` for the capability; words[0] of the answer goes to *word.
 */
error_t invoke_how(cap_t object, uint32_t label, cap_t argument, uint64_t how, word_t *word);

/* ---- raw system calls (objects.c) ---- */

/* Registers of a call without words; words all 0. */
struct ipc_registers raw(enum operation operation, cap_t handle, uint32_t label);
/* Enters; returns the status. */
error_t enter(struct ipc_registers *r);
/* Of an error: is everything but status and words 0 to 2 cleared? */
bool is_cleared(const struct ipc_registers *r);

/* ---- workers: threads of a test (worker.c) ---- */

struct worker {
    cap_t thread;
    cap_t time;
    cap_t ended; /* notification: bit 1, when it ended or stopped */
    cap_t utcb_frame;
    struct utcb *utcb;
    uint64_t stack_top;
};

/* How a worker shall be; what is 0 is as usual: the own spaces and priority, active, no handler: a
   fault stops it. */
struct plan {
    const char *name;
    void (*run)(void *);
    void *argument;
    unsigned priority;
    uint64_t budget, period; /* ns */
    bool passive;
    cap_t handler;
    cap_t cspace;
};

/* Makes it, ready to start. */
error_t worker_make(struct worker *worker, const struct plan *plan);
/* Makes and starts it. One of the same priority runs when the test waits next. */
error_t worker_start(struct worker *worker, const struct plan *plan);
/* As worker_start with just these two. */
error_t worker_run(struct worker *worker, void (*run)(void *), void *argument);
/* Waits until it has ended or stopped. */
error_t worker_wait(const struct worker *worker);
/* Its enum thread_state. */
unsigned worker_state(const struct worker *worker);
/* Lets others of the test's priority run until they wait. */
void let_run(void);

/* ---- faults (worker.c) ---- */

struct fault_seen {
    uint32_t label;
    uint32_t origin;
    uint64_t address, detail, ip, sp, present, trap;
    struct thread_registers registers;
    struct worker worker;
};

/* Runs the code on a worker of its own until it faults; what its handler was told. ECHILD: it
   came to an end without a fault. The worker still waits for the answer. */
error_t catch_fault(void (*run)(void *), void *argument, struct fault_seen *seen);
/* The same, with the worker's handler endpoint as the test made it. */
error_t receive_fault(cap_t endpoint, struct message *message, struct fault_seen *seen);

/* ---- all registers (registers.c) ---- */

struct all_registers {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp;
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
};

/* Loads them all, executes `syscall`, and stores them all. */
void registers_enter(struct all_registers *registers);
/* Each a different value made of `seed`. */
void registers_fill(struct all_registers *registers, uint64_t seed);
/* Does any of them hold a value that registers_fill makes of that seed? */
bool registers_hold(const struct all_registers *registers, uint64_t seed);

/* ---- partners: workers that do one system call and note what came of it (partner.c) ---- */

struct partner {
    struct message message; /* to send; then what came */
    unsigned priority;      /* 0: the test's */
    error_t error;
    struct ipc_error_detail detail;
    volatile bool done;
    enum operation way;
    cap_t target;
    struct worker worker;
};

/* Starts a worker that calls, sends to or receives from `target`. *partner must not be on a stack
   that another test uses again: static. It runs when the test waits, or has waited. */
error_t partner_start(struct partner *partner, enum operation way, cap_t target);
/* An empty one, with that label to send. */
void partner_init(struct partner *partner, uint32_t label);
/* Lets it run, and tells whether it is through. */
bool partner_done(struct partner *partner);

/* ---- islands: a thread in spaces of its own, whose code is a few instructions (island.c) ---- */

#define ISLAND_CODE      0x400000ull /* there and in the test's own space it may be executed */
#define ISLAND_DATA      0x500000ull /* a page that island and test share */
#define ISLAND_UTCB      0x600000ull
#define ISLAND_STACK_TOP (ISLAND_DATA + PAGE)

struct island {
    cap_t vspace, cspace, thread, time;
    cap_t faults;      /* the endpoint that its faults come to */
    char *data;        /* the shared page, here */
    struct utcb *utcb; /* its UTCB, here */
};

/* The machine code of `text`, as bytes from `name` to `name`_end. NOLINTBEGIN(*-parentheses) */
#define CODE(name, text)                    \
    extern const char name[], name##_end[]; \
    __asm__(".pushsection .rodata\n" #name ":\n" text "\n" #name "_end:\n.popsection")
/* NOLINTEND(*-parentheses) */

/* Makes one with that code, below the test's priority: it runs when the test waits. */
error_t island_make(struct island *island, const char *code, const char *code_end);
/* Starts it with those registers; ip 0: at its code, sp 0: with a stack. */
error_t island_start(const struct island *island, struct thread_registers registers);
/* Waits for its fault (most end by ud2). */
error_t island_fault(const struct island *island, struct fault_seen *seen);
/* A capability of the test's put into its space; CAP_NULL: it failed. */
cap_t island_give(const struct island *island, cap_t cap);
/* Registers filled as registers_fill does, for thread_write_registers. */
struct thread_registers island_canaries(uint64_t seed);
/* How many of the registers hold a value that was made of that seed. */
unsigned island_canaries_in(const struct thread_registers *registers, uint64_t seed);
