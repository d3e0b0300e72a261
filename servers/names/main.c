/*
 * main.c - the name server: publish a service under a name, look one up.
 *
 * It never calls a service, so no service can delay it. Who a client is says the badge of its
 * capability, which root minted; what it may do, root says with NAMES_LABEL_ALLOW.
 */
#include <string.h>

#include <myelin/cap.h>
#include <myelin/idl/names_types.h>
#include <myelin/ipc.h>
#include <myelin/startup.h>
#include <myelin/thread.h>

#include "table.h"

static struct names_table table;

/* A slot whose object died is empty, or has another generation by now. */
static bool is_alive(const struct service *service)
{
    struct cap_info info;

    return cap_inspect(CAP_NULL, service->cap & CAP_INDEX_MASK, &info) == SUCCESS &&
           info.cap == service->cap;
}

static void forget(struct service *service)
{
    cap_delete(service->cap);
    names_remove(&table, service);
}

/* As names_find; a service found dead is forgotten. */
static struct service *find_alive(const char *name, unsigned kind)
{
    struct service *service = names_find(&table, name, kind);

    if (!service || is_alive(service))
        return service;
    forget(service);
    return NULL;
}

static void forget_dead(void)
{
    for (unsigned i = table.service_count; i > 0; i--)
        if (!is_alive(&table.services[i - 1]))
            forget(&table.services[i - 1]);
}

/* The answer to what is not possible: the error, and the name of what it is about. */
static void refuse(struct message *message, error_t error, const char *name)
{
    message_begin(message, (uint32_t)error);
    message_put_name(message, name);
}

/* Makes *service of the capability that came with the request; it is not in the table yet. */
static error_t describe(const struct message *message, struct service *service)
{
    uint32_t type;

    if (message->cap_count != 1)
        return EMSGSIZE;
    type = (uint32_t)(message->caps[0].how >> 32);
    if (type != OBJECT_ENDPOINT && type != OBJECT_NOTIFICATION)
        return EINVAL;
    service->kind = type == OBJECT_ENDPOINT ? NAMES_ENDPOINT : NAMES_NOTIFICATION;
    service->cap = message->caps[0].cap;
    service->rights = (uint32_t)message->caps[0].how;
    return SUCCESS;
}

static error_t publish(const struct message *message, struct service *service)
{
    error_t error = describe(message, service);

    if (error)
        return error;
    if (!(names_may(&table, message->badge, service->name) & NAMES_MAY_PUBLISH))
        return EACCES;
    if (find_alive(service->name, service->kind))
        return EEXIST;
    if (table.service_count == NAMES_SERVICES_MAX)
        forget_dead();
    return names_add(&table, service);
}

static void handle_publish(struct message *message, const char *name)
{
    struct service service = {0};
    error_t error;

    strcpy(service.name, name);
    error = publish(message, &service);
    if (error)
        return refuse(message, error, name);
    message_begin(message, SUCCESS); /* the capability is the table's now */
}

/* Whether the request may have what it asks for; *service is the one it asks for. */
static error_t find_for(const struct message *message, const char *name, struct service **service)
{
    uint64_t kind = message->words[2];
    unsigned may = names_may(&table, message->badge, name);
    unsigned needed =
        kind == NAMES_NOTIFICATION ? NAMES_MAY_NOTIFY : NAMES_MAY_CALL | NAMES_MAY_SEND;

    if (message->word_count < 3)
        return EMSGSIZE;
    if (kind > NAMES_NOTIFICATION)
        return EINVAL;
    if (!(may & needed))
        return EACCES;
    *service = find_alive(name, (unsigned)kind);
    if (!*service)
        return ENOENT;
    if (!names_rights((*service)->kind, (*service)->rights, may))
        return EPERM;
    return message->sender_accept < 1 ? ENOSPC : SUCCESS;
}

static void handle_lookup(struct message *message, const char *name)
{
    struct service *service;
    error_t error = find_for(message, name, &service);
    unsigned may;

    if (error)
        return refuse(message, error, name);
    may = names_may(&table, message->badge, name);
    message_begin(message, SUCCESS);
    message_put_cap(message, service->cap,
                    CAP_DERIVE | names_rights(service->kind, service->rights, may));
}

static void handle_list(struct message *message)
{
    uint64_t index = message->words[0];

    if (message->word_count < 1)
        return message_begin(message, EMSGSIZE);
    while (index < table.service_count && !is_alive(&table.services[index]))
        forget(&table.services[index]);
    if (index >= table.service_count)
        return message_begin(message, ENOENT);
    message_begin(message, SUCCESS);
    message_put_name(message, table.services[index].name);
    message_put(message, table.services[index].kind);
}

static void handle_allow(struct message *message)
{
    char name[OBJECT_NAME_BYTES + 1];
    error_t error;

    message_get_name(message, 1, name);
    if (message->word_count < 4)
        return message_begin(message, EMSGSIZE);
    error = names_check(name);
    if (!error && message->words[3] & ~(uint64_t)NAMES_PERMISSIONS)
        error = EINVAL;
    if (!error)
        error = names_allow(&table, message->words[0], name, (unsigned)message->words[3]);
    if (error)
        return refuse(message, error, name);
    message_begin(message, SUCCESS);
}

/* PUBLISH and LOOKUP: requests about a name. */
static void handle_named(struct message *message)
{
    char name[OBJECT_NAME_BYTES + 1];
    error_t error;

    message_get_name(message, 0, name);
    if (message->word_count < 2)
        return message_begin(message, EMSGSIZE);
    error = names_check(name);
    if (error)
        return refuse(message, error, name);
    if (message->label == NAMES_LABEL_PUBLISH)
        handle_publish(message, name);
    else
        handle_lookup(message, name);
}

static void dispatch(struct message *message)
{
    switch (message->label) {
    case NAMES_LABEL_PUBLISH:
    case NAMES_LABEL_LOOKUP:
        return handle_named(message);
    case NAMES_LABEL_LIST:
        return handle_list(message);
    case NAMES_LABEL_ALLOW:
        if (message->badge != NAMES_ROOT)
            return message_begin(message, EACCES);
        return handle_allow(message);
    default:
        return message_begin(message, ENOSYS);
    }
}

/* Answers a request. A capability that came with it and was not published goes again. */
static void handle(struct message *message)
{
    cap_t came = message->cap_count ? message->caps[0].cap : CAP_NULL;
    bool publishes = message->label == NAMES_LABEL_PUBLISH;

    dispatch(message);
    if (came && !(publishes && message->label == SUCCESS))
        cap_delete(came);
}

/* No CONNECTION_LABEL_CONNECT here: who holds a capability to names has the badge that root gave
 * it. */
static error_t serve(cap_t endpoint)
{
    static struct message message;
    error_t error;

    for (;;) {
        message.accept = 1;
        error = message_reply_receive(endpoint, &message);
        if (error)
            return error;
        handle(&message);
    }
}

int main(void)
{
    cap_t endpoint = startup_cap("service");
    error_t error;

    if (!endpoint)
        return ENOENT;
    error = thread_bind_endpoint(thread_self(), endpoint);
    return error ? error : serve(endpoint);
}
