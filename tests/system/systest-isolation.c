/*
 * systest-isolation.c - what a program cannot do: touch the kernel's or another's memory, or use
 * the instructions that are the kernel's alone.
 */
#include "lib/systest.h"
#include <myelin/idl/fault_types.h>
#include <myelin/idl/thread_types.h>

#define KERNEL_TEXT     0xffffffff80100000ull
#define ALL_MEMORY      0xffff800000000000ull /* the kernel's view of the machine's memory */
#define KERNEL_WINDOWS  0xffffc00000000000ull /* capability spaces */
#define LAST_PAGE       USER_ADDRESS_END
#define NO_ADDRESS      0x8000000000000000ull /* not canonical */
#define TRAP_PROTECTION 13
#define TRAP_UNDEFINED  6
#define FLAG_IF         0x200ull
#define FLAGS_IOPL      0x3000ull

static struct fault_seen seen;
static struct island island;
static volatile uint64_t sink;

static void read_at(void *address)
{
    sink = *(volatile uint64_t *)address;
}

static void write_at(void *address)
{
    *(volatile uint64_t *)address = 1;
}

static void jump_to(void *address)
{
    ((void (*)(void))address)();
}

/* Does the access fault, as a page fault at just that address? */
static bool is_stopped(void (*access)(void *), uint64_t address)
{
    return catch_fault(access, (void *)address, &seen) == SUCCESS &&
           seen.label == FAULT_LABEL_PAGE && seen.address == address;
}

/* ---- the kernel's memory ---- */

TEST(KERNEL_TEXT_READ, "the kernel's text cannot be read")
{
    CHECK(is_stopped(read_at, KERNEL_TEXT));
}

TEST(KERNEL_TEXT_WRITE, "the kernel's text cannot be written")
{
    CHECK(is_stopped(write_at, KERNEL_TEXT));
}

TEST(KERNEL_TEXT_EXECUTE, "the kernel's text cannot be executed")
{
    CHECK(is_stopped(jump_to, KERNEL_TEXT));
}

TEST(KERNEL_MEMORY_READ, "the kernel's view of the machine's memory cannot be read")
{
    CHECK(is_stopped(read_at, ALL_MEMORY + 0x100000));
}

TEST(KERNEL_MEMORY_WRITE, "the kernel's view of the machine's memory cannot be written")
{
    CHECK(is_stopped(write_at, ALL_MEMORY + 0x100000));
}

TEST(KERNEL_MEMORY_EXECUTE, "the kernel's view of the machine's memory cannot be executed")
{
    CHECK(is_stopped(jump_to, ALL_MEMORY + 0x100000));
}

TEST(KERNEL_SLOTS_READ, "the capability spaces' slots cannot be read")
{
    CHECK(is_stopped(read_at, KERNEL_WINDOWS));
}

TEST(KERNEL_SLOTS_WRITE, "the capability spaces' slots cannot be written")
{
    CHECK(is_stopped(write_at, KERNEL_WINDOWS));
}

TEST(LAST_PAGE_READ, "the last page of the lower half is not there")
{
    CHECK(is_stopped(read_at, LAST_PAGE));
}

CODE(code_syscall, "syscall");

/* A `syscall` whose return address would not be canonical: the reason for that rule (SYSRET). */
TEST(LAST_PAGE_MAP, "the last page of the lower half can never be mapped")
{
    CHECK_GOOD(island_make(&island, code_syscall, code_syscall_end));
    CHECK_REFUSED(frame_map(island.vspace, make_frame(), LAST_PAGE, CAP_RIGHTS_READ), EINVAL,
                  ARGUMENT_WORD(0));
}

TEST(NO_ADDRESS_READ, "an address that does not exist is a protection fault, told without it")
{
    CHECK_GOOD(catch_fault(read_at, (void *)NO_ADDRESS, &seen));
    CHECK_IS(seen.label, FAULT_LABEL_EXCEPTION);
    CHECK_IS(seen.trap, TRAP_PROTECTION);
}

TEST(NO_ADDRESS_EXECUTE, "a jump to an address that does not exist harms only its thread")
{
    CHECK_GOOD(catch_fault(jump_to, (void *)NO_ADDRESS, &seen));
    CHECK_IS(seen.label, FAULT_LABEL_EXCEPTION);
    CHECK_IS(seen.trap, TRAP_PROTECTION);
}

/* ---- other programs' memory ---- */

CODE(code_read, "movq (%rdi), %rax; ud2");
CODE(code_write, "movq %rdi, (%rdi); ud2");
CODE(code_jump, "jmp *%rdi");

static bool island_is_stopped(const char *code, const char *code_end, const volatile void *address)
{
    struct thread_registers registers = {.rdi = (uint64_t)address};

    return island_make(&island, code, code_end) == SUCCESS &&
           island_start(&island, registers) == SUCCESS && island_fault(&island, &seen) == SUCCESS &&
           seen.label == FAULT_LABEL_PAGE && seen.address == (uint64_t)address;
}

TEST(OTHER_READ, "a program's memory cannot be read from another address space")
{
    CHECK(island_is_stopped(code_read, code_read_end, &sink));
}

TEST(OTHER_WRITE, "a program's memory cannot be written from another address space")
{
    sink = 0x5ecce7;
    CHECK(island_is_stopped(code_write, code_write_end, &sink));
    CHECK_IS(sink, 0x5ecce7);
}

TEST(OTHER_EXECUTE, "a program's text cannot be executed from another address space")
{
    CHECK(island_is_stopped(code_jump, code_jump_end, (void *)(uintptr_t)read_at));
}

TEST(OTHER_BACK, "nor can this program read what that one has mapped")
{
    CHECK_GOOD(island_make(&island, code_read, code_read_end));
    CHECK(is_stopped(read_at, ISLAND_DATA));
}

TEST(OTHER_UTCB, "another thread's UTCB in another space cannot be read")
{
    CHECK_GOOD(island_make(&island, code_read, code_read_end));
    CHECK(is_stopped(read_at, ISLAND_UTCB));
}

/* ---- the program's own ---- */

TEST(OWN_NULL, "nothing is at address 0")
{
    CHECK(is_stopped(read_at, 0));
}

TEST(OWN_TEXT_WRITE, "a program's text cannot be written")
{
    CHECK(is_stopped(write_at, (uint64_t)read_at & ~7ull));
    CHECK_IS(seen.present, 1);
}

static const uint64_t constant = 0xc3;

TEST(OWN_CONSTANT_WRITE, "a program's constants cannot be written")
{
    CHECK(is_stopped(write_at, (uint64_t)&constant));
}

TEST(OWN_CONSTANT_EXECUTE, "a program's constants cannot be executed")
{
    CHECK(is_stopped(jump_to, (uint64_t)&constant));
}

TEST(OWN_DATA_EXECUTE, "a program's data cannot be executed")
{
    static uint64_t data = 0xc3;

    CHECK(is_stopped(jump_to, (uint64_t)&data));
}

TEST(OWN_STACK_EXECUTE, "a program's stack cannot be executed")
{
    volatile uint64_t code = 0xc3;

    CHECK(is_stopped(jump_to, (uint64_t)&code));
}

/* ---- instructions ---- */

/* A function of that one instruction, and the test that it is the kernel's alone. */
#define FORBIDDEN(name, text, sentence, number)                         \
    static void execute_##name(void *unused)                            \
    {                                                                   \
        (void)unused;                                                   \
        __asm__ volatile(text ::: "memory", "cc", "rax", "rcx", "rdx"); \
    }                                                                   \
    TEST(name, sentence)                                                \
    {                                                                   \
        CHECK_GOOD(catch_fault(execute_##name, NULL, &seen));           \
        CHECK_IS(seen.label, FAULT_LABEL_EXCEPTION);                    \
        CHECK_IS(seen.trap, number);                                    \
    }

FORBIDDEN(FORBIDDEN_CLI, "cli", "cli is forbidden", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_STI, "sti", "sti is forbidden", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_HLT, "hlt", "hlt is forbidden", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_IN, "inb $0x64, %%al", "in is forbidden", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_OUT, "outb %%al, $0x80", "out is forbidden", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_IN_SERIAL, "movw $0x3f8, %%dx\n\tinb %%dx, %%al",
          "a driver's ports are not open to others", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_READ_CR0, "movq %%cr0, %%rax", "CR0 cannot be read", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_WRITE_CR0, "movq %%rax, %%cr0", "CR0 cannot be written", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_READ_CR2, "movq %%cr2, %%rax", "CR2, the last fault's address, cannot be read",
          TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_READ_CR3, "movq %%cr3, %%rax", "CR3 cannot be read", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_WRITE_CR3, "movq %%rax, %%cr3", "CR3 cannot be written", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_WRITE_CR4, "movq %%rax, %%cr4", "CR4 cannot be written", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_WRITE_CR8, "movq %%rax, %%cr8", "CR8 cannot be written", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_READ_DR0, "movq %%dr0, %%rax", "debug registers cannot be read",
          TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_WRITE_DR7, "movq %%rax, %%dr7", "debug registers cannot be written",
          TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_RDMSR, "movl $0xc0000080, %%ecx\n\trdmsr", "rdmsr is forbidden",
          TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_WRMSR, "movl $0xc0000082, %%ecx\n\twrmsr", "wrmsr is forbidden",
          TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_RDPMC, "xorl %%ecx, %%ecx\n\trdpmc", "performance counters cannot be read",
          TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_LGDT, "lgdt (%%rsp)", "lgdt is forbidden", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_LIDT, "lidt (%%rsp)", "lidt is forbidden", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_LLDT, "xorl %%eax, %%eax\n\tlldt %%ax", "lldt is forbidden", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_LTR, "movw $0x28, %%ax\n\tltr %%ax", "ltr is forbidden", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_LMSW, "lmsw %%ax", "lmsw is forbidden", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_CLTS, "clts", "clts is forbidden", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_SGDT, "sgdt -16(%%rsp)", "sgdt, which tells kernel addresses, is forbidden",
          TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_SIDT, "sidt -16(%%rsp)", "sidt, which tells kernel addresses, is forbidden",
          TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_SLDT, "sldt %%eax", "sldt is forbidden", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_STR, "str %%eax", "str is forbidden", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_SMSW, "smsw %%eax", "smsw is forbidden", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_INVLPG, "invlpg (%%rsp)", "invlpg is forbidden", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_INVD, "invd", "invd is forbidden", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_WBINVD, "wbinvd", "wbinvd is forbidden", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_SWAPGS, "swapgs", "swapgs is forbidden", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_SYSRET, "sysretq", "sysret is forbidden", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_XSETBV, "xorl %%ecx, %%ecx\n\txsetbv", "xsetbv is forbidden", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_STAC, "stac", "stac, which would open memory to the kernel, is forbidden",
          TRAP_UNDEFINED)
FORBIDDEN(FORBIDDEN_INT_SYSTEM, "int $0x80", "int 0x80 leads nowhere", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_INT_TIMER, "int $0x20", "an interrupt cannot be feigned", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_INT_PAGE, "int $14", "a page fault cannot be feigned", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_INT_NMI, "int $2", "an NMI cannot be feigned", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_INT_DOUBLE, "int $8", "a double fault cannot be feigned", TRAP_PROTECTION)
FORBIDDEN(FORBIDDEN_KERNEL_STACK_SEGMENT, "movw $0x10, %%ax\n\tmovw %%ax, %%ss",
          "the kernel's stack segment cannot be loaded", TRAP_PROTECTION)
/*
 * The emulator reads the stack of a far return or iret as the kernel would, which SMAP forbids:
 * there it is a page fault on the stack. On a processor it is the selector's protection fault.
 */
static bool is_return_stopped(void (*run)(void *))
{
    if (catch_fault(run, NULL, &seen))
        return false;
    return (seen.label == FAULT_LABEL_EXCEPTION && seen.trap == TRAP_PROTECTION) ||
           (seen.label == FAULT_LABEL_PAGE && seen.address - seen.sp < 64);
}

static void return_far_to_kernel(void *unused)
{
    (void)unused;
    __asm__ volatile("pushq $0x08\n\tleaq 1f(%%rip), %%rax\n\tpushq %%rax\n\tlretq\n1:" ::
                         : "rax", "memory");
}

TEST(FORBIDDEN_KERNEL_CODE_SEGMENT, "a far return into the kernel's code segment is forbidden")
{
    CHECK(is_return_stopped(return_far_to_kernel));
}

static void return_to_kernel(void *unused)
{
    (void)unused;
    __asm__ volatile("movq %%rsp, %%rax\n\tpushq $0x10\n\tpushq %%rax\n\tpushq $0x202\n\t"
                     "pushq $0x08\n\tleaq 1f(%%rip), %%rax\n\tpushq %%rax\n\tiretq\n1:" ::
                         : "rax", "memory");
}

TEST(FORBIDDEN_IRET_KERNEL, "iret into the kernel's privilege is forbidden")
{
    CHECK(is_return_stopped(return_to_kernel));
}

static uint64_t flags_after_popf(uint64_t set, uint64_t clear)
{
    uint64_t flags;

    __asm__ volatile("pushfq\n\torq %1, (%%rsp)\n\tandq %2, (%%rsp)\n\tpopfq\n\tpushfq\n\tpopq %0"
                     : "=r"(flags)
                     : "r"(set), "r"(~clear)
                     : "memory", "cc");
    return flags;
}

TEST(POPF_INTERRUPTS, "popf cannot switch interrupts off")
{
    CHECK_IS(flags_after_popf(0, FLAG_IF) & FLAG_IF, FLAG_IF);
}

TEST(POPF_IOPL, "popf cannot give the right to use ports")
{
    CHECK_IS(flags_after_popf(FLAGS_IOPL, 0) & FLAGS_IOPL, 0);
}

SUITE
