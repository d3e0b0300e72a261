/* irq_off.c - how long the kernel keeps interrupts waiting: /bin/irq-off measures. */
#include <myelin/process.h>
#include <myelin/startup.h>

#include "bench.h"
#include "measure.h"

static error_t run(struct process_status *status)
{
    static const char *const given[] = {"names", "console", "cpu"};
    char *arguments[] = {"irq-off", NULL};
    cap_t process;
    error_t error = process_prepare("/bin/irq-off", arguments, NULL, &process);

    for (unsigned i = 0; i < sizeof(given) / sizeof(given[0]) && !error; i++)
        error = process_give(process, given[i], startup_cap(given[i]), CAP_COPY);
    if (!error)
        error = process_start(process);
    return error ? error : process_wait(process, status);
}

int bench_irq_off(void)
{
    struct process_status status = {0};

    return bench_fail_error("irq_off", run(&status)) || status.exit_code;
}
