/* vocabulary.c - object types, rights, integers, and the words of C. */
#include "vocabulary.h"

#include <string.h>

#include <myelin/objects.h>

/* A word, and what it is in objects.h. */
#define VOCABLE(word, c_name) {word, c_name, #c_name}

const struct vocable object_types[] = {
    VOCABLE("Any", OBJECT_NONE),
    VOCABLE("Untyped", OBJECT_UNTYPED),
    VOCABLE("CSpace", OBJECT_CSPACE),
    VOCABLE("VSpace", OBJECT_VSPACE),
    VOCABLE("Frame", OBJECT_FRAME),
    VOCABLE("Thread", OBJECT_THREAD),
    VOCABLE("SchedContext", OBJECT_SCHEDCONTEXT),
    VOCABLE("Cpu", OBJECT_CPU),
    VOCABLE("Endpoint", OBJECT_ENDPOINT),
    VOCABLE("Notification", OBJECT_NOTIFICATION),
    VOCABLE("Channel", OBJECT_CHANNEL),
    VOCABLE("WaitSet", OBJECT_WAITSET),
    VOCABLE("Reply", OBJECT_REPLY),
    VOCABLE("MemoryGrant", OBJECT_MEMORYGRANT),
    VOCABLE("Irq", OBJECT_IRQ),
    VOCABLE("IrqControl", OBJECT_IRQCONTROL),
    VOCABLE("IoPort", OBJECT_IOPORT),
    VOCABLE("Trace", OBJECT_TRACE),
    VOCABLE("IoSpace", OBJECT_IOSPACE),
    {0},
};

const struct vocable rights[] = {
    VOCABLE("Read", CAP_RIGHTS_READ),       VOCABLE("Write", CAP_RIGHTS_WRITE),
    VOCABLE("Execute", CAP_RIGHTS_EXECUTE), VOCABLE("Send", CAP_RIGHTS_SEND),
    VOCABLE("Call", CAP_RIGHTS_CALL),       VOCABLE("Post", CAP_RIGHTS_POST),
    VOCABLE("Recv", CAP_RIGHTS_RECV),       VOCABLE("Grant", CAP_RIGHTS_GRANT),
    VOCABLE("Dma", CAP_RIGHTS_DMA),         VOCABLE("Manage", CAP_RIGHTS_MANAGE),
    VOCABLE("Use", CAP_RIGHTS_USE),         {0},
};

const struct vocable integers[] = {
    {"u8", 1, "uint8_t"},
    {"u16", 2, "uint16_t"},
    {"u32", 4, "uint32_t"},
    {"u64", 8, "uint64_t"},
    {"i8", 1 | VOCABLE_SIGNED, "int8_t"},
    {"i16", 2 | VOCABLE_SIGNED, "int16_t"},
    {"i32", 4 | VOCABLE_SIGNED, "int32_t"},
    {"i64", 8 | VOCABLE_SIGNED, "int64_t"},
    {"char", 1, "char"},
    {0},
};

static const char *const c_words[] = {
    "auto",  "bool",   "break",    "case",     "char",   "const",  "continue", "default",
    "do",    "double", "else",     "enum",     "extern", "false",  "float",    "for",
    "goto",  "if",     "inline",   "int",      "long",   "return", "register", "restrict",
    "short", "signed", "sizeof",   "static",   "struct", "switch", "true",     "typedef",
    "union", "void",   "unsigned", "volatile", "while",  NULL,
};

/* What the generated functions call their own variables. */
static const char *const local_words[] = {
    "answer", "at", "counters", "deadline", "error", "i",    "invocation", "message", "methods",
    "one",    "r",  "reply",    "request",  "rest",  "utcb", "words",      NULL,
};

const struct vocable *vocable_find(const struct vocable *list, const char *word)
{
    for (; list->word; list++)
        if (strcmp(list->word, word) == 0)
            return list;
    return NULL;
}

void vocable_suggest(const struct vocable *list, struct suggestion *suggestion)
{
    for (; list->word; list++)
        suggestion_try(suggestion, list->word);
}

static const char *join(struct arena *arena, const char *text, const char *between,
                        const char *next)
{
    return *text ? arena_format(arena, "%s%s%s", text, between, next) : next;
}

const char *rights_text(struct arena *arena, uint32_t set)
{
    const char *text = "";

    for (const struct vocable *right = rights; right->word; right++)
        if (set & right->number)
            text = join(arena, text, ", ", right->word);
    return text;
}

const char *rights_c_text(struct arena *arena, uint32_t set)
{
    const char *text = "";

    for (const struct vocable *right = rights; right->word; right++)
        if (set & right->number)
            text = join(arena, text, " | ", right->c_name);
    return *text ? text : "0";
}

const char *types_text(struct arena *arena, uint32_t set)
{
    const char *text = "";

    if (!set)
        return "any type";
    for (const struct vocable *type = object_types; type->word; type++)
        if (type->number && set >> type->number & 1)
            text = join(arena, text, " or ", type->word);
    return text;
}

static bool contains(const char *const *list, const char *word)
{
    for (; *list; list++)
        if (strcmp(*list, word) == 0)
            return true;
    return false;
}

bool is_c_word(const char *word)
{
    return contains(c_words, word);
}

bool is_local_word(const char *word)
{
    return contains(local_words, word);
}
