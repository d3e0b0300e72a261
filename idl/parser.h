/*
 * parser.h - from tokens to the tree. The first error of grammar ends the program.
 */
#pragma once

#include "lexer.h"
#include "tree.h"

struct parser {
    struct arena *arena;
    struct lexer lexer;
    struct token token; /* the one that is looked at */
    struct interface *interface;
};

/* parser.c: whole files. */
struct interface *parse_interface(struct arena *arena, struct source *source);
struct error_entry *parse_errors(struct arena *arena, struct source *source);

/* parser_base.c: one token at a time. `what` completes "expected ...". */
void parser_start(struct parser *parser, struct arena *arena, struct source *source);
struct token parser_take(struct parser *parser);
bool parser_sees(const struct parser *parser, const char *text);
bool parser_accepts(struct parser *parser, const char *text);
struct token parser_expect_word(struct parser *parser, const char *what);
void parser_expect(struct parser *parser, const char *sign, const char *where);
uint64_t parser_expect_number(struct parser *parser, const char *what);
/* A number, or the name of a constant that stands before. */
uint64_t parser_expect_amount(struct parser *parser, const char *what);
__attribute__((noreturn)) void parser_fail(struct parser *parser, const char *what,
                                           const struct suggestion *suggestion);
/* A comma between two items; false at `end`, which is taken. */
bool parser_list_goes_on(struct parser *parser, const char *end, const char *where);

/* parser_method.c: methods, their parameters, and types. */
struct method *parse_method(struct parser *parser);
struct type parse_type(struct parser *parser, const char *what);
void parse_array(struct parser *parser, struct type *type);
struct error_use *parse_error_use(struct parser *parser);
