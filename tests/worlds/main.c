/*
 * main.c - explores all small worlds, or those named.
 *
 * usage: worlds [--states N] [--seconds N] [WORLD...]   (at most, of each)
 *        worlds --list                                  (their names, those that are soon done
 * first)
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worlds.h"

/* Those that have the fewest states come first: what time they leave the others have. */
static const struct small_world *const all[] = {
    &world_misused, &world_births, &world_lives,   &world_spaces,   &world_grants, &world_devices,
    &world_alarms,  &world_large,  &world_chains,  &world_wrong,    &world_times,  &world_cancels,
    &world_calls,   &world_sends,  &world_replies, &world_channels, &world_sets,   &world_caps,
    &world_revokes, &world_deaths, &world_memory,
};
#define WORLDS (sizeof(all) / sizeof(all[0]))

static unsigned states_most, seconds_most;

static void explore_one(void **state)
{
    explore(*state, states_most, seconds_most);
}

static int begin(void **state)
{
    void *ignored;

    (void)state;
    return world_begin(&ignored);
}

static int end(void **state)
{
    void *ignored;

    (void)state;
    if (explore_tell())
        return 1; /* what is left is no world any more */
    world.unchecked = true;
    return world_end(&ignored);
}

/* A panic, which was called for and not met anywhere: how it came to that. The process ends. */
static void aborted(int signal)
{
    explore_tell(); /* NOLINT(bugprone-signal-handler) */
    (void)signal;
    _Exit(1);
}

static int list(void)
{
    for (unsigned i = 0; i < WORLDS; i++)
        puts(all[i]->name);
    return 0;
}

static bool is_wanted(const char *name, char **names)
{
    for (unsigned i = 0; names[i]; i++)
        if (!strcmp(names[i], name))
            return true;
    return !names[0];
}

static bool is_world(const char *name)
{
    for (unsigned i = 0; i < WORLDS; i++)
        if (!strcmp(all[i]->name, name))
            return true;
    fprintf(stderr, "there is no world `%s`; --list names them all\n", name);
    return false;
}

/* The arguments behind that option and its number, if it is there. */
static char **take_option(char **arguments, const char *option, unsigned *number)
{
    if (!arguments[0] || strcmp(arguments[0], option) != 0 || !arguments[1])
        return arguments;
    *number = (unsigned)strtoul(arguments[1], NULL, 10);
    return arguments + 2;
}

int main(int count, char **arguments)
{
    struct CMUnitTest tests[WORLDS] = {{0}};
    unsigned wanted = 0;

    arguments++;
    if (arguments[0] && !strcmp(arguments[0], "--list"))
        return list();
    arguments = take_option(arguments, "--states", &states_most);
    arguments = take_option(arguments, "--seconds", &seconds_most);
    for (char **name = arguments; *name; name++)
        if (!is_world(*name))
            return 2;
    signal(SIGABRT, aborted);
    for (unsigned i = 0; i < WORLDS; i++)
        if (is_wanted(all[i]->name, arguments))
            tests[wanted++] =
                (struct CMUnitTest){all[i]->sentence, explore_one, begin, end, (void *)all[i]};
    count = _cmocka_run_group_tests("worlds", tests, wanted, NULL, NULL);
    outcomes_print();
    return count;
}
