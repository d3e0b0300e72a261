/*
 * repeat.c - runs a program again and again, and says nothing of how it ends: repeat TIMES PROGRAM
 * [ARGUMENT]... Its own status is 1 only if the program cannot be started.
 */
#include <stdio.h>
#include <stdlib.h>

#include <myelin/idl/process_types.h>
#include <myelin/ipc.h>
#include <myelin/process.h>

int main(int argc, char **argv)
{
    struct process_status status;
    char path[64];
    cap_t process;

    if (argc < 3)
        return 2;
    snprintf(path, sizeof(path), "/bin/%s", argv[2]);
    for (long times = strtol(argv[1], NULL, 10); times > 0; times--) {
        error_t error = process_spawn(path, argv + 2, NULL, &process);

        if (!error)
            error = process_wait(process, &status);
        if (error) {
            printf("repeat: %s: %s\n", path, error_sentence(error));
            return 1;
        }
        process_release(process);
    }
    return 0;
}
