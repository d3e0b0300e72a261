/*
 * idl_server.c - what the generated dispatchers share: the table of methods, counters, the loop.
 */
#include <myelin/idl.h>
#include <myelin/idl/connection_types.h>
#include <myelin/idl/fault_types.h>
#include <myelin/service.h>

#include "internal.h"

#define FAULT_INTERFACE  0x100 /* fault.idl: what the kernel says to a thread's handler */
#define ENDPOINT_BIT     (1u << OBJECT_ENDPOINT)
#define TYPE_OF(how)     ((uint32_t)((how) >> 32))
#define METHOD_OF(label) ((label) & 0xffff)

/* ---- counters, and the methods that every server answers ---- */

void idl_count_error(const struct idl_method *method, error_t error)
{
    unsigned i = 0;

    if (error == SUCCESS || error == IDL_LATER)
        return;
    while (i < method->error_count && method->errors[i] != error)
        i++;
    method->counters[1 + i]++;
}

error_t idl_describe(const struct idl_interface *interface, uint32_t *id, uint32_t *version,
                     uint32_t *methods, char *name)
{
    *id = interface->id;
    *version = interface->version;
    *methods = interface->method_count;
    strncpy(name, interface->name, OBJECT_NAME_BYTES + 1);
    name[OBJECT_NAME_BYTES] = '\0';
    return SUCCESS;
}

error_t idl_counters(const struct idl_interface *interface, uint32_t index, uint32_t error_index,
                     uint32_t *number, uint64_t *calls, uint32_t *error, uint64_t *count)
{
    const struct idl_method *method = &interface->methods[index];

    if (index >= interface->method_count || error_index > method->error_count)
        return ENOENT;
    *number = METHOD_OF(method->label);
    *calls = method->counters[0];
    *error = error_index < method->error_count ? method->errors[error_index] : 0;
    *count = method->counters[1 + error_index];
    return SUCCESS;
}

/* ---- one request ---- */

static const struct idl_method *find_method(const struct idl_interface *interface, uint32_t label)
{
    for (unsigned i = 0; i < interface->method_count; i++)
        if (interface->methods[i].label == label)
            return &interface->methods[i];
    return NULL;
}

error_t idl_need_cap(struct idl_request *request, const struct message *message, unsigned n,
                     uint32_t types, uint32_t rights, bool stand_in)
{
    uint64_t how = message->caps[n].how;
    uint32_t type = 1u << (TYPE_OF(how) & 31);

    if (n >= message->cap_count) /* one that may lack */
        return SUCCESS;
    if (stand_in && type == ENDPOINT_BIT)
        return SUCCESS;
    if (types && !(types & type))
        return idl_deny(request, EINVAL, ARGUMENT_CAP(n));
    if ((how & rights) != rights)
        return idl_deny(request, EPERM, ARGUMENT_CAP(n));
    return SUCCESS;
}

error_t idl_need_lease(struct idl_request *request, const struct message *message, unsigned n,
                       uint32_t access, size_t most)
{
    if ((message->leases[n].rights & access) != access)
        return idl_deny(request, EPERM, ARGUMENT_LEASE(n));
    if (message->leases[n].length > most)
        return idl_deny(request, EMSGSIZE, ARGUMENT_LEASE(n));
    return SUCCESS;
}

static error_t check_form(const struct idl_method *method, const struct message *message,
                          struct idl_request *request)
{
    if (message->word_count < method->least_words || message->word_count > method->most_words)
        return idl_deny(request, EMSGSIZE, ARGUMENT_TAG);
    if (message->cap_count < method->least_caps || message->cap_count > method->most_caps)
        return idl_deny(request, EMSGSIZE, ARGUMENT_CAP(method->least_caps));
    if (message->lease_count != method->leases)
        return idl_deny(request, EMSGSIZE, ARGUMENT_LEASE(method->leases));
    if (message->sender_accept < method->answer_caps)
        return idl_deny(request, ENOSPC, ARGUMENT_TAG);
    return SUCCESS;
}

/* What came with a request that failed belongs to nobody. */
static void delete_caps(struct message *message)
{
    for (unsigned i = 0; i < message->cap_count; i++)
        cap_delete(message->caps[i].cap);
    message->cap_count = 0;
}

void idl_reject(struct message *message, error_t error, uint64_t argument)
{
    delete_caps(message);
    message_begin(message, (uint32_t)error);
    message_put(message, argument);
}

static void finish(const struct idl_method *method, const struct idl_request *request,
                   struct message *message, error_t error)
{
    bool is_unserved = error && message->origin == ORIGIN_FAULT; /* the thread stops */

    if (error == IDL_LATER || is_unserved)
        message->reply = CAP_NULL;
    if (error == IDL_LATER)
        return;
    if (error) {
        idl_reject(message, error, request->argument);
        return;
    }
    message->label = SUCCESS;
    message->accept = 0;
    message->cap_count = method->answer_caps;
    if (method->answer_words != IDL_WORDS_VARY)
        message->word_count = method->answer_words;
}

static void refuse_unknown(const struct idl_interface *interface, struct message *message)
{
    ++*interface->unknown;
    if (message->origin == ORIGIN_FAULT)
        message->reply = CAP_NULL;
    idl_reject(message, ENOSYS, ARGUMENT_TAG);
}

void idl_dispatch(const struct idl_interface *interface, struct message *message)
{
    const struct idl_method *method = find_method(interface, message->label);
    struct idl_request request = {.badge = message->badge, .reply = message->reply};
    bool is_fault = message->origin == ORIGIN_FAULT; /* nobody but the kernel can say so */
    error_t error;

    if (message->origin == ORIGIN_NONE)
        return;
    if (!method || is_fault != (interface->id == FAULT_INTERFACE)) {
        refuse_unknown(interface, message);
        return;
    }
    error = check_form(method, message, &request);
    if (!error)
        error = method->run(&request, message->words, message);
    method->counters[0]++;
    idl_count_error(method, error);
    finish(method, &request, message, error);
}

error_t idl_answer_error(cap_t reply, error_t error)
{
    struct message message;

    message_begin(&message, (uint32_t)error);
    message_put(&message, 0);
    message.reply = reply;
    return message_reply(&message);
}

void idl_dispatch_service(const struct idl_interface *interface, cap_t endpoint,
                          struct message *message)
{
    if (message->origin != ORIGIN_CALL || message->label != CONNECTION_LABEL_CONNECT) {
        idl_dispatch(interface, message);
        return;
    }
    service_answer_connect(endpoint, ++*interface->connected, message);
}

/* ---- the loop ---- */

static void answer(const struct idl_server *server, struct message *message)
{
    if (server->interface->connected)
        idl_dispatch_service(server->interface, server->endpoint, message);
    else
        idl_dispatch(server->interface, message);
}

/* A short answer whose client is gone is counted, and that is all. */
static error_t receive_again(struct idl_server *server, struct ipc_registers *r)
{
    struct message nothing = {.accept = server->interface->accept};

    if (!library_reply_half_failed((error_t)r->deadline, r->words[0]))
        return library_received(&nothing, (error_t)r->deadline, r);
    message_reply_failures++;
    return library_reply_receive(server->endpoint, &nothing, r);
}

error_t idl_serve_other(struct idl_server *server, struct ipc_registers *r)
{
    struct message message;

    if (r->deadline)
        return receive_again(server, r);
    library_received(&message, SUCCESS, r);
    answer(server, &message);
    message.accept = server->interface->accept;
    return library_reply_receive(server->endpoint, &message, r);
}

void idl_answer_failed(const struct idl_interface *interface, cap_t endpoint,
                       const struct idl_method *method, error_t error,
                       const struct idl_request *request, struct ipc_registers *r)
{
    uint64_t tag = error == IDL_LATER ? TAG(OP_RECV, 0, 0) : TAG(OP_REPLY_RECV, (uint32_t)error, 1);

    ++*method->counters;
    idl_count_error(method, error);
    *r = (struct ipc_registers){
        .tag = tag | IDL_ACCEPT(interface->accept),
        .handle = endpoint,
        .token = request->reply,
        .words = {request->argument},
    };
    ipc_enter(r);
}

error_t idl_serve(const struct idl_interface *interface, cap_t endpoint)
{
    struct idl_server server = {.interface = interface, .endpoint = endpoint};
    struct ipc_registers r = {.tag = IDL_RECEIVE(interface->accept), .handle = endpoint};
    error_t error;

    ipc_enter(&r);
    do
        error = idl_serve_other(&server, &r);
    while (!error);
    return error;
}
