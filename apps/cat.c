/*
 * cat.c - prints files one after the other; without names, what is typed.
 */
#include <fcntl.h>
#include <unistd.h>

#include "complain.h"

static char buffer[64 * 1024];

static int print(const char *name, int file)
{
    for (;;) {
        ssize_t length = read(file, buffer, sizeof(buffer));

        if (length < 0)
            return complain("cat", name, errno);
        if (length == 0)
            return 0;
        for (ssize_t done = 0; done < length;) {
            ssize_t written = write(STDOUT_FILENO, buffer + done, (size_t)(length - done));

            if (written < 0)
                return complain("cat", "output", errno);
            done += written;
        }
    }
}

static int print_file(const char *name)
{
    int file = open(name, O_RDONLY);
    int status;

    if (file < 0)
        return complain("cat", name, errno);
    status = print(name, file);
    close(file);
    return status;
}

int main(int argc, char **argv)
{
    int status = 0;

    if (argc == 1)
        return print("input", STDIN_FILENO);
    for (int i = 1; i < argc; i++)
        status |= print_file(argv[i]);
    return status;
}
