/* peers.c - starts this program again, in an address space of its own, to play a part. */
#include <myelin/cpu.h>
#include <myelin/endpoint.h>
#include <myelin/idl/cpu_types.h>
#include <myelin/idl/process_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/process.h>
#include <myelin/schedcontext.h>
#include <myelin/startup.h>

#include "bench.h"

#define PERIOD           100000000ull  /* ns, of the peers' time */
#define MEASURING_MEMORY (64ull << 20) /* bytes, for objects: 10,000 threads are 40 MiB */

/* As much time as the Cpu capability allows, `above` priorities above this program's own. */
static error_t settings_of(unsigned flags, unsigned above, struct process_settings *settings)
{
    struct schedcontext_info own;
    struct cpu_info cpu;
    error_t error = cpu_inspect(startup_cap("cpu"), &cpu);

    if (!error)
        error = schedcontext_get_info(startup_cap("time"), &own);
    if (error)
        return error;
    *settings = (struct process_settings){
        .flags = flags,
        .priority = own.priority + above,
        .budget = PERIOD / 1000 * cpu.share,
        .period = PERIOD,
    };
    return settings->priority > cpu.priority ? EPERM : SUCCESS;
}

error_t bench_make_time(unsigned above, cap_t *time)
{
    struct process_settings settings;
    error_t error = settings_of(0, above, &settings);

    if (!error)
        error = schedcontext_create("bench", time);
    if (!error)
        error = schedcontext_configure(*time, startup_cap("cpu"), settings.priority,
                                       settings.budget, settings.period);
    return error;
}

/* What it is given besides what every program has. */
static error_t give(const struct peer *peer, const struct peer_form *form)
{
    error_t error = process_give(peer->process, BENCH_ENDPOINT, peer->endpoint,
                                 CAP_DERIVE | CAP_RIGHTS_RECV | CAP_RIGHTS_GRANT);

    if (!error && form->notification)
        error = process_give(peer->process, BENCH_NOTIFICATION, form->notification, CAP_COPY);
    if (!error && form->other)
        error = process_give(peer->process, BENCH_OTHER, form->other, CAP_COPY);
    return error;
}

static error_t start(const struct peer *peer, const struct peer_form *form)
{
    struct process_settings time;
    error_t error = settings_of(form->passive ? PROCESS_PASSIVE : 0, form->above, &time);

    if (!error)
        error = give(peer, form);
    if (!error)
        error = process_configure(peer->process, &time, startup_cap("cpu"));
    return error ? error : process_start(peer->process);
}

/* An endpoint, and the badged capability by which this program calls its peer. */
static error_t make_endpoint(bool passive, struct peer *peer)
{
    unsigned kind = passive ? UNTYPED_ENDPOINT_CALL_ONLY : UNTYPED_ENDPOINT_OPEN;
    uint32_t rights = CAP_RIGHTS_CALL | CAP_RIGHTS_GRANT | (passive ? 0 : CAP_RIGHTS_SEND);
    error_t error = endpoint_create("bench", kind, &peer->endpoint);

    return error ? error : endpoint_mint_rights(peer->endpoint, BENCH_BADGE, rights, &peer->client);
}

error_t peer_start(const struct peer_form *form, struct peer *peer)
{
    char *arguments[] = {"bench", (char *)form->part, NULL};
    error_t error = make_endpoint(form->passive, peer);

    if (!error)
        error = process_prepare("/bin/bench", arguments, NULL, &peer->process);
    if (error)
        return error;
    error = start(peer, form);
    if (error)
        process_release(peer->process);
    return error;
}

void peer_end(struct peer *peer)
{
    process_release(peer->process);
    cap_delete(peer->endpoint);
}

/* ---- the program itself, with more memory than the shell gives ---- */

static error_t start_self(cap_t process)
{
    struct process_settings settings;
    error_t error = settings_of(0, 0, &settings);

    settings.object_memory = MEASURING_MEMORY;
    if (!error)
        error = process_give(process, "names", startup_cap("names"), CAP_COPY);
    if (!error)
        error = process_give(process, "console", startup_cap("console"), CAP_COPY);
    if (!error)
        error = process_configure(process, &settings, startup_cap("cpu"));
    return error ? error : process_start(process);
}

error_t bench_restart(char **arguments, int *exit_code)
{
    struct process_status status;
    cap_t process;
    error_t error = process_prepare("/bin/bench", arguments, NULL, &process);

    if (error)
        return error;
    error = start_self(process);
    if (!error)
        error = process_wait(process, &status);
    if (!error)
        *exit_code = (int)status.exit_code;
    process_release(process);
    return error;
}
