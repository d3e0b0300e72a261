/*
 * command.h - the shell's language: words, quotes, `$?`, `;`, `&&`, `&` and comments.
 *
 * Pure: text goes in, words come out. The shell takes one command at a time, so that `$?` is
 * the status of the one before.
 */
#pragma once

#include <stddef.h>

#define COMMAND_WORDS_MAX 128
#define COMMAND_BYTES     4096

enum command_join {
    JOIN_END,        /* the text ends here */
    JOIN_ALWAYS,     /* `;` or a new line: the next command runs in any case */
    JOIN_IF,         /* `&&`: the next command runs if this one's status is 0 */
    JOIN_BACKGROUND, /* `&`: the next command does not wait for the end of this one */
};

struct command {
    int word_count;                     /* 0: nothing but blanks or a comment */
    char *words[COMMAND_WORDS_MAX + 1]; /* into storage; NULL after the last */
    enum command_join join;
    char storage[COMMAND_BYTES];
};

/*
 * Takes the first command off *text and moves *text behind it and what joins it to the next.
 * `$?` becomes `status`. Returns NULL, or a sentence that says what is wrong with the text.
 */
const char *command_take(struct command *command, const char **text, int status);

/* Looks through the whole text; returns NULL, or what command_take would complain of. */
const char *command_check(struct command *scratch, const char *text);
