/*
 * fault.c - the interface `fault`: the kernel calls when a thread of a process cannot go on.
 *
 * SUCCESS lets the thread go on. After anything else its process has ended, and the error reaches
 * nobody.
 */
#include <myelin/idl/fault_server.h>
#include <myelin/log.h>

#include "process.h"

_Static_assert(FAULT_READ == CAP_RIGHTS_READ && FAULT_WRITE == CAP_RIGHTS_WRITE &&
                   FAULT_EXECUTE == CAP_RIGHTS_EXECUTE,
               "an access needs the rights of the same bits");

static error_t end_by_fault(const struct idl_request *request, uint32_t label, const char *kind,
                            const struct fault_cause *cause, enum process_fault_reason reason)
{
    struct process *process = process_of_badge(request->badge);
    const struct process_status end = {
        .exit_code = EXIT_FAULTED,
        .fault = label,
        .reason = reason,
        .address = cause->address,
        .detail = cause->detail,
        .ip = cause->ip,
        .sp = cause->sp,
        .trap = cause->trap,
    };

    log_line("process: %s (pid %lu) ends by a fault: %s, address 0x%lx, ip 0x%lx, trap %lu%s",
             process->name, process->pid, kind, cause->address, cause->ip, cause->trap,
             reason == PROCESS_FAULT_NO_MEMORY ? ": there is no memory left" : "");
    process_finish(process, &end);
    return ESTALE;
}

/* Gives the thread the page that it wants, if it may have it; else *reason says why not. */
static bool serve_page(struct process *process, const struct fault_cause *cause,
                       enum process_fault_reason *reason)
{
    const struct region *region = region_find(&process->regions, cause->address);

    *reason = PROCESS_FAULT_NO_PAGE;
    if (!region || !region->rights)
        return false;
    *reason = PROCESS_FAULT_FORBIDDEN;
    if ((cause->detail & region->rights) != cause->detail)
        return false;
    *reason = PROCESS_FAULT_NO_MEMORY;
    /* A page that is there although it was forbidden: another thread has changed that meanwhile. */
    return cause->present ||
           page_in(process, region, cause->address & ~(PAGE_BYTES - 1)) == SUCCESS;
}

static const char *access_name(uint64_t access)
{
    return access == FAULT_WRITE ? "write" : access == FAULT_EXECUTE ? "execute" : "read";
}

error_t fault_handle_page(struct idl_request *request, const struct fault_cause *cause,
                          const struct thread_registers *registers)
{
    enum process_fault_reason reason;

    (void)registers;
    if (serve_page(process_of_badge(request->badge), cause, &reason))
        return SUCCESS;
    return end_by_fault(request, FAULT_LABEL_PAGE, access_name(cause->detail), cause, reason);
}

error_t fault_handle_exception(struct idl_request *request, const struct fault_cause *cause,
                               const struct thread_registers *registers)
{
    (void)registers;
    return end_by_fault(request, FAULT_LABEL_EXCEPTION, "exception", cause, PROCESS_FAULT_NO_PAGE);
}

error_t fault_handle_foreign(struct idl_request *request, const struct fault_cause *cause,
                             const struct thread_registers *registers)
{
    (void)registers;
    return end_by_fault(request, FAULT_LABEL_FOREIGN, "unknown system call", cause,
                        PROCESS_FAULT_NO_PAGE);
}
