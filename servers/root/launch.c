/*
 * launch.c - has `process` start a program of the manifest, with just what the manifest says.
 */
#include <string.h>

#include <myelin/cap.h>
#include <myelin/cpu.h>
#include <myelin/endpoint.h>
#include <myelin/idl/process_types.h>
#include <myelin/irq.h>
#include <myelin/log.h>
#include <myelin/notification.h>
#include <myelin/process.h>
#include <myelin/service.h>
#include <myelin/startup.h>

#include "root.h"

#define COMMAND_WORD "cmd="

static error_t load(const struct manifest_program *program, cap_t process)
{
    struct archive_entry file;
    error_t error = archive_find(program->file, &file);

    return error ? error : process_load_image(process, file.bytes, file.size);
}

/* What follows cmd= on the kernel's command line, or NULL. */
static const char *boot_command(void)
{
    const char *command = strstr(root.boot->command_line, COMMAND_WORD);

    return command ? command + strlen(COMMAND_WORD) : NULL;
}

static error_t pass_command(cap_t process)
{
    const char *command = boot_command();
    error_t error = SUCCESS;

    if (command)
        error = process_argument(process, PROCESS_ARGUMENT_ARGV, "-c");
    if (command && !error)
        error = process_argument(process, PROCESS_ARGUMENT_ARGV, command);
    return error;
}

static error_t pass_arguments(const struct manifest_program *program, cap_t process)
{
    const char *argument = program->arguments;
    error_t error = process_argument(process, PROCESS_ARGUMENT_ARGV, program->name);

    for (unsigned i = 0; i < program->argument_count && !error; i++) {
        error = process_argument(process, PROCESS_ARGUMENT_ARGV, argument);
        argument += strlen(argument) + 1;
    }
    return error || !program->command_line ? error : pass_command(process);
}

/* Gives a capability that was made for it; root keeps none. */
static error_t hand_over(cap_t process, const char *name, cap_t cap)
{
    error_t error = process_give(process, name, cap, CAP_MOVE);

    if (error)
        cap_delete(cap);
    return error;
}

static error_t give_device(const struct manifest_device *device, cap_t process)
{
    cap_t cap;
    error_t error;

    if (device->kind == MANIFEST_IRQ)
        error = irqcontrol_issue(startup_cap("irqcontrol"), device->first, device->count, &cap);
    else
        error = cap_derive_range(startup_cap("ioport"), CAP_RIGHTS_READ | CAP_RIGHTS_WRITE,
                                 device->first, device->count, &cap);
    return error ? error : hand_over(process, device->name, cap);
}

static error_t give_session(const struct manifest_session *session, cap_t process)
{
    cap_t cap;
    error_t error = service_connect(session->service, &cap);

    return error ? error : hand_over(process, session->name, cap);
}

static bool is_names(const struct manifest_program *program)
{
    return strcmp(program->name, "names") == 0;
}

/* Everybody's way to names; names itself gets the endpoint that this leads to. */
static error_t give_names(const struct manifest_program *program, cap_t process)
{
    cap_t names;
    error_t error;

    if (is_names(program))
        return process_give(process, "service", root.names_endpoint, CAP_DERIVE | SERVICE_RIGHTS);
    error = endpoint_mint(root.names_endpoint, services_badge(program), &names);
    return error ? error : hand_over(process, "names", names);
}

static error_t give_cpu(const struct manifest_program *program, cap_t process)
{
    cap_t cpu;
    error_t error = cpu_derive(startup_cap("cpu"), program->cpu_priority, program->cpu_share, &cpu);

    return error ? error : hand_over(process, "cpu", cpu);
}

static error_t give_all(const struct manifest_program *program, cap_t process)
{
    error_t error = give_names(program, process);

    for (unsigned i = 0; i < program->device_count && !error; i++)
        error = give_device(&program->devices[i], process);
    for (unsigned i = 0; i < program->session_count && !error; i++)
        error = give_session(&program->sessions[i], process);
    if (!error && program->log)
        error = process_give(process, "trace", startup_cap("trace"), CAP_DERIVE | CAP_RIGHTS_WRITE);
    return error || !program->has_cpu ? error : give_cpu(program, process);
}

static error_t configure(const struct manifest_program *program, cap_t process)
{
    const struct process_settings settings = {
        .flags = PROCESS_WITHOUT_CPU | (program->passive ? PROCESS_PASSIVE : 0) |
                 (program->manages_processes ? 0 : PROCESS_WITHOUT_ADMIN),
        .priority = program->time.priority,
        .budget = program->time.budget,
        .period = program->time.period,
        .object_memory = program->memory,
    };

    return process_configure(process, &settings, startup_cap("cpu"));
}

/* Root learns of its end by the bit of its place in the list. */
static error_t watch(cap_t process)
{
    cap_t bell;
    error_t error = notification_mint(root.notification, 1ull << root.started_count, &bell);

    if (error)
        return error;
    error = process_watch(process, bell);
    cap_delete(bell);
    return error;
}

static error_t fill_and_start(const struct manifest_program *program, cap_t process,
                              struct process_status *status)
{
    error_t error = configure(program, process);

    if (!error)
        error = load(program, process);
    if (!error)
        error = pass_arguments(program, process);
    if (!error)
        error = give_all(program, process);
    if (!error)
        error = watch(process);
    if (!error)
        error = process_start(process);
    return error ? error : process_status(process, status);
}

/* Waits until it is ready for those who come after it. */
static error_t wait_until_ready(const struct manifest_program *program)
{
    cap_t session;
    error_t error = services_wait(program);

    if (error || !program->archive_line)
        return error;
    error = service_connect(program->archive, &session);
    if (error)
        return error;
    error = archive_copy(session);
    cap_delete(session);
    return error;
}

error_t launch(const struct manifest_program *program)
{
    struct process_status status;
    cap_t process;
    error_t error = is_names(program) ? SUCCESS : services_allow(program);

    if (!error)
        error = process_create(program->name, &process);
    if (error)
        return error;
    error = fill_and_start(program, process, &status);
    if (error) {
        process_release(process);
        return error;
    }
    root.started[root.started_count++] = (struct started){program, process, status.pid};
    log_line("root: %s is pid %lu", program->name, status.pid);
    return wait_until_ready(program);
}
