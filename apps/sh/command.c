/*
 * command.c - cuts a line into commands, and a command into words.
 */
#include "command.h"

#include <stdio.h>
#include <string.h>

struct scanner {
    struct command *command;
    const char *at;
    size_t used; /* bytes of command->storage */
    int status;
    const char *error;
};

static void fail(struct scanner *scanner, const char *error)
{
    if (!scanner->error)
        scanner->error = error;
}

static void keep(struct scanner *scanner, char byte)
{
    if (scanner->used == COMMAND_BYTES)
        fail(scanner, "the command is too long");
    else
        scanner->command->storage[scanner->used++] = byte;
}

/* At a `$`: only `$?` means something; any other dollar is a dollar. */
static void dollar(struct scanner *scanner)
{
    char number[12];

    scanner->at++;
    if (*scanner->at != '?') {
        keep(scanner, '$');
        return;
    }
    scanner->at++;
    snprintf(number, sizeof(number), "%d", scanner->status);
    for (const char *digit = number; *digit; digit++)
        keep(scanner, *digit);
}

static void single_quoted(struct scanner *scanner)
{
    for (scanner->at++; *scanner->at && *scanner->at != '\''; scanner->at++)
        keep(scanner, *scanner->at);
    if (*scanner->at)
        scanner->at++;
    else
        fail(scanner, "a ' is not closed");
}

static void double_quoted(struct scanner *scanner)
{
    scanner->at++;
    while (*scanner->at && *scanner->at != '"') {
        if (*scanner->at == '$') {
            dollar(scanner);
            continue;
        }
        if (*scanner->at == '\\' && scanner->at[1] && strchr("\\\"$", scanner->at[1]))
            scanner->at++;
        keep(scanner, *scanner->at++);
    }
    if (*scanner->at)
        scanner->at++;
    else
        fail(scanner, "a \" is not closed");
}

static void escaped(struct scanner *scanner)
{
    scanner->at++;
    if (*scanner->at)
        keep(scanner, *scanner->at++);
    else
        fail(scanner, "nothing follows the \\");
}

/* At the first byte of a word: takes the word. */
static void word(struct scanner *scanner)
{
    struct command *command = scanner->command;

    if (command->word_count == COMMAND_WORDS_MAX) {
        fail(scanner, "the command has too many words");
        return;
    }
    command->words[command->word_count++] = command->storage + scanner->used;
    while (*scanner->at && !strchr(" \t\n;&|<>", *scanner->at) && !scanner->error) {
        if (*scanner->at == '\'')
            single_quoted(scanner);
        else if (*scanner->at == '"')
            double_quoted(scanner);
        else if (*scanner->at == '\\')
            escaped(scanner);
        else if (*scanner->at == '$')
            dollar(scanner);
        else
            keep(scanner, *scanner->at++);
    }
    keep(scanner, '\0');
}

static void blanks_and_comment(struct scanner *scanner)
{
    scanner->at += strspn(scanner->at, " \t");
    if (*scanner->at == '#')
        scanner->at += strcspn(scanner->at, "\n");
}

/* After the words: what joins this command to the next. */
static void join(struct scanner *scanner)
{
    static const struct {
        const char *text;
        enum command_join join;
        const char *lonely; /* what to say if no command is before it */
    } joins[] = {
        {"\n", JOIN_ALWAYS, NULL},
        {";", JOIN_ALWAYS, "there is no command before ;"},
        {"&&", JOIN_IF, "there is no command before &&"},
        {"&", JOIN_BACKGROUND, "there is no command before &"},
    };

    scanner->command->join = JOIN_END;
    if (*scanner->at == '\0')
        return;
    for (size_t i = 0; i < sizeof(joins) / sizeof(joins[0]); i++) {
        if (strncmp(scanner->at, joins[i].text, strlen(joins[i].text)) != 0)
            continue;
        scanner->at += strlen(joins[i].text);
        scanner->command->join = joins[i].join;
        if (scanner->command->word_count == 0 && joins[i].lonely)
            fail(scanner, joins[i].lonely);
        return;
    }
    fail(scanner, "| < > (pipes and redirection) are not supported");
}

const char *command_take(struct command *command, const char **text, int status)
{
    struct scanner scanner = {.command = command, .at = *text, .status = status};

    command->word_count = 0;
    blanks_and_comment(&scanner);
    while (*scanner.at && !strchr("\n;&|<>", *scanner.at) && !scanner.error) {
        word(&scanner);
        blanks_and_comment(&scanner);
    }
    command->words[command->word_count] = NULL;
    if (!scanner.error)
        join(&scanner);
    *text = scanner.at;
    return scanner.error;
}

const char *command_check(struct command *scratch, const char *text)
{
    const char *error;
    int joined_by_if = 0;

    do {
        error = command_take(scratch, &text, 255);
        if (!error && joined_by_if && scratch->word_count == 0)
            error = "there is no command after &&";
        joined_by_if = scratch->join == JOIN_IF;
    } while (!error && scratch->join != JOIN_END);
    return error;
}
