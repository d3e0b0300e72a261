/*
 * signal.c - signals as far as they go: dispositions and masks are kept and given back, and a
 * signal that ends a process ends it. Nothing calls a handler yet.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include <myelin/process.h>

#include "posix.h"

#define EXIT_BY_SIGNAL 128

/* As Linux has it, not as the C library does. */
struct linux_action {
    uint64_t handler, flags, restorer, mask;
};

static struct linux_action actions[NSIG];
static uint64_t blocked;

long linux_rt_sigaction(const uint64_t *arguments)
{
    uint64_t number = arguments[0];
    struct linux_action before;

    if (!number || number >= NSIG)
        return -EINVAL;
    before = actions[number];
    if (arguments[1] && (number == SIGKILL || number == SIGSTOP))
        return -EINVAL;
    if (arguments[1])
        memcpy(&actions[number], (const void *)arguments[1], sizeof(before));
    if (arguments[2])
        memcpy((void *)arguments[2], &before, sizeof(before));
    return 0;
}

static uint64_t mask_after(uint64_t how, uint64_t set)
{
    if (how == SIG_BLOCK)
        return blocked | set;
    return how == SIG_UNBLOCK ? blocked & ~set : set;
}

long linux_rt_sigprocmask(const uint64_t *arguments)
{
    const uint64_t *set = (const uint64_t *)arguments[1];
    uint64_t before = blocked;

    if (arguments[3] != sizeof(blocked) || arguments[0] > SIG_SETMASK)
        return -EINVAL;
    if (set)
        blocked = mask_after(arguments[0], *set);
    if (arguments[2])
        *(uint64_t *)arguments[2] = before;
    return 0;
}

static bool ignored(uint64_t number)
{
    if (actions[number].handler == (uint64_t)SIG_IGN)
        return true;
    return actions[number].handler == (uint64_t)SIG_DFL &&
           (number == SIGCHLD || number == SIGURG || number == SIGWINCH || number == SIGCONT);
}

/* A signal to oneself. */
static long raise_own(uint64_t number)
{
    if (number >= NSIG)
        return -EINVAL;
    if (!number || ignored(number))
        return 0;
    if (actions[number].handler != (uint64_t)SIG_DFL)
        return -ENOSYS;
    return linux_exit(&(uint64_t){EXIT_BY_SIGNAL + number});
}

static bool is_own(uint64_t id)
{
    return (long)id == linux_getpid(NULL);
}

/* Others can only be ended. */
long linux_kill(const uint64_t *arguments)
{
    struct process_info info;

    if (is_own(arguments[0]) || !arguments[0])
        return raise_own(arguments[1]);
    if ((int)arguments[0] < 0)
        return -EPERM;
    if (process_list(arguments[0], &info) || info.pid != arguments[0])
        return -ESRCH;
    if (!arguments[1])
        return 0;
    if (arguments[1] != SIGKILL && arguments[1] != SIGTERM)
        return -ENOTSUP;
    return -process_kill_pid(arguments[0]);
}

long linux_tkill(const uint64_t *arguments)
{
    return (long)arguments[0] == linux_gettid(NULL) ? raise_own(arguments[1]) : -ESRCH;
}

long linux_tgkill(const uint64_t *arguments)
{
    return is_own(arguments[0]) ? linux_tkill(arguments + 1) : -ESRCH;
}
