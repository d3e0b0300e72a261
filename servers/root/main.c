/*
 * main.c - the root task: the first program. It gives everything away, as the manifest says,
 * and then only looks on.
 */
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

#include <myelin/endpoint.h>
#include <myelin/idl/fault_server.h>
#include <myelin/idl/names_types.h>
#include <myelin/idl/process_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/ipc.h>
#include <myelin/log.h>
#include <myelin/notification.h>
#include <myelin/process.h>
#include <myelin/startup.h>
#include <myelin/thread.h>
#include <myelin/untyped.h>

#include "root.h"

#define MANIFEST_PATH    "etc/manifest"
#define MANIFEST_OPTION  "manifest="
#define STARTUP_CAPS_MAX 32
#define EXIT_NO_SYSTEM   70 /* what the host is told when the system cannot go on */

struct root root;

/* The kernel's list of capabilities, and behind it what root makes for itself: laid out as
   struct startup, with room. */
static struct {
    uint64_t count;
    struct startup_cap caps[STARTUP_CAPS_MAX];
} own_startup;

/* Root has no device to switch the machine off with: this line tells the host that it is over. */
static void tell_host_the_end(void)
{
    log_line("myelin: exit status %d", EXIT_NO_SYSTEM);
}

static void copy_startup(void)
{
    const struct startup *given = (const struct startup *)getauxval(AT_MYELIN);
    uint64_t count = given->count;

    if (count > STARTUP_CAPS_MAX - 2)
        count = STARTUP_CAPS_MAX - 2;
    memcpy(own_startup.caps, given->caps, count * sizeof(struct startup_cap));
    own_startup.count = count;
    startup_set((const struct startup *)&own_startup);
}

/* From now on the library finds the capability by that name. */
static void add_startup(const char *name, cap_t cap)
{
    struct startup_cap *entry = &own_startup.caps[own_startup.count++];

    strncpy(entry->name, name, OBJECT_NAME_BYTES);
    entry->cap = cap;
}

/* ---- the manifest ---- */

static bool file_exists(const char *path)
{
    struct archive_entry entry;

    return archive_find(path, &entry) == SUCCESS;
}

/* Where the manifest is: manifest=PATH on the command line, before cmd=; else as usual. */
static void manifest_path(char *path, size_t size)
{
    const char *line = root.boot->command_line;
    const char *command = strstr(line, "cmd=");
    const char *option = strstr(line, MANIFEST_OPTION);

    snprintf(path, size, "%s", MANIFEST_PATH);
    if (!option || (command && command < option))
        return;
    option += strlen(MANIFEST_OPTION);
    snprintf(path, size, "%.*s", (int)strcspn(option, " "), option);
}

static error_t read_manifest(void)
{
    struct manifest *manifest = &root.manifest;
    struct archive_entry file;
    char path[MANIFEST_PATH_BYTES];
    unsigned shown;

    manifest_path(path, sizeof(path));
    if (archive_find(path, &file)) {
        log_line("root: the boot archive has no manifest '%s'", path);
        return ENOENT;
    }
    manifest_parse(manifest, file.bytes, file.size, file_exists);
    shown = manifest->mistake_count < MANIFEST_MISTAKES_MAX ? manifest->mistake_count
                                                            : MANIFEST_MISTAKES_MAX;
    for (unsigned i = 0; i < shown; i++)
        log_line("manifest:%u: %s", manifest->mistakes[i].line, manifest->mistakes[i].text);
    if (manifest->mistake_count > 0)
        log_line("root: %s has %u mistakes, so nothing is started", path, manifest->mistake_count);
    return manifest->mistake_count > 0 ? EINVAL : SUCCESS;
}

/* ---- starting everything ---- */

static error_t make_own_objects(void)
{
    error_t error = endpoint_create("root", UNTYPED_ENDPOINT_CALL_ONLY, &root.endpoint);

    if (!error)
        error = endpoint_create("process", UNTYPED_ENDPOINT_CALL_ONLY, &root.process_endpoint);
    if (!error)
        error = endpoint_create("names", UNTYPED_ENDPOINT_CALL_ONLY, &root.names_endpoint);
    if (!error)
        error = notification_create("root", &root.notification);
    if (!error)
        error = thread_bind_endpoint(startup_cap("thread"), root.endpoint);
    return error;
}

static error_t make_own_clients(void)
{
    cap_t spawn, names;
    error_t error = endpoint_mint(root.process_endpoint, BADGE_ROOT_AT_PROCESS, &spawn);

    if (!error)
        error = endpoint_mint(root.names_endpoint, NAMES_ROOT, &names);
    if (error)
        return error;
    add_startup("spawn", spawn);
    add_startup("names", names);
    return SUCCESS;
}

static error_t prepare(struct own_memory *own)
{
    error_t error = memory_divide(root.boot, own);

    if (error) {
        log_line("root: there are not 8 MiB of memory in one piece");
        return error;
    }
    untyped_set_memory(own->objects);
    error = make_own_objects();
    if (!error)
        error = make_own_clients();
    if (error)
        log_line("root: cannot make its own objects: %s", error_sentence(error));
    return error;
}

static void start_one(const struct manifest_program *program)
{
    error_t error = launch(program);

    if (error)
        log_line("root: cannot start %s: %s: %s", program->name, error_name(error),
                 error_sentence(error));
}

static error_t start_all(const struct own_memory *own)
{
    const struct manifest_program *process = manifest_find(&root.manifest, "process");
    const struct manifest_program *names = manifest_find(&root.manifest, "names");
    error_t error = loader_start(process, own);

    if (error) {
        log_line("root: cannot start process: %s: %s", error_name(error), error_sentence(error));
        return error;
    }
    start_one(names);
    for (unsigned i = 0; i < root.manifest.program_count; i++) {
        const struct manifest_program *program = &root.manifest.programs[i];

        if (program != process && program != names)
            start_one(program);
    }
    return SUCCESS;
}

/* ---- looking on ---- */

static void report_end(const struct started *started)
{
    struct process_status status;

    if (process_status(started->process, &status) || !status.ended)
        return;
    if (status.fault)
        log_line("root: %s (pid %lu) has ended by a fault at address 0x%lx, ip 0x%lx",
                 started->program->name, started->pid, status.address, status.ip);
    else
        log_line("root: %s (pid %lu) has ended with status %lu", started->program->name,
                 started->pid, status.exit_code);
    if (started->program->command_line)
        tell_host_the_end(); /* nobody is left who could be typed at */
}

static void report_ends(uint64_t bits)
{
    for (unsigned i = 0; i < root.started_count; i++) {
        if (bits >> i & 1)
            report_end(&root.started[i]);
    }
}

/* A fault of `process`. Its thread stops, whatever the error, and without it nothing can go on. */
static error_t report_fault(const char *kind, const struct fault_cause *cause)
{
    log_line("root: process has faulted: %s, address 0x%lx, access 0x%lx, ip 0x%lx, trap %lu", kind,
             cause->address, cause->detail, cause->ip, cause->trap);
    tell_host_the_end();
    return ESTALE;
}

error_t fault_handle_page(struct idl_request *request, const struct fault_cause *cause,
                          const struct thread_registers *registers)
{
    (void)request, (void)registers;
    return report_fault("page", cause);
}

error_t fault_handle_exception(struct idl_request *request, const struct fault_cause *cause,
                               const struct thread_registers *registers)
{
    (void)request, (void)registers;
    return report_fault("exception", cause);
}

error_t fault_handle_foreign(struct idl_request *request, const struct fault_cause *cause,
                             const struct thread_registers *registers)
{
    (void)request, (void)registers;
    return report_fault("unknown system call", cause);
}

static void look_on(void)
{
    static struct message message;

    for (;;) {
        if (message_reply_receive(root.endpoint, &message))
            return;
        report_ends(message.notified);
        fault_dispatch(&message); /* nobody else has a capability to this endpoint */
    }
}

int main(void)
{
    struct own_memory own;
    error_t error;

    copy_startup();
    root.boot = (const struct boot_info *)getauxval(AT_MYELIN_BOOT);
    error = read_manifest();
    if (!error)
        error = prepare(&own);
    if (!error)
        error = start_all(&own);
    if (error)
        tell_host_the_end();
    thread_bind_notification(startup_cap("thread"), root.notification);
    look_on();
    return error;
}
