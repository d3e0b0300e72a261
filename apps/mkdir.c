/*
 * mkdir.c - makes directories.
 */
#include <sys/stat.h>

#include "complain.h"

int main(int argc, char **argv)
{
    int status = 0;

    if (argc < 2)
        return usage("mkdir PATH...");
    for (int i = 1; i < argc; i++)
        if (mkdir(argv[i], 0755) < 0)
            status |= complain("mkdir", argv[i], errno);
    return status;
}
