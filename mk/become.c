/*
 * become.c - an extension of GNU make: $(become program,argument,...) ends make and runs the
 * program in its place.
 *
 * `make run CMD=...` exits with the guest's status by it, and hands over terminal and signals; a
 * failing recipe would always make it exit with 2.
 */
#include <gnumake.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int plugin_is_GPL_compatible;
int become_gmk_setup(void);

/* make passes a NULL-terminated list, as execvp wants it. Never returns. */
static char *become(const char *name, unsigned count, char **arguments)
{
    sigset_t none;

    (void)count;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvp(arguments[0], arguments);
    perror(name);
    exit(127);
}

int become_gmk_setup(void)
{
    gmk_add_function("become", become, 1, 0, GMK_FUNC_DEFAULT);
    return 1;
}
