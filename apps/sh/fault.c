/*
 * fault.c - the sentence about a fault: what was tried, where, and what forbade it.
 */
#include "fault.h"

#include <stdio.h>

#include <myelin/idl/fault_types.h>
#include <myelin/idl/process_types.h>

#define PAGE           0x1000
#define NULL_PAGES_END PAGE
#define STACK_REACH    (64 * 1024) /* no function's locals are larger, as a rule */

/* What the processor's exceptions mean to a program. */
static const char *exception_text(uint32_t trap)
{
    switch (trap) {
    case 0:
        return "division by zero, or its result is too large";
    case 1:
        return "a debug trap";
    case 3:
        return "a breakpoint";
    case 4:
        return "an overflow trap";
    case 5:
        return "a bound was exceeded";
    case 6:
        return "an instruction that this processor does not know";
    case 12:
        return "a stack address that cannot exist";
    case 13:
        return "a forbidden instruction, or an address that cannot exist";
    case 16:
    case 19:
        return "a floating-point error";
    case 17:
        return "an address that is not aligned";
    default:
        return "an exception that this shell does not know";
    }
}

static const char *access_text(uint64_t access)
{
    if (access & FAULT_EXECUTE)
        return "jump to";
    return access & FAULT_WRITE ? "write to" : "read of";
}

/* A stack grows page by page; what lies just below it has no page. */
static int is_near_stack(const struct process_status *status)
{
    return status->address + STACK_REACH >= status->sp && status->address < status->sp + PAGE;
}

/* Why the memory at an address could not be used. */
static const char *page_text(const struct process_status *status)
{
    if (status->address < NULL_PAGES_END)
        return "no page there: a null pointer";
    if (status->address >= USER_ADDRESS_END)
        return "that memory is not the program's";
    if (status->reason == PROCESS_FAULT_NO_MEMORY)
        return "memory is used up";
    if (status->reason == PROCESS_FAULT_NO_PAGE && is_near_stack(status))
        return "the stack overflowed";
    if (status->reason == PROCESS_FAULT_NO_PAGE)
        return "no page there";
    if (status->detail & FAULT_EXECUTE)
        return "the page holds data, not instructions";
    return "the page may only be read";
}

void fault_text(const struct process_status *status, char *text)
{
    unsigned long long address = status->address, ip = status->ip;

    if (status->fault == FAULT_LABEL_PAGE)
        snprintf(text, FAULT_TEXT_BYTES, "%s 0x%llx at ip 0x%llx: %s", access_text(status->detail),
                 address, ip, page_text(status));
    else if (status->fault == FAULT_LABEL_FOREIGN)
        snprintf(text, FAULT_TEXT_BYTES, "system call %llu at ip 0x%llx: nobody answers it",
                 address, ip);
    else
        snprintf(text, FAULT_TEXT_BYTES, "at ip 0x%llx: %s", ip, exception_text(status->trap));
}
