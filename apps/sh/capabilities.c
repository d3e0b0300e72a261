/*
 * capabilities.c - caps and free: what processes hold, and how much is left.
 */
#include <stdio.h>
#include <string.h>

#include <myelin/cap.h>
#include <myelin/idl/process_types.h>
#include <myelin/process.h>

#include "shell.h"

#define RIGHTS_TEXT_BYTES 96

static const char *const type_names[OBJECT_TYPES] = {
    [OBJECT_UNTYPED] = "Untyped",
    [OBJECT_CSPACE] = "CSpace",
    [OBJECT_VSPACE] = "VSpace",
    [OBJECT_FRAME] = "Frame",
    [OBJECT_THREAD] = "Thread",
    [OBJECT_SCHEDCONTEXT] = "SchedContext",
    [OBJECT_CPU] = "Cpu",
    [OBJECT_ENDPOINT] = "Endpoint",
    [OBJECT_NOTIFICATION] = "Notification",
    [OBJECT_CHANNEL] = "Channel",
    [OBJECT_WAITSET] = "WaitSet",
    [OBJECT_REPLY] = "Reply",
    [OBJECT_MEMORYGRANT] = "MemoryGrant",
    [OBJECT_IRQ] = "Irq",
    [OBJECT_IRQCONTROL] = "IrqControl",
    [OBJECT_IOPORT] = "IoPort",
    [OBJECT_TRACE] = "Trace",
    [OBJECT_IOSPACE] = "IoSpace",
};

static const struct {
    uint32_t right;
    const char *word;
} right_words[] = {
    {CAP_RIGHTS_READ, "read"},     {CAP_RIGHTS_WRITE, "write"}, {CAP_RIGHTS_EXECUTE, "execute"},
    {CAP_RIGHTS_SEND, "send"},     {CAP_RIGHTS_CALL, "call"},   {CAP_RIGHTS_POST, "post"},
    {CAP_RIGHTS_RECV, "recv"},     {CAP_RIGHTS_GRANT, "grant"}, {CAP_RIGHTS_DMA, "dma"},
    {CAP_RIGHTS_MANAGE, "manage"}, {CAP_RIGHTS_USE, "use"},
};

static const char *type_name(uint32_t type)
{
    return type < OBJECT_TYPES && type_names[type] ? type_names[type] : "?";
}

/* "call grant", "all", or "none". */
static void rights_text(uint32_t rights, char *text)
{
    size_t length = 0;

    if (rights == CAP_RIGHTS_ALL || rights == 0) {
        strcpy(text, rights ? "all" : "none");
        return;
    }
    for (size_t i = 0; i < sizeof(right_words) / sizeof(right_words[0]); i++)
        if (rights & right_words[i].right)
            length += (size_t)snprintf(text + length, RIGHTS_TEXT_BYTES - length, "%s%s",
                                       length ? " " : "", right_words[i].word);
}

static void print_cap(const struct cap_info *info)
{
    char rights[RIGHTS_TEXT_BYTES];

    rights_text(info->rights, rights);
    printf("%#18llx %-12s %-16s %#8llx %s%s\n", (unsigned long long)info->cap,
           type_name(info->type), info->name[0] ? info->name : "-", (unsigned long long)info->badge,
           rights, info->owner ? ", owner" : "");
}

/* Slot `index` or the first used after it: of process `pid`, or of the shell itself. */
static error_t inspect(uint64_t pid, uint64_t index, struct cap_info *info)
{
    return pid ? process_capability(pid, index, info) : cap_inspect(CAP_NULL, index, info);
}

int builtin_caps(struct shell *shell, int count, char **words)
{
    struct cap_info info;
    uint64_t pid = 0, index = 0;
    error_t error;

    (void)shell;
    if (count == 2 && !(pid = process_of_word("caps", words[1])))
        return 1;
    printf("%18s %-12s %-16s %8s %s\n", "HANDLE", "TYPE", "NAME", "BADGE", "RIGHTS");
    while ((error = inspect(pid, index, &info)) == SUCCESS) {
        print_cap(&info);
        index = (info.cap & CAP_INDEX_MASK) + 1;
    }
    return error == ENOENT ? 0 : shell_complain("caps", count == 2 ? words[1] : "sh", error);
}

int builtin_free(struct shell *shell, int count, char **words)
{
    struct processes_memory memory;
    uint64_t slots, used;
    error_t error = process_memory(&memory);

    (void)shell, (void)count, (void)words;
    if (!error)
        error = cspace_statistics(cspace_self(), &slots, &used);
    if (error)
        return shell_complain("free", "memory", error);
    printf("memory     %llu of %llu bytes free\n", (unsigned long long)memory.free,
           (unsigned long long)memory.total);
    printf("processes  %llu\n", (unsigned long long)memory.processes);
    printf("slots      %llu used by the process server, %llu of %llu by this shell\n",
           (unsigned long long)memory.slots, (unsigned long long)used, (unsigned long long)slots);
    return 0;
}
