/*
 * tree.h - what an interface file says, as a tree.
 *
 * The parser builds it; check.c resolves names and sizes; layout.c gives each parameter its place
 * in the message. Nothing changes it afterwards. Lists keep the order of the file.
 */
#pragma once

#include <stdint.h>

#include "source.h"

enum type_kind {
    TYPE_INTEGER, /* u8 .. i64; in a struct also char */
    TYPE_BOOL,
    TYPE_ENUM,
    TYPE_FLAGS,
    TYPE_STRUCT,
    TYPE_NAME,   /* 16 bytes, NUL-padded */
    TYPE_STRING, /* up to `bound` bytes, none of them NUL */
    TYPE_BYTES,  /* up to `bound` bytes */
    TYPE_CAP,
    TYPE_LEASE,
    TYPE_DEADLINE, /* of the client's stub; not sent */
};

struct type {
    enum type_kind kind;
    struct place place;
    const char *owner_name; /* what stands before the dot: whose type it is; NULL: its own */
    const char *name;
    uint64_t bound; /* string, bytes, lease: most bytes */
    uint64_t count; /* of an array its elements; 0: no array */
    bool is_array;
    /* From here on set by check.c. */
    unsigned size, alignment; /* bytes of one element */
    bool is_signed;
    const struct interface *owner;
    struct declaration *declaration; /* enum, flags, struct */
};

/* A value of an enum, a bit of flags, a constant, an event. */
struct value {
    struct value *next;
    struct place place;
    const char *name, *doc;
    uint64_t number;
};

struct field {
    struct field *next;
    struct place place;
    const char *name, *doc;
    struct type type;
    unsigned offset;
};

enum declaration_kind { DECLARED_ENUM, DECLARED_FLAGS, DECLARED_STRUCT };

struct declaration {
    struct declaration *next;
    enum declaration_kind kind;
    struct place place;
    const char *name, *doc;
    struct type base; /* enum, flags */
    struct value *values;
    struct field *fields;
    unsigned size, alignment;
    bool checked, being_checked;
};

struct error_use {
    struct error_use *next;
    struct place place;
    const char *name;
    const char *sentence; /* NULL: that of the interface, or of the list of errors */
    int number;           /* by check.c */
};

enum cap_mode { MODE_COPIED, MODE_DERIVED, MODE_MOVED, MODE_CHOSEN };

struct cap_spec {
    uint32_t types;  /* bit n: object type n; 0: any */
    uint32_t rights; /* that must come */
    uint32_t kept;   /* MODE_DERIVED: what is sent */
    enum cap_mode mode;
    bool optional;
};

#define LEASE_READ  1 /* lent to be read */
#define LEASE_WRITE 2

enum direction { DIRECTION_IN, DIRECTION_OUT };

struct parameter {
    struct parameter *next;
    enum direction direction;
    struct place place;
    const char *name, *doc;
    struct type type;
    struct cap_spec cap;
    unsigned lease_access;
    /* From here on set by layout.c. */
    unsigned word;  /* its first word; variable ones after the first: not fixed, 0 */
    unsigned words; /* how many; variable ones: at most, with the length */
    unsigned index; /* which capability, lease or variable one of the message, from 0 */
};

/* One direction of a method. */
struct shape {
    unsigned fixed_words; /* of the parameters of fixed size */
    unsigned least_words, most_words;
    unsigned caps, optional_caps, leases;
    unsigned variables; /* strings and bytes */
};

struct method {
    struct method *next;
    struct place place;
    const char *name, *doc;
    uint64_t number;
    uint64_t batch; /* most requests in one message; 0: no batch */
    bool oneway, idempotent;
    uint32_t needs; /* rights */
    struct error_use *errors;
    struct parameter *parameters;
    struct shape in, out; /* by layout.c; of a batch: of one request */
};

struct interface {
    struct source *source;
    struct place place;
    const char *name, *doc;
    uint64_t id, version;
    bool is_object;  /* answered by the kernel */
    bool is_service; /* found by name: clients connect first */
    struct import *imports;
    struct value *constants, *events;
    struct declaration *declarations;
    struct error_use *errors;
    struct method *methods;
};

struct import {
    struct import *next;
    struct place place;
    const char *name;
    const struct interface *interface;
};

/* One error of errors.idl. */
struct error_entry {
    struct error_entry *next;
    struct place place;
    const char *name;
    const char *alias; /* another name of the same number, or NULL */
    int number;
    const char *sentence, *doc;
};
