/* irq_off.c - how long the kernel keeps interrupts waiting: /bin/irq-off measures, in a process
   with the memory and the priority that it needs. */
#include <myelin/idl/process_types.h>
#include <myelin/process.h>
#include <myelin/startup.h>

#include "bench.h"
#include "measure.h"

#define OBJECT_MEMORY (64ull << 20)
#define PRIORITY      25
#define WHOLE_TIME    10000000ull /* ns */

static error_t give_all(cap_t process)
{
    const struct process_settings settings = {.priority = PRIORITY,
                                              .budget = WHOLE_TIME,
                                              .period = WHOLE_TIME,
                                              .object_memory = OBJECT_MEMORY};
    error_t error = process_configure(process, &settings, startup_cap("cpu"));

    if (!error)
        error = process_give(process, "names", startup_cap("names"), CAP_COPY);
    return error ? error : process_give(process, "console", startup_cap("console"), CAP_COPY);
}

int bench_irq_off(void)
{
    char *arguments[] = {"irq-off", NULL};
    struct process_status status = {0};
    cap_t process;
    error_t error;

    error = process_prepare("/bin/irq-off", arguments, NULL, &process);
    if (!error)
        error = give_all(process);
    if (!error)
        error = process_start(process);
    if (!error)
        error = process_wait(process, &status);
    return bench_fail_error("irq_off", error) || status.exit_code;
}
