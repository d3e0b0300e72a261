/*
 * table.h - what names remembers: services, and who may do what with them. No system calls.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <myelin/abi.h>
#include <myelin/errors.h>
#include <myelin/idl/names_types.h>
#include <myelin/objects.h>

#define NAMES_SERVICES_MAX    64
#define NAMES_PERMISSIONS_MAX 256
/* A permission for this name counts for every name (but see names_may). */
#define NAMES_ANY             "*"

/* All that a permission can hold. */
#define NAMES_PERMISSIONS (NAMES_MAY_CALL | NAMES_MAY_SEND | NAMES_MAY_NOTIFY | NAMES_MAY_PUBLISH)

struct service {
    char name[OBJECT_NAME_BYTES + 1];
    unsigned kind;   /* NAMES_ENDPOINT, NAMES_NOTIFICATION */
    cap_t cap;       /* what was published */
    uint32_t rights; /* that cap has */
};

struct permission {
    uint64_t client;
    char name[OBJECT_NAME_BYTES + 1];
    unsigned may; /* NAMES_MAY_..., never 0 */
};

struct names_table {
    unsigned service_count;
    unsigned permission_count;
    struct service services[NAMES_SERVICES_MAX];
    struct permission permissions[NAMES_PERMISSIONS_MAX];
};

/* What requests work on. */
extern struct names_table names_table;

/* SUCCESS if `name` can be one: 1..16 printable bytes, no spaces; else EINVAL. */
error_t names_check(const char *name);

/* The service of that name and kind, or NULL. Valid until the table changes. */
struct service *names_find(struct names_table *table, const char *name, unsigned kind);
/* ENOSPC: the table is full. EEXIST: it is there. */
error_t names_add(struct names_table *table, const struct service *service);
/* Takes it out; those behind it move up by one. */
void names_remove(struct names_table *table, struct service *service);

/* Adds `may` to what the client may do with `name`; 0 takes all of it away. ENOSPC. */
error_t names_allow(struct names_table *table, uint64_t client, const char *name, unsigned may);
/*
 * What the client may do with `name`. NAMES_ROOT may do everything. A name that another client
 * may publish by its own name is that client's: NAMES_ANY does not let others publish it.
 */
unsigned names_may(const struct names_table *table, uint64_t client, const char *name);

/*
 * The rights that a client with the permissions `may` gets of a service that was published
 * with `rights`. 0: nothing that it may use.
 */
uint32_t names_rights(unsigned kind, uint32_t rights, unsigned may);
