/*
 * rounds.h - the measured loops: the leanest stubs that keep the rules of docs/abi.md.
 *
 * Each round loads the tag, the handle and all seven words (unsent ones are 0), enters the
 * kernel and checks the status. What a loop needs lies in memory, on the stack, because the
 * kernel uses every other register; it is worked on in place, so one round can be looked at as
 * closely as a thousand.
 */
#pragma once

#include <myelin/abi.h>
#include <myelin/idl/ioport_types.h>

#define KERNEL_CLOBBERS                                                                      \
    "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", \
        "r15", "memory", "cc"

/* Where words 0 to 6 travel, from memory and to memory. */
#define LOAD_WORDS          \
    "movq %[w0], %%rdx\n\t" \
    "movq %[w1], %%r8\n\t"  \
    "movq %[w2], %%r9\n\t"  \
    "movq %[w3], %%r12\n\t" \
    "movq %[w4], %%r13\n\t" \
    "movq %[w5], %%r14\n\t" \
    "movq %[w6], %%r15\n\t"
#define STORE_WORDS         \
    "movq %%rdx, %[a0]\n\t" \
    "movq %%r8, %[a1]\n\t"  \
    "movq %%r9, %[a2]\n\t"  \
    "movq %%r12, %[a3]\n\t" \
    "movq %%r13, %[a4]\n\t" \
    "movq %%r14, %[a5]\n\t" \
    "movq %%r15, %[a6]"
#define WORD_INPUTS(w)                                                                        \
    [w0] "m"((w)[0]), [w1] "m"((w)[1]), [w2] "m"((w)[2]), [w3] "m"((w)[3]), [w4] "m"((w)[4]), \
        [w5] "m"((w)[5]), [w6] "m"((w)[6])
#define WORD_OUTPUTS(w)                                                                            \
    [a0] "=m"((w)[0]), [a1] "=m"((w)[1]), [a2] "=m"((w)[2]), [a3] "=m"((w)[3]), [a4] "=m"((w)[4]), \
        [a5] "=m"((w)[5]), [a6] "=m"((w)[6])

/* Where the first capability of a message lies, from GS on. */
#define UTCB_CAP __builtin_offsetof(struct utcb, caps)

/* The client's side, of calls, notifications and refused calls alike. */
struct rounds {
    uint64_t count; /* rounds to go; afterwards 0, or more if a status was not as expected */
    uint64_t tag;
    uint64_t handle;
    word_t words[MESSAGE_REGISTER_WORDS];
    uint64_t expected;   /* status; another ends the loop */
    uint64_t deadline;   /* rounds_run_deadline */
    cap_t cap;           /* rounds_run_cap: goes with each call */
    uint64_t answer_tag; /* from here on: what the last round brought */
    uint64_t status;
    word_t answer_words[MESSAGE_REGISTER_WORDS];
};

/* A client's loop; `prepare` is what it does before each call besides loading registers, `load`
   how it loads those of the message. */
#define CLIENT_LOOP(local, prepare, load)                                                         \
    __asm__ volatile(                                                                             \
        "1:\n\t" prepare "movq %[tag], %%rax\n\t"                                                 \
        "movq %[handle], %%rdi\n\t" load "syscall\n\t"                                            \
        "cmpq %[expected], %%r10\n\t"                                                             \
        "jne 2f\n\t"                                                                              \
        "decq %[count]\n\t"                                                                       \
        "jnz 1b\n"                                                                                \
        "2:\n\t"                                                                                  \
        "movq %%rax, %[answer_tag]\n\t"                                                           \
        "movq %%r10, %[status]\n\t" STORE_WORDS                                                   \
        : [count] "+m"((local).count), [answer_tag] "=m"((local).answer_tag),                     \
          [status] "=m"((local).status), WORD_OUTPUTS((local).answer_words)                       \
        : [tag] "m"((local).tag), [handle] "m"((local).handle), [expected] "m"((local).expected), \
          WORD_INPUTS((local).words), [deadline] "m"((local).deadline), [cap] "m"((local).cap),   \
          [item] "i"(UTCB_CAP), [how] "i"(UTCB_CAP + sizeof(word_t))                              \
        : KERNEL_CLOBBERS)

static inline void rounds_run(struct rounds *rounds)
{
    struct rounds local = *rounds;

    CLIENT_LOOP(local, "", LOAD_WORDS);
    *rounds = local;
}

/* One send with that tag; was it answered as documented? */
static inline bool rounds_send_one(struct rounds *rounds, uint64_t tag)
{
    rounds->tag = tag;
    rounds->count = 1;
    rounds_run(rounds);
    return !rounds->count && !rounds->answer_tag && !rounds->answer_words[0];
}

/* A notify: of the words it needs the first alone. */
static inline void rounds_run_notify(struct rounds *rounds)
{
    struct rounds local = *rounds;

    CLIENT_LOOP(local, "", "movq %[w0], %%rdx\n\t");
    *rounds = local;
}

/* Word 0 is when it sets out. */
static inline void rounds_run_timed(struct rounds *rounds)
{
    struct rounds local = *rounds;

    CLIENT_LOOP(local, "",
                LOAD_WORDS "rdtsc\n\t"
                           "shlq $32, %%rdx\n\t"
                           "orq %%rax, %%rdx\n\t"
                           "movq %[tag], %%rax\n\t");
    *rounds = local;
}

/* The tag has TAG_DEADLINE. */
static inline void rounds_run_deadline(struct rounds *rounds)
{
    struct rounds local = *rounds;

    CLIENT_LOOP(local, "movq %[deadline], %%r10\n\t", LOAD_WORDS);
    *rounds = local;
}

/* A copy of one capability goes along. */
static inline void rounds_run_cap(struct rounds *rounds)
{
    struct rounds local = *rounds;

    CLIENT_LOOP(local,
                "movq %[cap], %%rax\n\t"
                "movq %%rax, %%gs:%c[item]\n\t"
                "movq $0, %%gs:%c[how]\n\t",
                LOAD_WORDS);
    *rounds = local;
}

/* It uses a vector register before each call. */
static inline void rounds_run_vector(struct rounds *rounds)
{
    struct rounds local = *rounds;

    CLIENT_LOOP(local, "pxor %%xmm0, %%xmm0\n\t", LOAD_WORDS);
    *rounds = local;
}

/* The same loop with nothing in it: two instructions a round. */
static inline void rounds_run_empty(uint64_t count)
{
    __asm__ volatile("1:\n\tdecq %[count]\n\tjnz 1b" : [count] "+m"(count) : : "memory", "cc");
}

/* The CPU's counter, after everything before it and before everything after it. */
static inline uint64_t counter_now(void)
{
    uint32_t low, high;

    __asm__ volatile("lfence\n\trdtsc\n\tlfence" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

/* The server's side: echoes whatever has one tag, and stops at any other message. */
struct echo {
    uint64_t answer_tag; /* a reply_recv with the number of words to answer */
    uint64_t endpoint;
    uint64_t expected;
    uint64_t tag; /* in, like token and words: of the first entry; out: of what came */
    uint64_t token;
    word_t words[MESSAGE_REGISTER_WORDS];
    uint64_t badge; /* out */
    uint64_t status;
    cap_t other;        /* whom `work` calls, */
    uint64_t other_tag; /* and with what tag */
    uint64_t count;     /* what `work` counts */
};

/* A server's loop; `work` is what it does with a message before it answers. */
#define ECHO_LOOP(local, work)                                                                    \
    __asm__ volatile(                                                                             \
        "movq %[tag], %%rax\n\t"                                                                  \
        "movq %[token], %%rsi\n\t" LOAD_WORDS "jmp 3f\n"                                          \
        "1:\n\t" work "movq %[answer_tag], %%rax\n"                                               \
        "3:\n\t"                                                                                  \
        "movq %[endpoint], %%rdi\n\t"                                                             \
        "syscall\n\t"                                                                             \
        "testq %%r10, %%r10\n\t"                                                                  \
        "jnz 2f\n\t"                                                                              \
        "cmpq %[expected], %%rax\n\t"                                                             \
        "je 1b\n"                                                                                 \
        "2:\n\t"                                                                                  \
        "movq %%rax, %[tag]\n\t"                                                                  \
        "movq %%rdi, %[badge]\n\t"                                                                \
        "movq %%rsi, %[token]\n\t"                                                                \
        "movq %%r10, %[status]\n\t" STORE_WORDS                                                   \
        : [tag] "+m"((local).tag), [token] "+m"((local).token), [badge] "=m"((local).badge),      \
          [status] "=m"((local).status), [count] "+m"((local).count), WORD_OUTPUTS((local).words) \
        : [answer_tag] "m"((local).answer_tag), [endpoint] "m"((local).endpoint),                 \
          [expected] "m"((local).expected),                                                       \
          WORD_INPUTS((local).words), [other] "m"((local).other),                                 \
          [other_tag] "m"((local).other_tag), [how] "i"(UTCB_CAP + sizeof(word_t))                \
        : KERNEL_CLOBBERS)

static inline void echo_run(struct echo *echo)
{
    struct echo local = *echo;

    ECHO_LOOP(local, "");
    *echo = local;
}

/* The same, but it answers the sum of three words, and clears the words it does not send. */
static inline void adder_run(struct echo *echo)
{
    struct echo local = *echo;

    ECHO_LOOP(local, "addq %%r8, %%rdx\n\t"
                     "addq %%r9, %%rdx\n\t"
                     "xorl %%r8d, %%r8d\n\t"
                     "xorl %%r9d, %%r9d\n\t"
                     "xorl %%r12d, %%r12d\n\t"
                     "xorl %%r13d, %%r13d\n\t"
                     "xorl %%r14d, %%r14d\n\t"
                     "xorl %%r15d, %%r15d\n\t");
    *echo = local;
}

/* What a server calls before it answers; what that brings is the answer. */
#define CALL_OTHER                 \
    "movq %%rsi, %[token]\n\t"     \
    "movq %[other], %%rdi\n\t"     \
    "movq %[other_tag], %%rax\n\t" \
    "syscall\n\t"                  \
    "movq %[token], %%rsi\n\t"     \
    "testq %%r10, %%r10\n\t"       \
    "jnz 2f\n\t"

/* The message goes on to another server first. */
static inline void relay_run(struct echo *echo)
{
    struct echo local = *echo;

    ECHO_LOOP(local, CALL_OTHER);
    *echo = local;
}

/* The capability that came is deleted first: `other` is the CSpace. */
static inline void deleter_run(struct echo *echo)
{
    struct echo local = *echo;

    ECHO_LOOP(local, "movq $0, %%gs:%c[how]\n\t" CALL_OTHER);
    *echo = local;
}

/* It adds up how long messages were on their way: word 0 is when they set out. */
static inline void arrivals_run(struct echo *echo)
{
    struct echo local = *echo;

    ECHO_LOOP(local, "movq %%rdx, %%rbx\n\t"
                     "rdtsc\n\t"
                     "shlq $32, %%rdx\n\t"
                     "orq %%rdx, %%rax\n\t"
                     "subq %%rbx, %%rax\n\t"
                     "addq %%rax, %[count]\n\t"
                     "movq %%rbx, %%rdx\n\t");
    *echo = local;
}

/* It answers `count` messages less one, and stops at the last. */
static inline void handler_run(struct echo *echo)
{
    struct echo local = *echo;

    ECHO_LOOP(local, "decq %[count]\n\t"
                     "jz 2f\n\t");
    *echo = local;
}

/* The waiter's side: waits for `wake` alone, again and again, and stops at any other bits. */
struct waits {
    uint64_t tag;
    uint64_t notification;
    uint64_t wake;
    uint64_t count; /* how often `wake` came */
    uint64_t bits;  /* out: what ended the loop */
    uint64_t status;
};

static inline void waits_run(struct waits *waits)
{
    struct waits local = *waits;

    __asm__ volatile(
        "1:\n\t"
        "movq %[tag], %%rax\n\t"
        "movq %[notification], %%rdi\n\t"
        "syscall\n\t"
        "testq %%r10, %%r10\n\t"
        "jnz 2f\n\t"
        "cmpq %[wake], %%rbx\n\t"
        "jne 2f\n\t"
        "incq %[count]\n\t"
        "jmp 1b\n"
        "2:\n\t"
        "movq %%rbx, %[bits]\n\t"
        "movq %%r10, %[status]"
        : [count] "+m"(local.count), [bits] "=m"(local.bits), [status] "=m"(local.status)
        : [tag] "m"(local.tag), [notification] "m"(local.notification), [wake] "m"(local.wake)
        : KERNEL_CLOBBERS);
    *waits = local;
}

/* Waits once; the counter when it goes on. */
static inline uint64_t waits_once(struct waits *waits)
{
    struct waits local = *waits;
    uint64_t low, high;

    __asm__ volatile("movq %[tag], %%rax\n\t"
                     "movq %[notification], %%rdi\n\t"
                     "syscall\n"
                     ".globl bench_woken_at\n"
                     "bench_woken_at:\n\t"
                     "rdtsc\n\t"
                     "movq %%rbx, %[bits]\n\t"
                     "movq %%r10, %[status]"
                     : [bits] "=m"(local.bits), [status] "=m"(local.status), "=&a"(low), "=&d"(high)
                     : [tag] "m"(local.tag), [notification] "m"(local.notification)
                     : "rbx", "rcx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
                       "r15", "memory", "cc");
    *waits = local;
    return high << 32 | low;
}

/* One of two that notify each other in turn. */
struct pingpong {
    uint64_t count; /* rounds to go */
    uint64_t notify_tag, wait_tag;
    uint64_t there, back; /* notifications */
    uint64_t bit;
    uint64_t bits; /* out: what came last */
};

/* Notifies, waits to be notified, and so on; stops when anything else comes than the one bit. */
static inline void pingpong_run(struct pingpong *pingpong)
{
    struct pingpong local = *pingpong;

    __asm__ volatile("1:\n\t"
                     "movq %[notify_tag], %%rax\n\t"
                     "movq %[there], %%rdi\n\t"
                     "movq %[bit], %%rdx\n\t"
                     "syscall\n\t"
                     "testq %%r10, %%r10\n\t"
                     "jnz 2f\n\t"
                     "movq %[wait_tag], %%rax\n\t"
                     "movq %[back], %%rdi\n\t"
                     "syscall\n\t"
                     "testq %%r10, %%r10\n\t"
                     "jnz 2f\n\t"
                     "cmpq %[bit], %%rbx\n\t"
                     "jne 2f\n\t"
                     "decq %[count]\n\t"
                     "jnz 1b\n"
                     "2:\n\t"
                     "movq %%rbx, %[bits]"
                     : [count] "+m"(local.count), [bits] "=m"(local.bits)
                     : [notify_tag] "m"(local.notify_tag), [wait_tag] "m"(local.wait_tag),
                       [there] "m"(local.there), [back] "m"(local.back), [bit] "m"(local.bit)
                     : KERNEL_CLOBBERS);
    *pingpong = local;
}

/* ---- calls on kernel objects ---- */

/* One with at most four words, and a capability unless that is CAP_NULL; the status. */
static inline uint64_t object_call(uint64_t tag, cap_t object, word_t word0, word_t word1,
                                   word_t word2, word_t word3, cap_t cap)
{
    register uint64_t status __asm__("r10");
    register uint64_t r8 __asm__("r8") = word1;
    register uint64_t r9 __asm__("r9") = word2;
    register uint64_t r12 __asm__("r12") = word3;
    register uint64_t r13 __asm__("r13") = 0;
    register uint64_t r14 __asm__("r14") = 0;
    register uint64_t r15 __asm__("r15") = 0;

    if (cap)
        __asm__ volatile(
            "movq %[cap], %%gs:%c[item]\n\t"
            "movq $0, %%gs:%c[how]"
            :
            : [cap] "r"(cap), [item] "i"(UTCB_CAP), [how] "i"(UTCB_CAP + sizeof(word_t))
            : "memory");
    __asm__ volatile("syscall"
                     : "+a"(tag), "+D"(object), "=r"(status), "+d"(word0), "+r"(r8), "+r"(r9),
                       "+r"(r12), "+r"(r13), "+r"(r14), "+r"(r15)
                     :
                     : "rbx", "rcx", "rsi", "r11", "memory", "cc");
    return status;
}

/* Writes one byte to a port: the status. *when is the counter, five instructions before. */
static inline uint64_t port_out_timed(cap_t ports, uint64_t port, uint64_t value, uint64_t *when)
{
    register uint64_t status __asm__("r10");
    register uint64_t r8 __asm__("r8") = 1; /* a byte */
    register uint64_t r9 __asm__("r9") = value;
    register uint64_t r12 __asm__("r12") = 0;
    register uint64_t r13 __asm__("r13") = 0;
    register uint64_t r14 __asm__("r14") = 0;
    register uint64_t r15 __asm__("r15") = 0;
    uint64_t tag = TAG(OP_CALL, IOPORT_LABEL_OUT, 3);

    __asm__ volatile("rdtsc\n\t"
                     "movl %%eax, (%%rsi)\n\t"
                     "movl %%edx, 4(%%rsi)\n\t"
                     "movq %[tag], %%rax\n\t"
                     "movq %[port], %%rdx\n\t"
                     "syscall"
                     : "+D"(ports), "+S"(when), "=r"(status), "+r"(r8), "+r"(r9), "+r"(r12),
                       "+r"(r13), "+r"(r14), "+r"(r15)
                     : [tag] "m"(tag), [port] "m"(port)
                     : "rax", "rdx", "rbx", "rcx", "r11", "memory", "cc");
    return status;
}

/* The capability that its answer brought. */
static inline cap_t object_cap(void)
{
    cap_t cap;

    __asm__ volatile("movq %%gs:%c[item], %[cap]" : [cap] "=r"(cap) : [item] "i"(UTCB_CAP));
    return cap;
}
