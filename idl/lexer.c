/* lexer.c - from text to tokens. */
#include "lexer.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void lexer_start(struct lexer *lexer, struct arena *arena, struct source *source)
{
    *lexer = (struct lexer){.arena = arena,
                            .source = source,
                            .at = source->text,
                            .line = 1,
                            .line_start = source->text};
}

static struct place here(const struct lexer *lexer)
{
    return (struct place){.source = lexer->source,
                          .line = lexer->line,
                          .column = (unsigned)(lexer->at - lexer->line_start) + 1};
}

static void step(struct lexer *lexer)
{
    if (*lexer->at++ == '\n') {
        lexer->line++;
        lexer->line_start = lexer->at;
    }
}

/* A "///" line joins those before it. */
static void take_doc_line(struct lexer *lexer)
{
    const char *start = lexer->at + 3;
    const char *end = start + strcspn(start, "\n");

    if (*start == ' ')
        start++;
    lexer->doc = lexer->doc
                     ? arena_format(lexer->arena, "%s\n%.*s", lexer->doc, (int)(end - start), start)
                     : arena_text(lexer->arena, start, (size_t)(end - start));
    lexer->at = end;
}

static void skip_block_comment(struct lexer *lexer)
{
    struct place start = here(lexer);

    while (strncmp(lexer->at, "*/", 2) != 0) {
        if (!*lexer->at)
            complain_and_stop(start,
                              "expected '*/' to end this comment, found the end of the file");
        step(lexer);
    }
    lexer->at += 2;
}

static void skip_space(struct lexer *lexer)
{
    for (;;) {
        if (isspace((unsigned char)*lexer->at))
            step(lexer);
        else if (strncmp(lexer->at, "///", 3) == 0)
            take_doc_line(lexer);
        else if (strncmp(lexer->at, "//", 2) == 0)
            lexer->at += strcspn(lexer->at, "\n");
        else if (strncmp(lexer->at, "/*", 2) == 0)
            skip_block_comment(lexer);
        else
            return;
    }
}

static bool is_word_letter(char letter)
{
    return isalnum((unsigned char)letter) || letter == '_';
}

static void take_word(struct lexer *lexer, struct token *token)
{
    const char *start = lexer->at;

    while (is_word_letter(*lexer->at))
        lexer->at++;
    token->text = arena_text(lexer->arena, start, (size_t)(lexer->at - start));
}

static void take_number(struct lexer *lexer, struct token *token)
{
    char *end;

    token->kind = TOKEN_NUMBER;
    take_word(lexer, token);
    errno = 0;
    token->number = strtoull(token->text, &end, 0);
    if (*end)
        complain_and_stop(token->place, "expected a number, found '%s'", token->text);
    if (errno == ERANGE)
        complain_and_stop(token->place, "the number %s does not fit into 64 bits", token->text);
}

static void take_text(struct lexer *lexer, struct token *token)
{
    const char *start = ++lexer->at;

    token->kind = TOKEN_TEXT;
    lexer->at += strcspn(start, "\"\n");
    if (*lexer->at != '"')
        complain_and_stop(token->place, "expected '\"' to end this text in the same line");
    token->text = arena_text(lexer->arena, start, (size_t)(lexer->at - start));
    lexer->at++;
}

struct token lexer_next(struct lexer *lexer)
{
    struct token token = {.kind = TOKEN_END, .text = ""};

    skip_space(lexer);
    token.place = here(lexer);
    token.doc = lexer->doc;
    lexer->doc = NULL;
    if (!*lexer->at)
        return token;
    if (isdigit((unsigned char)*lexer->at)) {
        take_number(lexer, &token);
    } else if (is_word_letter(*lexer->at)) {
        token.kind = TOKEN_WORD;
        take_word(lexer, &token);
    } else if (*lexer->at == '"') {
        take_text(lexer, &token);
    } else if (strchr("{}()[]<>=,;:.|", *lexer->at)) {
        token.kind = TOKEN_SIGN;
        token.text = arena_text(lexer->arena, lexer->at++, 1);
    } else {
        complain_and_stop(token.place, "the character '%c' means nothing here", *lexer->at);
    }
    return token;
}

const char *token_description(struct arena *arena, const struct token *token)
{
    if (token->kind == TOKEN_END)
        return "the end of the file";
    if (token->kind == TOKEN_TEXT)
        return arena_format(arena, "the text \"%s\"", token->text);
    return arena_format(arena, "'%s'", token->text);
}
