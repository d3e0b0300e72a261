/*
 * lexer.h - from text to tokens.
 *
 * Keywords are plain words here: what a word means, its place says (a method may be called `in`).
 */
#pragma once

#include <stdint.h>

#include "source.h"

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_NUMBER,
    TOKEN_TEXT, /* "..." */
    TOKEN_SIGN, /* one character: { } ( ) [ ] < > = , ; : . | */
};

struct token {
    enum token_kind kind;
    struct place place;
    const char *text; /* of a word, text or sign; of a number as it was written */
    uint64_t number;
    const char *doc; /* the lines after "///" right before it, or NULL */
};

struct lexer {
    struct arena *arena;
    struct source *source;
    const char *at;
    unsigned line;
    const char *line_start;
    char *doc; /* gathered since the last token */
};

void lexer_start(struct lexer *lexer, struct arena *arena, struct source *source);
/* The next token. What is no token at all stops the program with a complaint. */
struct token lexer_next(struct lexer *lexer);
/* How a complaint calls a token. */
const char *token_description(struct arena *arena, const struct token *token);
