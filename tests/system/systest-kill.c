/*
 * systest-kill.c - the file server is killed while clients wait, are being served and hold open
 * files: each gets an error at once. A boot of its own, since nothing brings it back.
 *
 * The tests build on each other: KILL_MOMENT does it, the others look at what came of it.
 */
#include <fcntl.h>

#include <myelin/clock.h>
#include <myelin/file.h>
#include <myelin/idl/process_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/service.h>

#include "lib/systest.h"

#define CLIENTS     6
#define SLICE       20000ull  /* each client's: it ends in the middle of many a call */
#define SAMPLE      150000ull /* ns between two looks, at least */
#define SPREAD      20000ull  /* and so much more, at most */
#define SAMPLES_MAX 20000
#define AT_ONCE     200000000ull /* ns */

static struct client {
    cap_t file;
    struct worker worker;
    volatile error_t error;
    volatile uint64_t ended; /* when */
    unsigned state;          /* at the moment of the kill */
} clients[CLIENTS];

static struct {
    uint64_t when;
    bool done;
    error_t held; /* what a file that was open, and not in use, answered afterwards */
} killing;

/* Reads until an error comes. */
static void read_on(void *argument)
{
    struct client *client = argument;
    char buffer[512];
    size_t done;

    do {
        client->error = file_read(client->file, 0, buffer, sizeof(buffer), &done);
    } while (!client->error);
    client->ended = clock_now();
}

static error_t start_client(struct client *client)
{
    const struct plan plan = {.run = read_on,
                              .argument = client,
                              .priority = PRIORITY_LOWER,
                              .budget = SLICE,
                              .period = SLICE};
    cap_t session;
    error_t error = file_session(&session);

    if (!error)
        error = file_open(session, "/bin/sh", O_RDONLY, 0, &client->file, NULL);
    return error ? error : worker_start(&client->worker, &plan);
}

static uint64_t pid_of(const char *name)
{
    struct process_info info;

    for (uint64_t pid = 0; process_list(pid, &info) == SUCCESS; pid = info.pid + 1)
        if (strcmp(info.name, name) == 0)
            return info.pid;
    return 0;
}

/* Is one client being served now, and another waiting? */
static bool is_the_moment(void)
{
    unsigned served = 0, queued = 0;

    for (unsigned i = 0; i < CLIENTS; i++) {
        clients[i].state = worker_state(&clients[i].worker);
        served += clients[i].state == THREAD_WAITS_REPLY;
        queued += clients[i].state == THREAD_WAITS_CALL;
    }
    return served && queued;
}

/* When a client's slice ends while it is served, the next one calls and waits: looks until it is
   just so, at one time or another. */
static bool wait_for_the_moment(void)
{
    for (uint64_t i = 0; i < SAMPLES_MAX; i++) {
        sleep_for(SAMPLE + i * 97 % SPREAD);
        if (is_the_moment())
            return true;
    }
    return false;
}

TEST(KILL_MOMENT, "ramfs can be killed while it serves a client and others wait")
{
    struct file_status status;
    cap_t session, held;

    CHECK_GOOD(file_session(&session));
    CHECK_GOOD(file_open(session, "/etc/motd", O_RDONLY, 0, &held, NULL));
    for (unsigned i = 0; i < CLIENTS; i++)
        CHECK_GOOD(start_client(&clients[i]));
    CHECK(wait_for_the_moment());
    killing.when = clock_now();
    CHECK_GOOD(process_kill_pid(pid_of("ramfs")));
    killing.done = true;
    for (unsigned i = 0; i < CLIENTS; i++)
        CHECK_GOOD(worker_wait(&clients[i].worker));
    killing.held = file_stat(held, &status);
}

/* Of the clients that were in that state at the kill: did all get this error? */
static bool all_got(unsigned state, error_t error)
{
    unsigned count = 0;

    for (unsigned i = 0; i < CLIENTS; i++) {
        if (clients[i].state != state)
            continue;
        count++;
        if (clients[i].error != error)
            return false;
    }
    return killing.done && count > 0;
}

TEST(KILL_SERVED, "the client that was being served got EPIPE")
{
    CHECK(all_got(THREAD_WAITS_REPLY, EPIPE));
}

TEST(KILL_QUEUED, "the clients that waited got EPIPE")
{
    CHECK(all_got(THREAD_WAITS_CALL, EPIPE));
}

TEST(KILL_AT_ONCE, "each client got its error at once")
{
    for (unsigned i = 0; i < CLIENTS; i++) {
        CHECK(clients[i].ended >= killing.when);
        CHECK(clients[i].ended - killing.when < AT_ONCE);
    }
}

TEST(KILL_OPEN_FILE, "who merely held an open file gets ESTALE when it is next used")
{
    CHECK(killing.done);
    CHECK_IS(killing.held, ESTALE);
}

TEST(KILL_SESSION, "an open session is stale, and a new one cannot be had: ENOENT")
{
    struct file_status status;
    cap_t session;

    CHECK(killing.done);
    CHECK_GOOD(file_session(&session));
    CHECK_ERROR(file_stat_path(session, "/", &status), ESTALE);
    CHECK_ERROR(service_connect("ramfs", &session), ENOENT);
}

TEST(KILL_C_LIBRARY, "the C library tells it as an error, too")
{
    CHECK(killing.done);
    CHECK_IS(open("/etc/motd", O_RDONLY), -1);
}

TEST(KILL_OTHERS, "all other servers go on: names, process and console answer")
{
    struct processes_memory memory;
    struct process_info info;
    cap_t session;

    CHECK(killing.done);
    CHECK_GOOD(process_list(pid_of("ramfs"), &info));
    CHECK_IS(info.state, THREAD_EXITED);
    CHECK_GOOD(process_memory(&memory));
    CHECK_GOOD(service_connect("console", &session));
}

SUITE
