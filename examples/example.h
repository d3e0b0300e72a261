/*
 * example.h - what the examples share: starting a partner, and giving up with a reason.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include <myelin/cap.h>
#include <myelin/ipc.h>
#include <myelin/process.h>
#include <myelin/startup.h>

/* Ends the program if something that an example takes for granted went wrong. */
static inline void must(const char *what, error_t error)
{
    if (!error)
        return;
    fflush(stdout);
    fprintf(stderr, "%s: %s\n", what, error_sentence(error));
    exit(1);
}

/*
 * Starts the program at `path` as a process of its own. It finds `cap`, with `rights` of it,
 * under `name`, and the console. The caller releases it (process_release), which also ends it.
 */
static inline cap_t start_partner(const char *path, const char *name, cap_t cap, uint32_t rights)
{
    char *arguments[] = {(char *)path, NULL};
    cap_t process;

    must(path, process_prepare(path, arguments, NULL, &process));
    must(path, process_give(process, name, cap, CAP_DERIVE | rights));
    must(path, process_give(process, "console", startup_cap("console"), CAP_COPY));
    must(path, process_start(process));
    return process;
}

/* What a partner that receives needs: to receive, and to be sent and to send capabilities. */
#define SERVER_RIGHTS (CAP_RIGHTS_RECV | CAP_RIGHTS_GRANT)
/* What a partner that calls needs. */
#define CLIENT_RIGHTS (CAP_RIGHTS_CALL | CAP_RIGHTS_GRANT)
