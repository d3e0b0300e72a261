/* systest-process.c - the process server: programs started, watched, killed; nothing is left. */

#include "lib/figures.h"
#include "lib/systest.h"
#include <myelin/idl/fault_types.h>
#include <myelin/idl/fs_types.h>
#include <myelin/idl/processes_types.h>
#include <myelin/idl/thread_types.h>

#define ADDRESS 0x50000000ull
#define ROUNDS  200

static struct process_status status;

/* Starts a program with up to two arguments and waits for its end. */
static error_t run(const char *path, const char *first, const char *second)
{
    char *argv[] = {(char *)path, (char *)first, (char *)second, NULL};
    cap_t process;
    error_t error = process_spawn(path, argv, NULL, &process);

    if (error)
        return error;
    error = process_wait(process, &status);
    process_release(process);
    return error;
}

static error_t prepare(const char *path, cap_t *process)
{
    char *argv[] = {(char *)path, NULL};

    return process_prepare(path, argv, NULL, process);
}

static bool find_process(const char *name, struct process_info *info)
{
    for (uint64_t pid = 0; process_list(pid, info) == SUCCESS; pid = info->pid + 1)
        if (strcmp(info->name, name) == 0)
            return true;
    return false;
}

/* ---- ends ---- */

TEST(PROCESS_EXIT_CODE, "a program's end and its code are told")
{
    CHECK_GOOD(run("/bin/false", NULL, NULL));
    CHECK_IS(status.ended, 1);
    CHECK_IS(status.exit_code, 1);
    CHECK_IS(status.fault, 0);
}

TEST(PROCESS_FAULT, "a program that faults: label, address, access and reason are told")
{
    CHECK_GOOD(run("/bin/peek", "write", "50000123"));
    CHECK_IS(status.exit_code, 128 + 11);
    CHECK_IS(status.fault, FAULT_LABEL_PAGE);
    CHECK_IS(status.address, 0x50000123);
    CHECK_IS(status.detail, CAP_RIGHTS_WRITE);
    CHECK_IS(status.trap, 14);
    CHECK_IS(status.reason, PROCESS_FAULT_NO_PAGE);
}

TEST(PROCESS_FAULT_FORBIDDEN, "a program that does what its page forbids: the reason is told")
{
    CHECK_GOOD(run("/bin/crash", "write-text", NULL));
    CHECK_IS(status.reason, PROCESS_FAULT_FORBIDDEN);
    CHECK_IS(status.detail, CAP_RIGHTS_WRITE);
}

TEST(PROCESS_FAULT_DIVIDE, "a program that divides by zero: exception 0 is told")
{
    CHECK_GOOD(run("/bin/crash", "divide", NULL));
    CHECK_IS(status.fault, FAULT_LABEL_EXCEPTION);
    CHECK_IS(status.trap, 0);
}

TEST(PROCESS_FAULT_INSTRUCTION, "a program that uses a forbidden instruction: exception 13 is told")
{
    CHECK_GOOD(run("/bin/crash", "instruction", NULL));
    CHECK_IS(status.fault, FAULT_LABEL_EXCEPTION);
    CHECK_IS(status.trap, 13);
}

TEST(PROCESS_FAULT_STACK, "a program whose stack overflows ends by a fault just below it")
{
    CHECK_GOOD(run("/bin/crash", "stack", NULL));
    CHECK_IS(status.fault, FAULT_LABEL_PAGE);
    CHECK_IS(status.reason, PROCESS_FAULT_NO_PAGE);
    CHECK(status.sp - status.address < 64 * 1024 || status.address - status.sp < 64 * 1024);
}

TEST(PROCESS_KILL, "a killed program has ended, with 128 + 9, and its watcher hears of it")
{
    cap_t process, notification = make_notification();
    uint64_t bits;

    CHECK_GOOD(prepare("/bin/spin", &process));
    CHECK_GOOD(process_watch(process, notification));
    CHECK_GOOD(process_start(process));
    CHECK_GOOD(process_kill(process));
    CHECK_GOOD(ipc_wait_notification(notification, &bits));
    CHECK_GOOD(process_status(process, &status));
    CHECK_IS(status.exit_code, 128 + 9);
    CHECK_GOOD(process_release(process));
}

TEST(PROCESS_RELEASED, "a released process is gone: its capability is stale in all hands")
{
    cap_t process, copy;

    CHECK_GOOD(prepare("/bin/true", &process));
    copy = with_rights(process, CAP_RIGHTS_ALL);
    CHECK_GOOD(process_release(process));
    CHECK_ERROR(process_status(copy, &status), ESTALE);
    CHECK_ERROR(process_start(copy), ESTALE);
}

/* ---- isolation between programs ---- */

/* What this program has at ADDRESS is `marked`; another program tries. */
static error_t try_from_another(const char *way)
{
    uint64_t address = ADDRESS;
    error_t error = process_map(&address, PAGE, READ_WRITE);

    if (error && error != EEXIST)
        return error;
    *(volatile uint64_t *)ADDRESS = 0x5ec7e7;
    return run("/bin/peek", way, "50000000");
}

TEST(PROCESS_NO_READ, "a program cannot read what another has mapped")
{
    CHECK_GOOD(try_from_another("read"));
    CHECK_IS(status.fault, FAULT_LABEL_PAGE);
    CHECK_IS(status.address, ADDRESS);
}

TEST(PROCESS_NO_WRITE, "a program cannot write what another has mapped")
{
    CHECK_GOOD(try_from_another("write"));
    CHECK_IS(status.fault, FAULT_LABEL_PAGE);
    CHECK_IS(*(volatile uint64_t *)ADDRESS, 0x5ec7e7);
}

TEST(PROCESS_NO_EXECUTE, "a program cannot execute what another has mapped")
{
    CHECK_GOOD(try_from_another("execute"));
    CHECK_IS(status.fault, FAULT_LABEL_PAGE);
    CHECK_IS(status.detail, CAP_RIGHTS_EXECUTE);
}

TEST(PROCESS_NO_KERNEL, "a program that reads the kernel's memory ends")
{
    CHECK_GOOD(run("/bin/peek", "read", "ffffffff80100000"));
    CHECK_IS(status.exit_code, 128 + 11);
}

/* ---- errors of each method ---- */

TEST(PROCESS_CREATE_NAME, "a process needs a name: EINVAL")
{
    cap_t process;

    CHECK_ERROR(process_create("", &process), EINVAL);
    CHECK_ERROR(process_create("a\nb", &process), EINVAL);
}

TEST(PROCESS_LOAD_FAR, "an image of more than 8 MiB is EFBIG")
{
    cap_t process;

    CHECK_GOOD(process_create("far", &process));
    CHECK_ERROR(process_load(process, 64 << 20, "x", 1), EFBIG);
    CHECK_GOOD(process_release(process));
}

TEST(PROCESS_NOT_ELF, "an image that is no program cannot be started: ENOEXEC")
{
    char text[256];
    cap_t process;

    memset(text, 'x', sizeof(text));
    CHECK_GOOD(process_create("text", &process));
    CHECK_GOOD(process_load(process, 0, text, sizeof(text)));
    CHECK_ERROR(process_start(process), ENOEXEC);
    CHECK_GOOD(process_release(process));
}

TEST(PROCESS_EMPTY, "a process without an image cannot be started: ENOEXEC")
{
    cap_t process;

    CHECK_GOOD(process_create("empty", &process));
    CHECK_ERROR(process_start(process), ENOEXEC);
    CHECK_GOOD(process_release(process));
}

TEST(PROCESS_STARTED, "a process that was started cannot be filled any more: EBUSY")
{
    const struct process_settings settings = {0};
    cap_t process;

    CHECK_GOOD(prepare("/bin/spin", &process));
    CHECK_GOOD(process_start(process));
    CHECK_ERROR(process_start(process), EBUSY);
    CHECK_ERROR(process_load(process, 0, "x", 1), EBUSY);
    CHECK_ERROR(process_argument(process, PROCESS_ARGUMENT_ARGV, "x"), EBUSY);
    CHECK_ERROR(process_give(process, "x", make_endpoint(), CAP_COPY), EBUSY);
    CHECK_ERROR(process_configure(process, &settings, CAP_NULL), EBUSY);
    CHECK_GOOD(process_release(process));
}

TEST(PROCESS_ARGUMENT_KIND, "strings are arguments or environment: another kind is EINVAL")
{
    cap_t process;

    CHECK_GOOD(process_create("x", &process));
    CHECK_ERROR(process_argument(process, 2, "x"), EINVAL);
    CHECK_GOOD(process_release(process));
}

TEST(PROCESS_ARGUMENTS_LONG, "more strings than fit are E2BIG")
{
    char string[1001];
    error_t error = SUCCESS;
    cap_t process;

    memset(string, 'a', sizeof(string) - 1);
    string[sizeof(string) - 1] = '\0';
    CHECK_GOOD(process_create("x", &process));
    for (unsigned i = 0; i < 64 && !error; i++)
        error = process_argument(process, PROCESS_ARGUMENT_ARGV, string);
    CHECK_IS(error, E2BIG);
    CHECK_GOOD(process_release(process));
}

TEST(PROCESS_GIVE_TWICE, "a name can be given once: EEXIST")
{
    cap_t process;

    CHECK_GOOD(process_create("x", &process));
    CHECK_GOOD(process_give(process, "thing", make_endpoint(), CAP_COPY));
    CHECK_ERROR(process_give(process, "thing", make_endpoint(), CAP_COPY), EEXIST);
    CHECK_GOOD(process_release(process));
}

TEST(PROCESS_CONFIGURE_TIME, "time other than one's own needs a Cpu: EPERM")
{
    const struct process_settings settings = {.priority = 5, .budget = 1000000, .period = 1000000};
    cap_t process;

    CHECK_GOOD(process_create("x", &process));
    CHECK_ERROR(process_configure(process, &settings, CAP_NULL), EPERM);
    CHECK_GOOD(process_release(process));
}

TEST(PROCESS_CONFIGURE_FLAGS, "flags that do not exist are EINVAL, other memory sizes ERANGE")
{
    struct process_settings settings = {.flags = 1u << 20};
    cap_t process;

    CHECK_GOOD(process_create("x", &process));
    CHECK_ERROR(process_configure(process, &settings, CAP_NULL), EINVAL);
    settings = (struct process_settings){.object_memory = 1ull << 40};
    CHECK_ERROR(process_configure(process, &settings, CAP_NULL), ERANGE);
    CHECK_GOOD(process_release(process));
}

TEST(PROCESS_START_TIME, "a priority above what the Cpu allows: the start is EPERM")
{
    struct process_settings settings = {.priority = 30, .budget = 1000000, .period = 1000000};
    cap_t process, cpu;

    CHECK_GOOD(cpu_derive(startup_cap("cpu"), 10, 1000, &cpu));
    CHECK_GOOD(prepare("/bin/true", &process));
    CHECK_GOOD(process_configure(process, &settings, cpu));
    CHECK_ERROR(process_start(process), EPERM);
    CHECK_GOOD(process_release(process));
}

TEST(PROCESS_WATCH_TYPE, "WATCH of a process with what is no Notification is EINVAL")
{
    cap_t process;

    CHECK_GOOD(process_create("x", &process));
    CHECK_ERROR(process_watch(process, make_frame()), EINVAL);
    CHECK_GOOD(process_release(process));
}

TEST(PROCESS_THREAD, "a process's thread can be looked at, and not touched")
{
    struct thread_info info;
    cap_t process, thread;

    CHECK_GOOD(prepare("/bin/spin", &process));
    CHECK_ERROR(process_thread(process, &thread), ESTALE);
    CHECK_GOOD(process_start(process));
    CHECK_GOOD(process_thread(process, &thread));
    CHECK_GOOD(thread_get_info(thread, &info));
    CHECK(strcmp(info.name, "spin") == 0);
    CHECK_ERROR(thread_suspend(thread), EPERM);
    CHECK_GOOD(process_release(process));
}

TEST(PROCESS_LIST, "LIST shows this program, its parent and its state; past the last is ENOENT")
{
    struct process_info info;

    CHECK(find_process("systest-process", &info));
    CHECK_IS(info.state, THREAD_RUNNING);
    CHECK(info.parent > 0 && info.frames > 0 && info.caps > 0);
    CHECK_ERROR(process_list(1ull << 39, &info), ENOENT);
}

TEST(PROCESS_KILL_NOBODY, "KILL of a pid that does not exist is ENOENT, of root EBUSY")
{
    CHECK_ERROR(process_kill_pid(1ull << 39), ENOENT);
    CHECK_ERROR(process_kill_pid(1), EBUSY);
}

TEST(PROCESS_METHOD, "the process server does not know other labels: ENOSYS")
{
    CHECK_ERROR(invoke(startup_cap("spawn"), FS_LABEL_OPEN, 0, CAP_NULL), ENOSYS);
    CHECK_ERROR(invoke(startup_cap("process"), PROCESS_LABEL_KILL, 0, CAP_NULL), ENOSYS);
}

TEST(PROCESS_SHORT, "a request that is too short is EMSGSIZE")
{
    struct message message;

    message_begin(&message, PROCESSES_LABEL_LIST);
    CHECK_ERROR(message_invoke(startup_cap("spawn"), &message), EMSGSIZE);
}

TEST(PROCESS_MAP_ERRORS, "MAP of nothing, of what is taken, of the kernel's half: the errors tell")
{
    uint64_t address = ADDRESS + 8 * PAGE;

    CHECK_ERROR(process_map(&address, 0, READ_WRITE), EINVAL);
    CHECK_ERROR(process_map(&address, PAGE, 8), EINVAL);
    CHECK_GOOD(process_map(&address, PAGE, READ_WRITE));
    CHECK_ERROR(process_map(&address, PAGE, READ_WRITE), EEXIST);
    CHECK_GOOD(process_unmap(address, PAGE));
    address = USER_ADDRESS_END;
    CHECK_ERROR(process_map(&address, PAGE, READ_WRITE), ERANGE);
}

/* ---- nothing is left ---- */

TEST(PROCESS_LEFT_EXITS, "200 starts and exits leave memory and slots exactly as they were")
{
    struct figures before;

    CHECK_GOOD(run("/bin/true", NULL, NULL)); /* the library keeps a notification to wait by */
    before = figures_take();
    for (unsigned i = 0; i < ROUNDS; i++)
        CHECK_GOOD(run("/bin/true", NULL, NULL));
    CHECK(figures_are(&before));
}

TEST(PROCESS_LEFT_FAULTS, "200 starts and faults leave memory and slots exactly as they were")
{
    struct figures before;

    CHECK_GOOD(run("/bin/crash", "null", NULL));
    before = figures_take();
    for (unsigned i = 0; i < ROUNDS; i++)
        CHECK_GOOD(run("/bin/crash", "null", NULL));
    CHECK(figures_are(&before));
}

TEST(PROCESS_LEFT_KILLS, "50 programs killed while they run leave memory and slots as they were")
{
    struct figures before = figures_take();

    for (unsigned i = 0; i < 50; i++) {
        cap_t process;

        CHECK_GOOD(prepare("/bin/spin", &process));
        CHECK_GOOD(process_start(process));
        let_run();
        CHECK_GOOD(process_release(process));
    }
    CHECK(figures_are(&before));
}

TEST(PROCESS_LEFT_UNSTARTED, "50 processes that were never started leave nothing either")
{
    struct figures before = figures_take();

    for (unsigned i = 0; i < 50; i++) {
        cap_t process;

        CHECK_GOOD(prepare("/bin/true", &process));
        CHECK_GOOD(process_give(process, "thing", startup_cap("names"), CAP_COPY));
        CHECK_GOOD(process_release(process));
    }
    CHECK(figures_are(&before));
}

SUITE
