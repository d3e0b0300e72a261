/*
 * vector.c - x87 and vector registers. At most one thread's state is in them (the CPU's
 * vector_owner); CR0.TS stays set while any other thread runs, so its first use of them comes
 * here, and they change hands. A thread that never uses them pays nothing. No thread ever
 * sees another's: what is loaded is always its own image.
 *
 * Some processors leak by speculation what lies in registers that CR0.TS guards (LazyFP). There
 * nothing is kept lazily: at each entry into the kernel the owner's state is put away into its
 * Thread, the registers become clean, and its next use of them traps.
 */

#include <task/task.h>

#include "x86.h"

#define CR0_MONITOR         (1ull << 1)
#define CR0_EMULATE         (1ull << 2)
#define CR0_TASK_SWITCHED   ((uint64_t)VECTOR_OFF)
#define CR0_NUMERIC_ERROR   (1ull << 5)
#define CR4_FXSR            (1ull << 9)
#define CR4_SIMD_EXCEPTIONS (1ull << 10)
#define CR4_XSAVE           (1ull << 18)

#define XCR0_X87             1ull
#define XCR0_SSE             2ull
#define XCR0_AVX             4ull
#define COMPONENT_LAST       9 /* what comes later goes in groups, of which one is too large */
#define LEGACY_BYTES         512
#define XSAVE_HEADER_AT      512
#define XSAVE_HEADER_BYTES   64
#define CONTROL_WORD_AT      0
#define MXCSR_AT             24
#define MXCSR_MASK_AT        28
#define CONTROL_WORD_DEFAULT 0x37f
#define MXCSR_DEFAULT        0x1f80

static struct {
    bool xsave;
    uint64_t components; /* XCR0 */
    uint64_t size;       /* of an image */
    uint32_t mxcsr_mask;
} vector;

bool vector_leaky;

static uint8_t clean_image[VECTOR_IMAGE_BYTES] __attribute__((aligned(64)));

static void save(void *image)
{
    if (vector.xsave)
        __asm__ volatile("xsave64 (%0)" ::"r"(image), "a"(-1), "d"(-1) : "memory");
    else
        __asm__ volatile("fxsave64 (%0)" ::"r"(image) : "memory");
}

static void restore(const void *image)
{
    if (vector.xsave)
        __asm__ volatile("xrstor64 (%0)" ::"r"(image), "a"(-1), "d"(-1) : "memory");
    else
        __asm__ volatile("fxrstor64 (%0)" ::"r"(image) : "memory");
}

/* As many of the processor's components as fit into the Thread's page. */
static void choose_components(void)
{
    uint64_t known = cpuid(0xd, 0).a;

    vector.components = known & (XCR0_X87 | XCR0_SSE | XCR0_AVX);
    for (unsigned i = 3; i <= COMPONENT_LAST; i++) {
        struct cpuid part = cpuid(0xd, i);
        bool supervisor = part.c & 1;

        if ((known >> i & 1) && !supervisor && part.b + part.a <= VECTOR_IMAGE_BYTES)
            vector.components |= 1ull << i;
    }
    __asm__ volatile("xsetbv" ::"c"(0), "a"((uint32_t)vector.components),
                     "d"((uint32_t)(vector.components >> 32)));
    vector.size = cpuid(0xd, 0).b;
    if (vector.size > VECTOR_IMAGE_BYTES)
        panic("the vector state (%lu bytes) does not fit into a Thread", vector.size);
}

/* All of Intel's: no bit says which of them do not leak. */
static bool is_leaky(void)
{
    struct cpuid vendor = cpuid(0, 0);

    return vendor.b == 0x756e6547 && vendor.d == 0x49656e69 && vendor.c == 0x6c65746e;
}

void vector_init(void)
{
    static uint8_t image[LEGACY_BYTES] __attribute__((aligned(16)));
    bool xsave = cpuid(1, 0).c & 1u << 26;

    write_cr0((read_cr0() | CR0_MONITOR | CR0_NUMERIC_ERROR) & ~(CR0_EMULATE | CR0_TASK_SWITCHED));
    write_cr4(read_cr4() | CR4_FXSR | CR4_SIMD_EXCEPTIONS | (xsave ? CR4_XSAVE : 0));
    __asm__ volatile("fninit");
    __asm__ volatile("fxsave64 %0" : "=m"(image));
    memcpy(&vector.mxcsr_mask, image + MXCSR_MASK_AT, sizeof(vector.mxcsr_mask));
    if (!vector.mxcsr_mask)
        vector.mxcsr_mask = 0xffbf; /* as processors without the field have it */
    vector.xsave = xsave;
    vector.size = LEGACY_BYTES;
    if (xsave)
        choose_components();
    write_cr0(read_cr0() | CR0_TASK_SWITCHED);
    arch_vector_init(clean_image);
    vector_leaky = is_leaky();
    if (vector_leaky)
        log_print("myelin: vector registers are put away at each entry: this processor may leak\n");
}

uint64_t arch_vector_size(void)
{
    return vector.size;
}

void arch_vector_init(void *image)
{
    uint16_t control = CONTROL_WORD_DEFAULT;
    uint32_t mxcsr = MXCSR_DEFAULT;

    memcpy((char *)image + CONTROL_WORD_AT, &control, sizeof(control));
    memcpy((char *)image + MXCSR_AT, &mxcsr, sizeof(mxcsr));
}

/* For the kernel itself; entry.S sets CR0.TS as the thread has it that it leaves to. */
static void allow_use(void)
{
    if (cpu_vector_off) {
        __asm__ volatile("clts");
        cpu_vector_off = 0;
    }
}

/* Whose registers they are: of everybody else a use of them traps. */
static void set_owner(struct thread *thread)
{
    struct cpu *cpu = cpu_self();

    if (cpu->vector_owner)
        cpu->vector_owner->context.vector_off = VECTOR_OFF;
    cpu->vector_owner = thread;
    if (thread)
        thread->context.vector_off = 0;
}

/* The thread used a vector register while they were not its own. */
void vector_fault(struct thread *thread)
{
    struct thread *owner = cpu_self()->vector_owner;

    allow_use();
    if (owner)
        save(owner->vector);
    restore(thread->vector);
    set_owner(thread);
}

void vector_clean(void)
{
    struct thread *owner = cpu_self()->vector_owner;

    if (!owner)
        return;
    allow_use();
    save(owner->vector);
    restore(clean_image);
    set_owner(NULL);
}

void arch_vector_sync(struct thread *thread)
{
    if (cpu_self()->vector_owner != thread)
        return;
    allow_use();
    save(thread->vector);
}

void arch_vector_release(struct thread *thread)
{
    if (cpu_self()->vector_owner == thread)
        set_owner(NULL);
}

bool arch_vector_check(const void *image)
{
    const char *bytes = image;
    uint64_t header[XSAVE_HEADER_BYTES / 8];
    uint32_t mxcsr;

    memcpy(&mxcsr, bytes + MXCSR_AT, sizeof(mxcsr));
    if (mxcsr & ~vector.mxcsr_mask)
        return false;
    if (!vector.xsave)
        return true;
    memcpy(header, bytes + XSAVE_HEADER_AT, sizeof(header));
    if (header[0] & ~vector.components)
        return false;
    for (unsigned i = 1; i < XSAVE_HEADER_BYTES / 8; i++)
        if (header[i]) /* compacted format, or bits that must be 0 */
            return false;
    return true;
}
