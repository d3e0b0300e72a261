/* test_registers.c - a thread's registers and vector state, read and written by another. */

#include <myelin/idl/thread_types.h>
#include <string.h>

#include "registers.h"

int run_registers_tests(void);

static void registers_are_read(void **state)
{
    struct actor eve = person("eve", TIMELESS, 0);

    (void)state;
    for (unsigned i = 0; i < MESSAGE_REGISTER_WORDS; i++)
        eve.thread->context.words[i] = 100 + i;
    eve.thread->context.fs_base = 0x5555;
    must_ask(eve.cap, THREAD_LABEL_READ_REGISTERS, NO_WORDS, NO_CAPS);
    assert_int_equal(word(&world.root, 0), WORLD_IP);
    assert_int_equal(word(&world.root, 6), 100);  /* rdx */
    assert_int_equal(word(&world.root, 10), 101); /* r8 */
    assert_int_equal(word(&world.root, 17), 106); /* r15 */
    assert_int_equal(word(&world.root, 18), 0x5555);
    assert_true(word(&world.root, 19) == eve.thread->context.gs_base);
}

static void written_registers_are_cleaned(void **state)
{
    struct actor eve = person("eve", TIMELESS, 0);
    uint64_t gs = eve.thread->context.gs_base;
    struct thread_registers r;

    (void)state;
    must_ask(eve.cap, THREAD_LABEL_WRITE_REGISTERS, all_registers(0x400000, UINT64_MAX, 0x2000),
             NO_CAPS);
    arch_registers_read(&eve.thread->context, &r);
    assert_int_equal(r.ip, 0x400000);
    assert_int_equal(r.r15, 0x1011);
    assert_int_equal(r.rcx, 0x1005);
    assert_int_equal(r.r11, 0x100d);
    assert_true(r.gs_base == gs);
    assert_int_equal(r.flags & 0x100, 0);             /* TF */
    assert_int_equal(r.flags & 0x200, 0x200);         /* interrupts stay on */
    assert_int_equal(r.flags & (0x3000 | 0x4000), 0); /* IOPL, NT */
    assert_int_equal(r.flags & 0x40000, 0);           /* AC */
    refuses(&world.root, eve.cap, THREAD_LABEL_WRITE_REGISTERS,
            all_registers(USER_ADDRESS_END, 0, 0x2000), NO_CAPS, EINVAL, ARGUMENT_WORD(0));
    refuses(&world.root, eve.cap, THREAD_LABEL_WRITE_REGISTERS,
            all_registers(0x8000000000000000, 0, 0), NO_CAPS, EINVAL, ARGUMENT_WORD(0));
    refuses(&world.root, eve.cap, THREAD_LABEL_WRITE_REGISTERS, all_registers(0, 0, 0x800000000000),
            NO_CAPS, EINVAL, ARGUMENT_WORD(0));
    refuses(&world.root, eve.cap, THREAD_LABEL_WRITE_REGISTERS, WORDS(1, 2), NO_CAPS, EMSGSIZE,
            ARGUMENT_TAG);
}

static void vector_image_is_kept(void **state)
{
    struct actor eve = person("eve", TIMELESS, 0);
    uint64_t mxcsr;

    (void)state;
    must_ask(eve.cap, THREAD_LABEL_READ_VECTOR, WORDS(24, 8), NO_CAPS);
    assert_int_equal(word(&world.root, 0), 8); /* its length */
    assert_int_equal(word(&world.root, 1) & 0xffffffff, 0x1f80);
    mxcsr = 0x9fc0;
    must_ask(eve.cap, THREAD_LABEL_WRITE_VECTOR, WORDS(24, 8, mxcsr), NO_CAPS);
    must_ask(eve.cap, THREAD_LABEL_READ_VECTOR, WORDS(24, 8), NO_CAPS);
    assert_int_equal(word(&world.root, 1), mxcsr);
    must_ask(eve.cap, THREAD_LABEL_WRITE_VECTOR, WORDS(160, 16, 3, 4), NO_CAPS);
    must_ask(eve.cap, THREAD_LABEL_WRITE_VECTOR, WORDS(160, 8, 5), NO_CAPS);
    must_ask(eve.cap, THREAD_LABEL_READ_VECTOR, WORDS(160, 16), NO_CAPS);
    assert_int_equal(word(&world.root, 1), 5);
    assert_int_equal(word(&world.root, 2), 4);
    memset(host.vector_registers, 0x11, sizeof(host.vector_registers));
    cpu_self()->vector_owner = eve.thread; /* its state is live: it is saved first */
    must_ask(eve.cap, THREAD_LABEL_READ_VECTOR, WORDS(160, 16), NO_CAPS);
    assert_true(word(&world.root, 2) == 0x1111111111111111);
    memset(host.vector_registers, 0, sizeof(host.vector_registers));
    memset(&host.vector_registers[160], 0x22, 16);
    cpu_self()->vector_owner = eve.thread; /* also before some of it is written */
    must_ask(eve.cap, THREAD_LABEL_WRITE_VECTOR, WORDS(160, 8, 5), NO_CAPS);
    must_ask(eve.cap, THREAD_LABEL_READ_VECTOR, WORDS(160, 16), NO_CAPS);
    assert_int_equal(word(&world.root, 1), 5);
    assert_true(word(&world.root, 2) == 0x2222222222222222);
}

static void harmful_vectors_are_refused(void **state)
{
    struct actor eve = person("eve", TIMELESS, 0);
    const struct {
        struct words words;
        error_t error;
        uint64_t argument;
    } refused[] = {
        {WORDS(24, 8, 0x10000), EINVAL, ARGUMENT_WORD(2)},    /* MXCSR */
        {WORDS(512, 8, 1ull << 9), EINVAL, ARGUMENT_WORD(2)}, /* a component not there */
        {WORDS(520, 8, 1ull << 63), EINVAL, ARGUMENT_WORD(2)},
        {WORDS(568, 8, 1), EINVAL, ARGUMENT_WORD(2)},
        {WORDS(576, 8, 1), ERANGE, ARGUMENT_WORD(1)},
        {WORDS(584, 0), ERANGE, ARGUMENT_WORD(0)},
        {WORDS(4, 8, 1), ERANGE, ARGUMENT_WORD(0)},
        {WORDS(0, 12, 1, 2), ERANGE, ARGUMENT_WORD(1)},
        {WORDS(0, 16, 1), EMSGSIZE, ARGUMENT_WORD(1)},
        {WORDS(0, 8, 1, 2), EMSGSIZE, ARGUMENT_WORD(1)},
        {WORDS(0, 1024, 1), EMSGSIZE, ARGUMENT_WORD(1)},
        {WORDS(8, UINT64_MAX - 7, 1), EMSGSIZE, ARGUMENT_WORD(1)},
    };
    uint8_t before[HOST_VECTOR_BYTES];

    (void)state;
    memcpy(before, eve.thread->vector, sizeof(before));
    for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        refuses(&world.root, eve.cap, THREAD_LABEL_WRITE_VECTOR, refused[i].words, NO_CAPS,
                refused[i].error, refused[i].argument);
        assert_memory_equal(before, eve.thread->vector, sizeof(before));
    }
}

int run_registers_tests(void)
{
    static const struct CMUnitTest tests[] = {
        TEST("THREAD-10: all registers can be read", registers_are_read),
        TEST("THREAD-11: registers that are written are cleaned of what would harm",
             written_registers_are_cleaned),
        TEST("THREAD-13: the vector image is read and written, live state included",
             vector_image_is_kept),
        TEST("THREAD-14: a vector image that the processor would not load is refused unchanged",
             harmful_vectors_are_refused),
    };

    return cmocka_run_group_tests_name("registers", tests, NULL, NULL);
}
