/* main.c - all unit tests, group by group. */

#include <stddef.h>

int run_queue_tests(void);
int run_timeout_tests(void);
int run_world_tests(void);
int run_names_tests(void);
int run_ramfs_tests(void);
int run_console_tests(void);
int run_shell_tests(void);

int main(void)
{
    static int (*const groups[])(void) = {
        run_queue_tests, run_timeout_tests, run_world_tests, run_names_tests,
        run_ramfs_tests, run_console_tests, run_shell_tests,
    };
    int failed = 0;

    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        failed += groups[i]();
    return failed != 0;
}
