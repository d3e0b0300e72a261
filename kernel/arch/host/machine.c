/*
 * machine.c - the rest of the simulated machine: time, interrupts, ports, address spaces, vector
 * registers, the debug port. It records what the kernel asks for and answers what tests set.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ipc/ipc.h>
#include <task/task.h>

#include "host.h"

#define CONTROL_WORD_AT   0
#define MXCSR_AT          24
#define XSAVE_HEADER_AT   512
#define XSAVE_HEADER_ENDS 576
#define COMPONENTS        3ull /* x87 and SSE */

struct host host;

uint64_t arch_now(void)
{
    return host.now;
}

void arch_timer_set(uint64_t when)
{
    host.timer = when;
    host.timer_writes++;
}

void arch_clock_parameters(uint64_t *base, uint64_t *multiplier)
{
    *base = HOST_CLOCK_BASE;
    *multiplier = HOST_CLOCK_PER_TICK;
}

/* The kernel's half is not simulated: all of the table is the user's. */
void arch_space_init(uint64_t *top_table)
{
    for (unsigned i = 0; i < PAGE_TABLE_ENTRIES; i++)
        kernel_assert(!top_table[i]);
}

uint64_t arch_space_word(uint64_t top_table_physical, unsigned space_id)
{
    return cr3_value(top_table_physical ? top_table_physical : HOST_KERNEL_SPACE, space_id,
                     host.pcid);
}

void arch_tlb_invalidate(struct vspace *vspace, uint64_t address, uint64_t bytes, uint64_t cpu_mask)
{
    host.invalidated.vspace = vspace;
    host.invalidated.address = address;
    host.invalidated.bytes = bytes;
    host.invalidated.cpus = cpu_mask;
    host.invalidations++;
}

bool arch_preemption_pending(void)
{
    host.questions++;
    return host.pending || (host.pending_every && host.questions % host.pending_every == 0);
}

uint64_t arch_measure(bool on)
{
    uint64_t longest = host.longest;

    host.measuring = on;
    host.longest = 0;
    return longest;
}

void arch_count(bool on)
{
    host.counting = on;
}

void arch_irq_mask(unsigned line)
{
    kernel_assert(line < IRQ_LINES);
    host.unmasked &= ~(1u << line);
}

void arch_irq_unmask(unsigned line)
{
    kernel_assert(line < IRQ_LINES);
    host.unmasked |= 1u << line;
}

uint32_t arch_port_in(uint16_t port, unsigned width)
{
    host.port.port = port;
    host.port.width = width;
    host.port_reads++;
    return host.port.value;
}

void arch_port_out(uint16_t port, unsigned width, uint32_t value)
{
    host.port.port = port;
    host.port.width = width;
    host.port.value = value;
    host.port_writes++;
}

/* What the machine saves on the way to the kernel's stack. */
static struct thread *save_caller(uint64_t ip, uint64_t tag)
{
    struct thread *self = cpu_self()->thread;

    arch_fast_save(&self->context, ip);
    self->context.tag = tag;
    return self;
}

/* The rest, too, as on the slow way. */
static struct thread *save_all(FAST_PARAMETERS)
{
    struct thread *self = save_caller(ip, tag);
    const uint64_t words[] = {word0, word1, word2, word3, word4, word5, word6};

    memcpy(self->context.words, words, sizeof(words));
    self->context.handle = handle;
    self->context.token = token;
    return self;
}

void arch_enter_slow(FAST_PARAMETERS)
{
    host.general_entries++;
    save_all(FAST_ARGUMENTS(handle, token, thread, tag));
    kernel_system_call(cpu_self());
}

void arch_enter_general(FAST_PARAMETERS)
{
    arch_enter_slow(FAST_ARGUMENTS(handle, token, thread, tag));
}

void arch_enter_buffer(FAST_PARAMETERS)
{
    thread = save_all(FAST_ARGUMENTS(handle, token, thread, tag));
    buffer_door(FAST_ARGUMENTS(handle, token, thread, tag));
}

#define ENTER(name, door)                                 \
    void arch_enter_##name(FAST_PARAMETERS)               \
    {                                                     \
        thread = save_caller(ip, tag);                    \
        door(FAST_ARGUMENTS(handle, token, thread, tag)); \
    }
ENTER(broad_call, broad_call)
ENTER(broad_reply_receive, broad_reply_receive)
ENTER(object_call, object_door)
ENTER(lease_call, lease_door)
#undef ENTER

void arch_answer(struct thread *self, uint64_t tag, uint64_t word)
{
    thread_clear_message(self);
    self->context.tag = tag;
    self->context.words[0] = word;
}

void arch_leave_fast(uint64_t word3, uint64_t word4, uint64_t word5, uint64_t word6, cap_t handle,
                     uint64_t token, uint64_t word0, uint64_t ip, uint64_t word1, uint64_t word2,
                     struct thread *thread, uint64_t tag)
{
    struct context *context = &thread->context;
    const uint64_t words[] = {word0, word1, word2, word3, word4, word5, word6};

    (void)ip;
    memcpy(context->words, words, sizeof(words));
    context->handle = handle;
    context->token = token;
    context->tag = tag;
    context->status = context->notified = 0;
}

void arch_return_message(FAST_PARAMETERS)
{
    arch_fast_save(&thread->context, ip);
    arch_leave_fast(FAST_ARGUMENTS(handle, token, thread, tag));
}

void arch_return_fast(struct thread *self, uint64_t ip, error_t error, uint64_t expected,
                      uint64_t found)
{
    struct failure failure = {error, ARGUMENT_HANDLE, expected, found};

    arch_fast_save(&self->context, ip);
    thread_set_failure(self, &failure);
}

/* A test can make a thread run though more urgent time is ready, which on the machine cannot be:
   the fast path does not look for it. */
static bool runs_out_of_turn(const struct cpu *cpu)
{
    return !queue_empty(&cpu->ready) && cpu->ready.first->priority > cpu->time->priority;
}

host_door *host_door_of(uint32_t tag)
{
    uint32_t called = tag - FAST_TAG_CALL, replied = (tag - FAST_TAG_REPLY_RECV) & ~FAST_ACCEPT;

    if (called <= FAST_WORDS)
        return fast_call;
    if (replied <= FAST_WORDS)
        return fast_reply_receive;
    if (tag == FAST_TAG_NOTIFY)
        return fast_notify;
    if (tag == FAST_TAG_RECV)
        return fast_await;
    if (called <= MESSAGE_WORDS_MAX)
        return fast_call_long;
    if (replied <= MESSAGE_WORDS_MAX)
        return fast_reply_receive_long;
    if (tag - FAST_TAG_SEND <= FAST_WORDS)
        return fast_send;
    if (!(called & ~OBJECT_CALL_PARTS))
        return arch_enter_object_call;
    if (tag >> TAG_OPERATION_SHIFT == FAST_TAG_CALL >> TAG_OPERATION_SHIFT)
        return arch_enter_broad_call;
    return tag & TAG_BUFFER ? arch_enter_buffer : arch_enter_slow;
}

/* On the machine they are in registers when a system call begins, and nowhere else. (What no call
   says anything about stays: entry.S does not save it for calls on kernel objects.) */
static void forget_registers(struct context *context)
{
    memset(context->words, 0xa5, sizeof(context->words));
    context->handle = context->ip = context->tag = UINT64_MAX;
}

void host_system_call(void)
{
    struct context *context = &cpu_self()->thread->context;
    const struct context c = *context;
    const uint64_t *w = c.words;

    if (host.counting)
        count_system_call();
    if (runs_out_of_turn(cpu_self())) {
        kernel_system_call(cpu_self());
        return;
    }
    forget_registers(context);
    host_door_of((uint32_t)c.tag)(w[3], w[4], w[5], w[6], c.handle, c.token, w[0], c.ip, w[1], w[2],
                                  NULL, c.tag);
}

void arch_enter_fault(struct thread *thread)
{
    host.general_entries++;
    kernel_fault(cpu_self(), &thread->fault);
}

void host_fault(const struct fault *fault)
{
    struct thread *self = cpu_self()->thread;

    self->fault = *fault;
    self->context.full = 1;
    if (fault->label != FAULT_LABEL_PAGE || runs_out_of_turn(cpu_self()))
        arch_enter_fault(self);
    else
        fault_door(self);
}

uint64_t arch_vector_size(void)
{
    return HOST_VECTOR_BYTES;
}

void arch_vector_init(void *image)
{
    uint16_t control = 0x37f;
    uint32_t mxcsr = 0x1f80;

    memcpy((char *)image + CONTROL_WORD_AT, &control, sizeof(control));
    memcpy((char *)image + MXCSR_AT, &mxcsr, sizeof(mxcsr));
}

void arch_vector_sync(struct thread *thread)
{
    if (cpu_self()->vector_owner == thread)
        memcpy(thread->vector, host.vector_registers, HOST_VECTOR_BYTES);
}

void arch_vector_release(struct thread *thread)
{
    if (cpu_self()->vector_owner == thread)
        cpu_self()->vector_owner = NULL;
}

bool arch_vector_check(const void *image)
{
    const uint8_t *bytes = image;
    uint64_t components;
    uint32_t mxcsr;

    memcpy(&mxcsr, bytes + MXCSR_AT, sizeof(mxcsr));
    memcpy(&components, bytes + XSAVE_HEADER_AT, sizeof(components));
    if ((mxcsr & ~HOST_MXCSR_MASK) || (components & ~COMPONENTS))
        return false;
    for (unsigned i = XSAVE_HEADER_AT + sizeof(components); i < XSAVE_HEADER_ENDS; i++)
        if (bytes[i])
            return false;
    return true;
}

void arch_log_byte(char byte)
{
    if (host.log_length < sizeof(host.log))
        host.log[host.log_length++] = byte;
}

/* cmocka turns the abort into a failure of the test that runs. */
_Noreturn void panic(const char *format, ...)
{
    va_list arguments;

    fputs("panic: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}
