/*
 * builtins.c - the commands that the shell itself knows, and the short ones among them.
 *
 * What a person needs when the file server is dead is built in.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shell.h"

static int builtin_cd(struct shell *shell, int count, char **words)
{
    const char *path = count == 2 ? words[1] : "/";
    char here[PATH_MAX];

    (void)shell;
    if (chdir(path) < 0)
        return shell_complain("cd", path, errno);
    if (!getcwd(here, sizeof(here)) || setenv("PWD", here, 1) < 0)
        return shell_complain("cd", path, errno);
    return 0;
}

static int builtin_pwd(struct shell *shell, int count, char **words)
{
    char here[PATH_MAX];

    (void)shell, (void)count, (void)words;
    if (!getcwd(here, sizeof(here)))
        return shell_complain("pwd", "here", errno);
    puts(here);
    return 0;
}

static int builtin_exit(struct shell *shell, int count, char **words)
{
    char *end = "";
    long status = count == 2 ? strtol(words[1], &end, 10) : shell->status;

    if (*end || (count == 2 && end == words[1]) || status < 0 || status > 255) {
        fprintf(stderr, "exit: %s: a status is a number from 0 to 255\n", words[1]);
        return STATUS_USAGE;
    }
    shell->leaving = 1;
    return (int)status;
}

static int builtin_poweroff(struct shell *shell, int count, char **words)
{
    (void)count, (void)words;
    shell->status = 0;
    return power_end(shell, "poweroff", POWER_WAY_OFF);
}

static int builtin_reboot(struct shell *shell, int count, char **words)
{
    (void)count, (void)words;
    return power_end(shell, "reboot", POWER_WAY_REBOOT);
}

static int builtin_help(struct shell *shell, int count, char **words);

static const struct builtin {
    const char *name;
    int (*run)(struct shell *shell, int count, char **words);
    int arguments; /* at most */
    const char *synopsis;
    const char *help;
} builtins[] = {
    {"caps", builtin_caps, 1, "caps [PID|NAME]", "the capabilities that a process holds"},
    {"cd", builtin_cd, 1, "cd [DIRECTORY]", "go to a directory"},
    {"exit", builtin_exit, 1, "exit [STATUS]", "leave this shell; the first one: power off"},
    {"free", builtin_free, 0, "free", "memory and capability slots, exactly"},
    {"help", builtin_help, 0, "help", "this list"},
    {"kill", builtin_kill, 1, "kill PID|NAME", "end a process or server"},
    {"poweroff", builtin_poweroff, 0, "poweroff", "switch the machine off"},
    {"ps", builtin_ps, 0, "ps", "processes, what they do, and whose time they run on"},
    {"pwd", builtin_pwd, 0, "pwd", "where this shell is"},
    {"reboot", builtin_reboot, 0, "reboot", "start the machine again"},
};

#define BUILTINS (sizeof(builtins) / sizeof(builtins[0]))

static int builtin_help(struct shell *shell, int count, char **words)
{
    (void)shell, (void)count, (void)words;
    puts("Built in:");
    for (size_t i = 0; i < BUILTINS; i++)
        printf("  %-18s %s\n", builtins[i].synopsis, builtins[i].help);
    puts("All other commands are programs: ls /bin\n"
         "Joined by:  a; b   a && b (b if a succeeded)   a & (do not wait)   # comment\n"
         "Quoting:    'as it is'  \"but $? and \\\"\"  \\x      $? is the last status\n"
         "Keys:       Ctrl-C ends the running program, Ctrl-D this shell; arrows, Home, End,\n"
         "            Ctrl-A -E -U -K -W edit the line");
    return 0;
}

int builtin_run(struct shell *shell, int count, char **words, int *status)
{
    for (size_t i = 0; i < BUILTINS; i++) {
        if (strcmp(words[0], builtins[i].name) != 0)
            continue;
        if (count - 1 <= builtins[i].arguments) {
            *status = builtins[i].run(shell, count, words);
        } else {
            fprintf(stderr, "usage: %s\n", builtins[i].synopsis);
            *status = STATUS_USAGE;
        }
        return 1;
    }
    return 0;
}
