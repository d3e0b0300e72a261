/*
 * echo.c - prints its arguments; -n: without the new line.
 */
#include <string.h>

#include "complain.h"

int main(int argc, char **argv)
{
    int first = argc > 1 && strcmp(argv[1], "-n") == 0 ? 2 : 1;

    for (int i = first; i < argc; i++)
        printf("%s%s", i > first ? " " : "", argv[i]);
    if (first == 1)
        putchar('\n');
    if (fflush(stdout) != 0)
        return complain("echo", "output", errno);
    return 0;
}
