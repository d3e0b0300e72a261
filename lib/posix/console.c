/*
 * console.c - the terminal's modes: what a program says in Linux's terms, the console hears in
 * its own.
 */
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <myelin/idl/console.h>

#include "posix.h"

#define ROWS               24
#define COLUMNS            80
#define CONTROL_CHARACTERS 19

/* As Linux has it; the C library's struct termios begins with these and goes on. */
struct linux_termios {
    uint32_t input, output, control, local;
    uint8_t line;
    uint8_t characters[CONTROL_CHARACTERS];
};

static unsigned mode_set = CONSOLE_COOKED;

static void get_modes(struct linux_termios *modes)
{
    memset(modes, 0, sizeof(*modes));
    modes->control = CS8 | CREAD;
    modes->output = mode_set & CONSOLE_PLAIN ? 0 : OPOST | ONLCR;
    if (!(mode_set & CONSOLE_RAW)) {
        modes->input = ICRNL;
        modes->local = ICANON | ECHO | ECHOE | ISIG;
    }
    modes->characters[VINTR] = 'C' & 0x1f;
    modes->characters[VEOF] = 'D' & 0x1f;
    modes->characters[VERASE] = 0x7f;
    modes->characters[VMIN] = 1;
}

static long set_modes(const struct open_file *file, const struct linux_termios *modes)
{
    uint32_t mode = modes->local & ICANON ? CONSOLE_COOKED : CONSOLE_RAW;
    uint32_t before;
    error_t error;

    if (!(modes->output & OPOST))
        mode |= CONSOLE_PLAIN;
    error = console_mode(file->cap, mode, &before);
    if (!error)
        mode_set = mode;
    return -error;
}

static void get_size(struct winsize *size)
{
    memset(size, 0, sizeof(*size));
    size->ws_row = ROWS;
    size->ws_col = COLUMNS;
}

/* The log is no terminal, but has a size: so the C library writes to it line by line. */
long posix_console_control(struct open_file *file, unsigned request, void *argument)
{
    if (request == TIOCGWINSZ && (file->kind == OPEN_CONSOLE || file->kind == OPEN_LOG)) {
        get_size(argument);
        return 0;
    }
    if (file->kind != OPEN_CONSOLE)
        return -ENOTTY;
    switch (request) {
    case TCGETS:
        get_modes(argument);
        return 0;
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
        return set_modes(file, argument);
    default:
        return -EINVAL;
    }
}
