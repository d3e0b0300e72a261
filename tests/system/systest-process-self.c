/*
 * systest-process-self.c - what a program asks of the process server about itself: memory by the
 * thousand, and who it is; and a program that ends while its maker asks.
 */

#include "lib/figures.h"
#include "lib/systest.h"
#include <myelin/idl/self.h>
#include <unistd.h>

#define ADDRESS 0x60000000ull
#define REGIONS 512 /* of a process */

static cap_t self(void)
{
    return startup_cap("process");
}

static error_t start(const char *path, cap_t *process)
{
    char *argv[] = {(char *)path, NULL};
    error_t error = process_prepare(path, argv, NULL, process);

    return error ? error : process_start(*process);
}

TEST(PROCESS_IDENTITY, "a program's number is that by which it is listed, and so is its parent's")
{
    struct process_info info;

    CHECK_GOOD(process_list((uint64_t)getpid(), &info));
    CHECK(strcmp(info.name, "systest-process-") == 0);
    CHECK_IS(info.parent, getppid());
}

TEST(SELF_RANGES,
     "no whole page, nothing, outside, Write with Execute, not mapped: each has its error")
{
    uint64_t mapped;

    CHECK_ERROR(self_map(self(), ADDRESS + 1, PAGE, SELF_READ, &mapped), EINVAL);
    CHECK_ERROR(self_map(self(), 0, PAGE, SELF_WRITE | SELF_EXECUTE, &mapped), EINVAL);
    CHECK_ERROR(self_map(self(), 0, 1ull << 46, SELF_READ, &mapped), ENOMEM);
    CHECK_ERROR(self_unmap(self(), ADDRESS + 1, PAGE), EINVAL);
    CHECK_ERROR(self_unmap(self(), ADDRESS, 0), EINVAL);
    CHECK_ERROR(self_unmap(self(), PAGE, PAGE), ERANGE);
    CHECK_ERROR(self_unmap(self(), ADDRESS, UINT64_MAX), ERANGE);
    CHECK_ERROR(self_take_back(self(), PAGE, UINT64_MAX), ERANGE);
}

TEST(SELF_RANGES_PROTECT, "to protect nothing, Write with Execute, what is no program's or not "
                          "mapped: each has its error")
{
    CHECK_ERROR(self_protect(self(), ADDRESS, 0, SELF_READ), EINVAL);
    CHECK_ERROR(self_protect(self(), ADDRESS, PAGE, SELF_WRITE | SELF_EXECUTE), EINVAL);
    CHECK_ERROR(self_protect(self(), USER_ADDRESS_END, PAGE, SELF_READ), ERANGE);
    CHECK_ERROR(self_protect(self(), ADDRESS, PAGE, SELF_READ), ENOENT);
}

TEST(SELF_REGIONS, "with all regions used map, unmap and protect are ENOMEM; and then they are not")
{
    uint64_t end = ADDRESS + 3 * PAGE, mapped;
    error_t error = self_map(self(), ADDRESS, 3 * PAGE, SELF_READ, &mapped);

    CHECK_GOOD(error);
    for (unsigned i = 0; i < REGIONS && !error; i++) {
        end += 2 * PAGE;
        error = self_map(self(), end, PAGE, SELF_READ, &mapped);
    }
    CHECK_ERROR(error, ENOMEM);
    CHECK_ERROR(self_unmap(self(), ADDRESS + PAGE, PAGE), ENOMEM);
    CHECK_ERROR(self_protect(self(), ADDRESS + PAGE, PAGE, 0), ENOMEM);
    CHECK_GOOD(self_unmap(self(), ADDRESS, 3 * PAGE));
    CHECK_GOOD(self_map(self(), end, PAGE, SELF_READ, &mapped));
    CHECK_GOOD(self_unmap(self(), ADDRESS, end + PAGE - ADDRESS));
}

static void wait_for_ring(void *bell)
{
    uint64_t bits;

    ipc_wait_notification((cap_t)bell, &bits);
}

/* Is a thread of that name shown of this program, and how does it? */
static bool find_thread(const char *name, struct thread_info *info)
{
    for (uint64_t place = 0; process_list_thread((uint64_t)getpid(), &place, info) == SUCCESS;
         place++)
        if (strcmp(info->name, name) == 0)
            return true;
    return false;
}

TEST(SELF_THREADS, "a second thread is shown with its state, and no more when it has ended")
{
    struct spawned_thread thread;
    struct thread_info info;
    cap_t bell = make_notification();

    CHECK_GOOD(thread_spawn("second", wait_for_ring, (void *)bell, make_time(PRIORITY_HIGHER),
                            SCHEDCONTEXT_OWN, &thread));
    CHECK(find_thread("second", &info));
    CHECK_IS(info.state, THREAD_WAITS_NOTIFY);
    CHECK_GOOD(ipc_notify(bell, 1));
    CHECK_GOOD(thread_join(&thread));
    CHECK(!find_thread("second", &info));
    CHECK(find_thread("watchdog", &info));
}

TEST(SELF_THREADS_MANY, "16 threads can be shown, then ENOSPC; those that are gone make room")
{
    struct thread_info info;
    cap_t thread = make(OBJECT_THREAD, 0);
    error_t error = SUCCESS;
    unsigned count = 0;

    while (count <= 16 && !error) {
        error = self_show_thread(self(), thread);
        count += !error;
    }
    CHECK_ERROR(error, ENOSPC);
    CHECK_IS(count, 15); /* the watchdog is one */
    CHECK_GOOD(cap_revoke(thread));
    CHECK_GOOD(self_show_thread(self(), thread));
    CHECK_GOOD(cap_revoke(thread));
    CHECK(find_thread("watchdog", &info));
    CHECK_ERROR(process_list_thread(1ull << 39, &(uint64_t){0}, &info), ENOENT);
}

static error_t map_and_unmap(unsigned rounds)
{
    error_t error = SUCCESS;

    for (unsigned i = 0; i < rounds && !error; i++) {
        uint64_t address;

        error = self_map(self(), 0, 2 * PAGE, SELF_READ | SELF_WRITE, &address);
        if (error)
            return error;
        *(volatile char *)(address + PAGE) = 1;
        if (*(volatile char *)address)
            return EIO;
        error = self_unmap(self(), address, 2 * PAGE);
    }
    return error;
}

TEST(SELF_MAP_OFTEN, "3,000 times mapped, touched and unmapped: always zeros, and nothing is left")
{
    struct figures before;

    CHECK_GOOD(map_and_unmap(2)); /* pages that were given back are kept for the next */
    before = figures_take();
    CHECK_GOOD(map_and_unmap(3000));
    CHECK(figures_are(&before));
}

/* ---- at the same moment ---- */

/* Asks all there is to ask, while the process ends. */
static error_t ask_on(cap_t process)
{
    struct process_status status = {0};
    struct process_info info;
    error_t error = SUCCESS;
    cap_t thread;

    while (!error && !status.ended) {
        error = process_status(process, &status);
        if (error)
            return error;
        process_list(status.pid, &info);
        if (process_thread(process, &thread) == SUCCESS)
            error = cap_delete(thread);
        if (error == ESTALE) /* it went with its thread */
            error = SUCCESS;
        let_run();
    }
    return error;
}

TEST(PROCESS_ENDS_MEANWHILE,
     "a process that ends while its maker asks: each answer is one, 50 times")
{
    struct figures before;
    cap_t process;

    CHECK_GOOD(start("/bin/true", &process));
    CHECK_GOOD(ask_on(process));
    CHECK_GOOD(process_release(process));
    before = figures_take();
    for (unsigned i = 0; i < 50; i++) {
        CHECK_GOOD(start("/bin/true", &process));
        CHECK_GOOD(ask_on(process));
        CHECK_GOOD(process_release(process));
    }
    CHECK(figures_are(&before));
}

SUITE
