/*
 * systest-process-errors.c - each error that a method of the process server can answer, and
 * clients who mean it ill: nobody gets what is not his, and nothing is left.
 */
#include "lib/figures.h"
#include "lib/systest.h"
#include <fcntl.h>
#include <myelin/idl.h>
#include <myelin/idl/fault_types.h>
#include <myelin/idl/processes.h>
#include <myelin/idl/self.h>
#include <myelin/memorygrant.h>
#include <unistd.h>

#define ADDRESS    0x60000000ull
#define GIFTS_MOST 24
#define WATCH_MOST 4
#define LARGE      (64ull << 20)
#define CHILDREN   256

static cap_t service(void)
{
    return startup_cap("spawn");
}

static cap_t self(void)
{
    return startup_cap("process");
}

/* A process that is not started, without an image. */
static cap_t make_process(void)
{
    cap_t process = CAP_NULL;

    process_create("x", &process);
    return process;
}

static error_t prepare(const char *path, cap_t *process)
{
    char *argv[] = {(char *)path, NULL};

    return process_prepare(path, argv, NULL, process);
}

static error_t start(const char *path, cap_t *process)
{
    error_t error = prepare(path, process);

    return error ? error : process_start(*process);
}

static word_t complaint; /* what the last answer of `ask` said that its error is about */

/* A request of so many words, all 0, and perhaps a capability. */
static error_t ask(cap_t target, uint32_t label, unsigned words, cap_t cap)
{
    struct message message;
    error_t error;

    message_begin(&message, label);
    for (unsigned i = 0; i < words; i++)
        message_put(&message, 0);
    if (cap)
        message_put_cap(&message, cap, CAP_COPY);
    message.accept = 1;
    error = message_invoke(target, &message);
    complaint = message.words[0];
    return error;
}

/* ---- what is no request ---- */

struct method {
    uint32_t label;
    unsigned words;
};

static const struct method service_methods[] = {
    {PROCESSES_LABEL_CREATE, 2},       {PROCESSES_LABEL_LIST, 1},   {PROCESSES_LABEL_KILL, 1},
    {PROCESSES_LABEL_CAPABILITIES, 2}, {PROCESSES_LABEL_MEMORY, 0}, {PROCESSES_LABEL_THREADS, 2},
};

static const struct method process_methods[] = {
    {PROCESS_LABEL_LOAD, 1},      {PROCESS_LABEL_ARGUMENT, 2}, {PROCESS_LABEL_GIVE, 2},
    {PROCESS_LABEL_CONFIGURE, 5}, {PROCESS_LABEL_START, 0},    {PROCESS_LABEL_WATCH, 0},
    {PROCESS_LABEL_STATUS, 0},    {PROCESS_LABEL_KILL, 0},     {PROCESS_LABEL_FORGET, 0},
    {PROCESS_LABEL_THREAD, 0},
};

static const struct method self_methods[] = {
    {SELF_LABEL_MAP, 3},  {SELF_LABEL_UNMAP, 2},    {SELF_LABEL_PROTECT, 3},
    {SELF_LABEL_EXIT, 1}, {SELF_LABEL_IDENTITY, 0}, {SELF_LABEL_SHOW_THREAD, 0},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Is a word too many, and one too few, EMSGSIZE for each? */
static bool lengths_are_told(cap_t target, const struct method *methods, size_t count)
{
    for (const struct method *method = methods; method < methods + count; method++) {
        if (ask(target, method->label, method->words + 1, CAP_NULL) != EMSGSIZE ||
            complaint != ARGUMENT_TAG)
            return false;
        if (method->words && ask(target, method->label, method->words - 1, CAP_NULL) != EMSGSIZE)
            return false;
    }
    return true;
}

TEST(PROCESS_LENGTH_SERVICE, "a word too many or too few, to the service: EMSGSIZE")
{
    CHECK(lengths_are_told(service(), service_methods, COUNT(service_methods)));
}

TEST(PROCESS_LENGTH_MAKER, "the same of a process, for its maker")
{
    CHECK(lengths_are_told(make_process(), process_methods, COUNT(process_methods)));
}

TEST(PROCESS_LENGTH_SELF, "the same of a process, for itself")
{
    CHECK(lengths_are_told(self(), self_methods, COUNT(self_methods)));
}

/* Does the capability answer ENOSYS to each? */
static bool all_unknown(cap_t target, const struct method *methods, size_t count)
{
    for (const struct method *method = methods; method < methods + count; method++)
        if (ask(target, method->label, method->words, CAP_NULL) != ENOSYS)
            return false;
    return true;
}

TEST(PROCESS_OTHERS_METHODS, "no capability has the methods of another kind: ENOSYS")
{
    cap_t process = make_process();

    CHECK(all_unknown(process, service_methods, COUNT(service_methods)));
    CHECK(all_unknown(process, self_methods, COUNT(self_methods)));
    CHECK(all_unknown(service(), process_methods, COUNT(process_methods)));
    CHECK(all_unknown(service(), self_methods, COUNT(self_methods)));
    CHECK(all_unknown(self(), process_methods, COUNT(process_methods)));
}

TEST(PROCESS_FAULT_FAKED, "a fault that somebody calls himself is no fault: ENOSYS")
{
    CHECK_ERROR(ask(self(), FAULT_LABEL_PAGE, 27, CAP_NULL), ENOSYS);
    CHECK_ERROR(ask(self(), FAULT_LABEL_EXCEPTION, 27, CAP_NULL), ENOSYS);
    CHECK_ERROR(ask(service(), FAULT_LABEL_FOREIGN, 27, CAP_NULL), ENOSYS);
}

TEST(PROCESS_CAP_UNWANTED, "a capability where none belongs: EMSGSIZE, and it is not kept")
{
    struct figures before = figures_take();
    cap_t frame = make_frame();

    for (unsigned i = 0; i < 100; i++)
        CHECK_ERROR(ask(self(), SELF_LABEL_IDENTITY, 0, frame), EMSGSIZE);
    CHECK_GOOD(cap_delete(frame));
    CHECK(figures_are(&before));
}

TEST(PROCESS_DESCRIBED, "each kind of capability says which interface it is of")
{
    uint32_t id, version, methods;
    char name[OBJECT_NAME_BYTES + 1];

    CHECK_GOOD(process_describe(make_process(), &id, &version, &methods, name));
    CHECK_IS(id, PROCESS_INTERFACE);
    CHECK_GOOD(processes_describe(service(), &id, &version, &methods, name));
    CHECK_IS(id, PROCESSES_INTERFACE);
    CHECK_GOOD(self_describe(self(), &id, &version, &methods, name));
    CHECK_IS(id, SELF_INTERFACE);
}

/* ---- who is gone ---- */

TEST(PROCESS_STALE, "all methods of a process that was forgotten are ESTALE")
{
    const struct process_settings settings = {0};
    struct process_status status;
    cap_t process = make_process(), thread;

    CHECK_GOOD(process_forget(process));
    CHECK_ERROR(process_load(process, 0, "x", 1), ESTALE);
    CHECK_ERROR(process_argument(process, PROCESS_ARGUMENT_ARGV, "x"), ESTALE);
    CHECK_ERROR(process_give(process, "x", make_endpoint(), CAP_COPY), ESTALE);
    CHECK_ERROR(process_configure(process, &settings, CAP_NULL), ESTALE);
    CHECK_ERROR(process_start(process), ESTALE);
    CHECK_ERROR(process_watch(process, make_notification()), ESTALE);
    CHECK_ERROR(process_status(process, &status), ESTALE);
    CHECK_ERROR(process_kill(process), ESTALE);
    CHECK_ERROR(process_thread(process, &thread), ESTALE);
    CHECK_ERROR(process_forget(process), ESTALE);
}

/* A lender, and what it lends: its own process, and the service in its name. */
struct lender {
    cap_t process, self, service;
};

static error_t receive_cap(cap_t endpoint, cap_t *cap)
{
    static struct message message;
    error_t error;

    message.accept = 1;
    error = message_receive(endpoint, &message);
    *cap = error || !message.cap_count ? CAP_NULL : message.caps[0].cap;
    return error;
}

/* Starts what is loaded, the program lender, and takes what it gives away. */
static error_t lender_go(struct lender *lender)
{
    cap_t endpoint = make_endpoint();
    error_t error = process_give(lender->process, "to", endpoint,
                                 CAP_DERIVE | CAP_RIGHTS_SEND | CAP_RIGHTS_GRANT);

    if (!error)
        error = process_start(lender->process);
    if (!error)
        error = receive_cap(endpoint, &lender->self);
    return error ? error : receive_cap(endpoint, &lender->service);
}

static error_t lender_start(struct lender *lender)
{
    error_t error = prepare("/bin/lender", &lender->process);

    return error ? error : lender_go(lender);
}

/* The same as a child of another's. */
static error_t lender_start_child(const struct lender *parent, struct lender *child)
{
    static char image[256 << 10];
    int file = open("/bin/lender", O_RDONLY);
    ssize_t length = file < 0 ? -1 : read(file, image, sizeof(image));
    error_t error;

    close(file);
    if (length <= 0 || length == sizeof(image))
        return EFBIG;
    error = processes_create(parent->service, "child", &child->process);
    if (!error)
        error = process_load_image(child->process, image, (size_t)length);
    return error ? error : lender_go(child);
}

static void lender_drop(const struct lender *lender)
{
    cap_delete(lender->process);
    cap_delete(lender->self);
    cap_delete(lender->service);
}

/* NOLINTNEXTLINE(readability-function-size): one story, told in order */
TEST(SELF_STALE, "all methods of a process, for itself, are ESTALE when it has ended")
{
    struct lender lender;
    uint64_t pid, parent, address;
    cap_t grant;

    CHECK_GOOD(lender_start(&lender));
    CHECK_GOOD(self_identity(lender.self, &pid, &parent));
    CHECK_IS(parent, getpid());
    CHECK_GOOD(process_kill(lender.process));
    CHECK_ERROR(self_map(lender.self, 0, PAGE, SELF_READ, &address), ESTALE);
    CHECK_ERROR(self_unmap(lender.self, ADDRESS, PAGE), ESTALE);
    CHECK_ERROR(self_protect(lender.self, ADDRESS, PAGE, SELF_READ), ESTALE);
    CHECK_ERROR(self_identity(lender.self, &pid, &parent), ESTALE);
    CHECK_ERROR(self_exit(lender.self, 0), ESTALE);
    CHECK_ERROR(self_show_thread(lender.self, make(OBJECT_THREAD, 0)), ESTALE);
    CHECK_ERROR(self_take_back(lender.self, ADDRESS, PAGE), ESTALE);
    CHECK_GOOD(grant_create(&pid, sizeof(pid), CAP_RIGHTS_READ, &grant));
    CHECK_ERROR(self_map_grant(lender.self, grant, 0, SELF_READ, &address), ESTALE);
    CHECK_GOOD(process_release(lender.process));
}

/* NOLINTNEXTLINE(readability-function-size): one story, told in order */
TEST(PROCESSES_STALE,
     "the service of a process that is gone is ESTALE; of one that ended, to create")
{
    struct processes_memory memory;
    struct process_info info;
    struct cap_info cap;
    struct lender lender;
    cap_t process;

    (void)info, (void)cap;
    CHECK_GOOD(lender_start(&lender));
    CHECK_GOOD(process_kill(lender.process));
    CHECK_ERROR(processes_create(lender.service, "x", &process), ESTALE);
    CHECK_GOOD(processes_memory(lender.service, &memory));
    CHECK_GOOD(process_release(lender.process));
    CHECK_ERROR(processes_create(lender.service, "x", &process), ESTALE);
    CHECK_ERROR(processes_memory(lender.service, &memory), ESTALE);
    CHECK_ERROR(ask(lender.service, PROCESSES_LABEL_LIST, 1, CAP_NULL), ESTALE);
    CHECK_ERROR(processes_kill(lender.service, 1), ESTALE);
    CHECK_ERROR(ask(lender.service, PROCESSES_LABEL_CAPABILITIES, 2, CAP_NULL), ESTALE);
    CHECK_ERROR(ask(lender.service, PROCESSES_LABEL_THREADS, 2, CAP_NULL), ESTALE);
}

/* NOLINTNEXTLINE(readability-function-size): one story, told in order */
TEST(PROCESS_END_OF_PARENT, "with a process end its children, and nothing of them is left")
{
    struct figures before = figures_take();
    struct lender lender, child;
    uint64_t pid, parent, grandparent, bits;
    cap_t bell = make_notification();

    CHECK_GOOD(lender_start(&lender));
    CHECK_GOOD(lender_start_child(&lender, &child));
    CHECK_GOOD(self_identity(child.self, &pid, &parent));
    CHECK_GOOD(self_identity(lender.self, &pid, &grandparent));
    CHECK_IS(parent, pid);
    CHECK_GOOD(process_watch(child.process, bell));
    CHECK_IS(figures_take().memory.processes, before.memory.processes + 2);
    CHECK_GOOD(process_kill(lender.process));
    CHECK_GOOD(ipc_wait_notification(bell, &bits)); /* the child, which ran, has ended */
    CHECK_ERROR(process_start(child.process), ESTALE);
    CHECK_ERROR(self_identity(child.self, &pid, &parent), ESTALE);
    CHECK_GOOD(process_release(lender.process));
    lender_drop(&child);
    lender_drop(&lender);
    cap_revoke(systest_memory());
    CHECK(figures_are(&before));
}

/* ---- who may not ---- */

TEST(PROCESSES_NOT_ALLOWED, "a process may not look into others, or end them, by itself: EACCES")
{
    CHECK_ERROR(processes_kill(self(), 1), EACCES);
    CHECK_ERROR(ask(self(), PROCESSES_LABEL_CAPABILITIES, 2, CAP_NULL), EACCES);
}

TEST(PROCESSES_CAPABILITIES_END, "behind the last capability, and of no process, there is ENOENT")
{
    struct cap_info info;

    CHECK_GOOD(process_capability((uint64_t)getpid(), 0, &info));
    CHECK_ERROR(process_capability((uint64_t)getpid(), 1ull << 23, &info), ENOENT);
    CHECK_ERROR(process_capability(1ull << 39, 0, &info), ENOENT);
}

/* ---- errors of a process's methods ---- */

TEST(PROCESS_LOAD_GONE, "a lease whose page is not there: EFAULT, and the server goes on")
{
    cap_t process = make_process();

    utcb_self()->words[0] = 0;
    utcb_self()->leases[0] = (struct lease_item){ADDRESS, PAGE, CAP_RIGHTS_READ, 0};
    CHECK_ERROR(idl_call(process, TAG(OP_CALL, PROCESS_LABEL_LOAD, 1) | IDL_LEASES(1),
                         DEADLINE_FOREVER, IDL_ANSWER(0, 0)),
                EFAULT);
    CHECK_GOOD(process_load(process, 0, "x", 1));
}

TEST(PROCESS_LOAD_LEASE, "a lease not for reading is EPERM, a longer one EMSGSIZE, none EMSGSIZE")
{
    static char bytes[PROCESS_LOAD_BYTES + 1];
    cap_t process = make_process();
    struct ipc_registers r = raw(OP_CALL, process, PROCESS_LABEL_LOAD);

    CHECK_ERROR(ask(process, PROCESS_LABEL_LOAD, 1, CAP_NULL), EMSGSIZE);
    r.tag = TAG(OP_CALL, PROCESS_LABEL_LOAD, 1) | 1ull << TAG_LEASES_SHIFT;
    utcb_self()->leases[0] = (struct lease_item){(uint64_t)bytes, PAGE, CAP_RIGHTS_WRITE, 0};
    CHECK_GOOD(enter(&r));
    CHECK_IS(tag_label(r.tag), EPERM);
    CHECK_ERROR(process_load(process, 0, bytes, PROCESS_LOAD_BYTES + 1), EMSGSIZE);
}

TEST(PROCESS_ARGUMENTS_EDGE, "512 arguments, or 32 KiB of them, and no more: E2BIG")
{
    static char text[PROCESS_ARGUMENT_BYTES + 1];
    cap_t many = make_process(), large = make_process();
    unsigned count = 0;
    error_t error = SUCCESS;

    for (; count <= 512 && !error; count += !error)
        error = process_argument(many, PROCESS_ARGUMENT_ARGV, "x");
    CHECK_ERROR(error, E2BIG);
    CHECK_IS(count, 512);
    memset(text, 'x', PROCESS_ARGUMENT_BYTES);
    for (count = 0, error = SUCCESS; count <= 33 && !error; count += !error)
        error = process_argument(large, PROCESS_ARGUMENT_ARGV, text);
    CHECK_ERROR(error, E2BIG);
    CHECK_IS(count, 32768 / (PROCESS_ARGUMENT_BYTES + 1));
    CHECK_GOOD(process_release(many));
    CHECK_GOOD(process_release(large));
}

TEST(PROCESS_LOAD_EDGE, "an image's last byte can be the 8 MiB-th, and no later one: EFBIG")
{
    cap_t process = make_process();

    CHECK_GOOD(process_load(process, (8ull << 20) - 1, "x", 1));
    CHECK_ERROR(process_load(process, 8ull << 20, "x", 1), EFBIG);
    CHECK_ERROR(process_load(process, UINT64_MAX, "x", 1), EFBIG);
    CHECK_GOOD(process_load(process, 8ull << 20, "x", 0));
    CHECK_GOOD(process_release(process));
}

/* Process objects for which so much memory is set aside that soon there is none in such pieces;
   the number of those that got it. */
static unsigned use_up(cap_t *processes, unsigned most, uint64_t object_memory)
{
    const struct process_settings settings = {.object_memory = object_memory};
    unsigned count = 0;

    while (count < most && process_create("x", &processes[count]) == SUCCESS) {
        cap_t process = processes[count++];

        if (process_configure(process, &settings, CAP_NULL) ||
            process_load(process, 0, "x", 1) == ENOMEM)
            return count;
    }
    return count;
}

static void release_all(const cap_t *processes, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        process_release(processes[i]);
}

TEST(PROCESS_NO_MEMORY, "without memory: load and start are ENOMEM; then all is there again")
{
    const struct process_settings settings = {.object_memory = LARGE};
    struct figures before = figures_take();
    cap_t processes[CHILDREN], process;
    unsigned count;

    CHECK_GOOD(prepare("/bin/true", &process));
    count = use_up(processes, CHILDREN, LARGE);
    CHECK(count > 1 && count < CHILDREN);
    CHECK_ERROR(process_load(processes[count - 1], 0, "x", 1), ENOMEM);
    CHECK_GOOD(process_configure(process, &settings, CAP_NULL));
    CHECK_ERROR(process_start(process), ENOMEM);
    CHECK_GOOD(process_release(process));
    release_all(processes, count);
    CHECK(figures_are(&before));
}

TEST(PROCESS_NO_PAGE, "with the last page gone, too: argument is ENOMEM; then all is there again")
{
    struct figures before = figures_take();
    static cap_t processes[CHILDREN];
    cap_t process = make_process();
    unsigned count = 0;
    error_t error;

    for (uint64_t size = LARGE; size >= PAGE && count < CHILDREN; size /= 2)
        count += use_up(processes + count, CHILDREN - count, size);
    error = process_argument(process, PROCESS_ARGUMENT_ARGV, "x");
    release_all(processes, count);
    CHECK_ERROR(error, ENOMEM);
    CHECK_GOOD(process_argument(process, PROCESS_ARGUMENT_ARGV, "x"));
    CHECK_GOOD(process_release(process));
    CHECK(figures_are(&before));
}

TEST(PROCESSES_FULL, "there can be so many processes and no more: EAGAIN; released, they are gone")
{
    struct figures before = figures_take();
    static cap_t processes[CHILDREN];
    unsigned count = 0;
    error_t error = SUCCESS;

    while (count < CHILDREN && !error) {
        error = process_create("x", &processes[count]);
        count += !error;
    }
    release_all(processes, count);
    CHECK_ERROR(error, EAGAIN);
    CHECK_IS(count, CHILDREN - before.memory.processes);
    CHECK(figures_are(&before));
}

TEST(PROCESS_NO_ROOM, "who takes no capability, or has no slot for it: ENOSPC, and nothing is made")
{
    struct figures before = figures_take();
    struct message message;
    cap_t process, cap, spare = make_endpoint();
    error_t error;

    message_begin(&message, PROCESSES_LABEL_CREATE);
    message_put_name(&message, "x");
    CHECK_ERROR(message_invoke(service(), &message), ENOSPC);
    CHECK_GOOD(start("/bin/spin", &process));
    message_begin(&message, PROCESS_LABEL_THREAD);
    CHECK_ERROR(message_invoke(process, &message), ENOSPC);
    CHECK_GOOD(process_release(process));
    while (cap_derive(spare, CAP_RIGHTS_CALL, &cap) == SUCCESS)
        ;
    error = process_create("x", &process);
    CHECK_GOOD(cap_revoke(spare));
    CHECK_GOOD(cap_delete(spare));
    CHECK_ERROR(error, ENOSPC);
    CHECK(figures_are(&before));
}

TEST(PROCESS_GIVE_MANY,
     "the last gift that fits is taken, the next is ENOSPC, one of no name EINVAL")
{
    cap_t process = make_process(), endpoint = make_endpoint();
    char name[OBJECT_NAME_BYTES + 1] = "gift-a";

    CHECK_ERROR(process_give(process, "", endpoint, CAP_COPY), EINVAL);
    for (unsigned i = 0; i < GIFTS_MOST; i++, name[5]++)
        CHECK_GOOD(process_give(process, name, endpoint, CAP_COPY));
    CHECK_ERROR(process_give(process, name, endpoint, CAP_COPY), ENOSPC);
    CHECK_GOOD(process_release(process));
}

TEST(PROCESS_GIVE_GONE, "a gift that is revoked before the start: the start is ESTALE")
{
    struct process_status status;
    cap_t process, endpoint = make_endpoint();

    CHECK_GOOD(prepare("/bin/true", &process));
    CHECK_GOOD(process_give(process, "gift", endpoint, CAP_COPY));
    CHECK_GOOD(cap_revoke(endpoint));
    CHECK_ERROR(process_start(process), ESTALE);
    CHECK_GOOD(process_status(process, &status));
    CHECK_IS(status.exit_code, 126);
    CHECK_GOOD(process_release(process));
}

TEST(PROCESS_CONFIGURE_WRONG, "a priority of 64 and too little memory are ERANGE, no Cpu EINVAL")
{
    struct process_settings settings = {.priority = 64};
    cap_t process = make_process();

    CHECK_ERROR(process_configure(process, &settings, startup_cap("cpu")), ERANGE);
    settings = (struct process_settings){.object_memory = 4095};
    CHECK_ERROR(process_configure(process, &settings, CAP_NULL), ERANGE);
    settings.object_memory = 4096;
    CHECK_GOOD(process_configure(process, &settings, CAP_NULL));
    CHECK_ERROR(process_configure(process, &settings, make_frame()), EINVAL);
}

TEST(PROCESS_START_BUDGET, "a budget that the kernel does not know: the start is ERANGE")
{
    const struct process_settings settings = {.priority = 5, .budget = 1, .period = 1};
    cap_t process;

    CHECK_GOOD(prepare("/bin/true", &process));
    CHECK_GOOD(process_configure(process, &settings, startup_cap("cpu")));
    CHECK_ERROR(process_start(process), ERANGE);
    CHECK_GOOD(process_release(process));
}

TEST(PROCESS_ARGUMENT_NUL, "a string with a NUL, or that is not all there, is EMSGSIZE")
{
    cap_t process = make_process();
    struct message message;

    message_begin(&message, PROCESS_LABEL_ARGUMENT);
    message_put(&message, PROCESS_ARGUMENT_ARGV);
    message_put(&message, 3);
    message_put_bytes(&message, "a\0b", 3);
    CHECK_ERROR(message_invoke(process, &message), EMSGSIZE);
    message_begin(&message, PROCESS_LABEL_ARGUMENT);
    message_put(&message, PROCESS_ARGUMENT_ARGV);
    message_put(&message, UINT64_MAX);
    CHECK_ERROR(message_invoke(process, &message), EMSGSIZE);
}

TEST(PROCESS_WATCH_MANY, "four may watch, the fifth is ENOSPC; who comes too late hears at once")
{
    cap_t process, late = make_notification();
    uint64_t bits;

    CHECK_GOOD(prepare("/bin/spin", &process));
    for (unsigned i = 0; i < WATCH_MOST; i++)
        CHECK_GOOD(process_watch(process, make_notification()));
    CHECK_ERROR(process_watch(process, late), ENOSPC);
    CHECK_GOOD(process_kill(process));
    CHECK_GOOD(process_watch(process, late));
    CHECK_GOOD(ipc_poll_notification(late, &bits));
    CHECK_GOOD(process_release(process));
}

TEST(PROCESS_WATCH_RIGHT, "a notification that may not be set is EPERM")
{
    cap_t mute = with_rights(make_notification(), CAP_RIGHTS_RECV);

    CHECK_ERROR(ask(make_process(), PROCESS_LABEL_WATCH, 0, mute), EPERM);
}

SUITE
