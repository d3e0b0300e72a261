/* crowd.c - makes threads that wait, and nothing else. */
#include <myelin/frame.h>
#include <myelin/idl/lean_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/schedcontext.h>
#include <myelin/startup.h>
#include <myelin/thread.h>
#include <myelin/vspace.h>

#include "bench.h"
#include "crowd.h"

#define FLAGS_INTERRUPTS 0x202
#define PAGE             4096

/* What they run: their registers are the call. */
extern const char crowd_code[];
__asm__(".pushsection .text\n"
        "crowd_code:\n\t"
        "syscall\n\t"
        "ud2\n"
        ".popsection");

error_t crowd_prepare(struct crowd *crowd)
{
    error_t error = frame_allocate(PAGE, &crowd->frame);

    if (!error)
        error = frame_attach(crowd->frame, CAP_RIGHTS_READ | CAP_RIGHTS_WRITE, &crowd->utcb);
    return error ? error : bench_make_time(1, &crowd->time);
}

static void fill(struct thread_registers *registers, const struct crowd_call *call)
{
    *registers = (struct thread_registers){
        .ip = (uint64_t)crowd_code,
        .flags = FLAGS_INTERRUPTS,
        .rax = TAG(OP_CALL, LEAN_LABEL_TURN, 1),
        .rdi = call->target,
        .rdx = call->number,
    };
    if (call->deadline == DEADLINE_FOREVER)
        return;
    registers->rax |= TAG_DEADLINE;
    registers->r10 = call->deadline;
}

error_t crowd_add(const struct crowd *crowd, const struct crowd_call *call)
{
    struct thread_registers registers;
    cap_t thread;
    error_t error = thread_create(startup_cap("memory"), "crowd", &thread);

    fill(&registers, call);
    if (!error)
        error = thread_configure(thread, startup_cap("cspace"), vspace_self(), crowd->frame,
                                 (uint64_t)crowd->utcb);
    if (!error)
        error = thread_write_registers(thread, &registers);
    if (!error)
        error = schedcontext_bind(crowd->time, thread, SCHEDCONTEXT_OWN);
    if (!error)
        error = thread_start(thread);
    return error ? error : schedcontext_unbind(crowd->time);
}
