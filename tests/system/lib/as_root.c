/* as_root.c - a suite as the root task: what root alone has can be tested by root alone. */
#include <stdio.h>
#include <sys/auxv.h>

#include <myelin/boot.h>
#include <myelin/ioport.h>
#include <myelin/trace.h>

#include "systest.h"

#define PM_CONTROL   0x604 /* QEMU's pc machine */
#define PM_POWER_OFF 0x2000

static void say_to_log(const char *line)
{
    trace_write(startup_cap("trace"), line, strlen(line));
}

/* The largest piece of memory. */
static cap_t largest_untyped(void)
{
    const struct boot_info *info = (const struct boot_info *)getauxval(AT_MYELIN_BOOT);
    const struct boot_untyped *largest = &info->untyped[0];

    for (uint64_t i = 0; i < info->untyped_count; i++)
        if (!info->untyped[i].device && info->untyped[i].size_bits > largest->size_bits)
            largest = &info->untyped[i];
    return largest->cap;
}

_Noreturn void systest_main_as_root(void)
{
    char line[64];
    cap_t memory = largest_untyped();
    int status;

    untyped_set_memory(memory);
    status = systest_run(memory, NULL, say_to_log);
    snprintf(line, sizeof(line), "myelin: exit status %d\n", status);
    say_to_log(line);
    ioport_out(startup_cap("ioport"), PM_CONTROL, 2, PM_POWER_OFF);
    for (;;)
        continue;
}
