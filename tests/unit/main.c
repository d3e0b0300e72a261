/* main.c - all unit tests, group by group; or those whose name is like the first argument. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define GROUP(name) int run_##name##_tests(void);
#include "groups.h"
#undef GROUP

int main(int count, char **arguments)
{
    static int (*const groups[])(void) = {
#define GROUP(name) run_##name##_tests,
#include "groups.h"
#undef GROUP
    };
    int failed = 0;

    if (count > 1)
        cmocka_set_test_filter(arguments[1]);
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        failed += groups[i]();
    return failed != 0;
}
