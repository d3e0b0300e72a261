/* kernel.c - messages between a client and a server thread on the host. */
#include "kernel.h"

#include <pthread.h>
#include <stdlib.h>

#include <myelin/cap.h>
#include <myelin/idl/connection_types.h>
#include <myelin/idl/reply_types.h>
#include <myelin/service.h>

#define REPLY_BIT     0x8000000ull /* makes a Reply capability of a token */
#define TAG_DELIVERED 0xffffffffff01ffffull

enum stage {
    STAGE_IDLE,
    STAGE_RECEIVING,
    STAGE_REQUEST,
    STAGE_SERVING,
    STAGE_ANSWER,
    STAGE_STOPPED
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static enum stage stage;
static bool stopping;
static struct ipc_registers mail; /* under way, with what lies in the UTCB */
static struct utcb mail_utcb;
static struct lease_item lent[MESSAGE_LEASES_MAX];
static unsigned lent_count, failing_leases, deleted;
static uint64_t token = CAP_TOKEN_INDEX;
static pthread_t server;
static _Thread_local struct utcb utcb;
uint64_t kernel_answer_words[MESSAGE_REGISTER_WORDS];
uint64_t kernel_request_words[MESSAGE_REGISTER_WORDS];
uint64_t kernel_request_deadline;

struct utcb *utcb_self(void)
{
    return &utcb;
}

static void move_to(enum stage next)
{
    stage = next;
    pthread_cond_broadcast(&changed);
}

static void wait_for(enum stage wanted)
{
    while (stage != wanted)
        pthread_cond_wait(&changed, &lock);
}

/* What the other side will find where this one's capabilities and leases are. */
static void translate(struct utcb *copy, unsigned caps, unsigned leases)
{
    for (unsigned i = 0; i < caps; i++) {
        uint64_t how = copy->caps[i].how;
        uint64_t rights = how >> 32 == 2 ? (uint32_t)how : CAP_RIGHTS_ALL;

        copy->caps[i].how = TYPE_OF_CAP(copy->caps[i].cap) << 32 | rights;
    }
    for (unsigned i = 0; i < leases; i++) {
        lent[i] = copy->leases[i];
        copy->leases[i].base = 0;
    }
}

static void post(const struct ipc_registers *r)
{
    mail = *r;
    mail.tag &= TAG_DELIVERED;
    mail_utcb = utcb;
    translate(&mail_utcb, tag_caps(r->tag), tag_leases(r->tag));
}

static void collect(struct ipc_registers *r)
{
    unsigned words = tag_words(mail.tag);

    *r = mail;
    r->deadline = 0;
    for (unsigned i = MESSAGE_REGISTER_WORDS; i < words; i++)
        utcb.words[i] = mail_utcb.words[i];
    memcpy(utcb.caps, mail_utcb.caps, tag_caps(mail.tag) * sizeof(utcb.caps[0]));
    memcpy(utcb.leases, mail_utcb.leases, tag_leases(mail.tag) * sizeof(utcb.leases[0]));
}

static void fail(struct ipc_registers *r, error_t error)
{
    *r = (struct ipc_registers){.deadline = (uint64_t)error};
}

static void call(struct ipc_registers *r)
{
    bool is_call = tag_operation(r->tag) == OP_CALL;

    wait_for(STAGE_RECEIVING);
    kernel_request_deadline = r->tag & TAG_DEADLINE ? r->deadline : UINT64_MAX;
    memcpy(kernel_request_words, r->words, sizeof(r->words));
    post(r);
    mail.handle = 77; /* the badge */
    mail.token = is_call ? ++token << CAP_INDEX_BITS | CAP_TOKEN_INDEX : CAP_NULL;
    lent_count = tag_leases(r->tag);
    move_to(STAGE_REQUEST);
    if (!is_call) {
        *r = (struct ipc_registers){0};
        return;
    }
    wait_for(STAGE_ANSWER);
    collect(r);
    memcpy(kernel_answer_words, r->words, sizeof(r->words));
    move_to(STAGE_SERVING);
}

/* A reply goes when the caller has taken it. */
static void reply(const struct ipc_registers *r)
{
    post(r);
    move_to(STAGE_ANSWER);
    wait_for(STAGE_SERVING);
}

static void receive(struct ipc_registers *r)
{
    move_to(STAGE_RECEIVING);
    while (stage != STAGE_REQUEST && !stopping)
        pthread_cond_wait(&changed, &lock);
    if (stopping) {
        fail(r, ECANCELED);
        return;
    }
    collect(r);
    move_to(STAGE_SERVING);
}

static error_t access_lease(const struct ipc_registers *r)
{
    uint64_t number = r->words[0], offset = r->words[1], length = r->words[2];
    bool is_write = tag_label(r->tag) == REPLY_LABEL_LEASE_WRITE;
    char *there;

    if (failing_leases) {
        failing_leases--;
        return EFAULT;
    }
    if (number >= lent_count)
        return ENOENT;
    if (!(lent[number].rights & (is_write ? CAP_RIGHTS_WRITE : CAP_RIGHTS_READ)))
        return EPERM;
    if (offset > lent[number].length || length > lent[number].length - offset)
        return ERANGE;
    there = (char *)lent[number].base + offset;
    if (is_write)
        memcpy(there, (const void *)r->words[3], length);
    else
        memcpy((void *)r->words[3], there, length);
    return SUCCESS;
}

static void access_reply(struct ipc_registers *r)
{
    error_t error = access_lease(r);
    uint64_t length = r->words[2];

    if (error)
        fail(r, error);
    else
        *r = (struct ipc_registers){.tag = TAG(OP_REPLY, 0, 1), .words = {length}};
}

void ipc_enter(struct ipc_registers *r)
{
    pthread_mutex_lock(&lock);
    switch (tag_operation(r->tag)) {
    case OP_CALL:
    case OP_SEND:
        if (r->handle == ENDPOINT)
            call(r);
        else
            access_reply(r);
        break;
    case OP_REPLY:
        reply(r);
        *r = (struct ipc_registers){0};
        break;
    case OP_REPLY_RECV:
        reply(r);
        receive(r);
        break;
    case OP_RECV:
        receive(r);
        break;
    default:
        fail(r, ENOSYS);
    }
    pthread_mutex_unlock(&lock);
}

/* ---- what else the library asks of a kernel ---- */

error_t cap_delete(cap_t cap)
{
    (void)cap;
    __atomic_fetch_add(&deleted, 1, __ATOMIC_SEQ_CST);
    return SUCCESS;
}

error_t cap_reply_save(cap_t reply_token, cap_t *saved)
{
    *saved = reply_token | REPLY_BIT;
    return SUCCESS;
}

void service_answer_connect(cap_t endpoint, uint64_t badge, struct message *message)
{
    (void)endpoint;
    message_begin(message, SUCCESS);
    message_put_cap(message, CAP(OBJECT_ENDPOINT, badge), CAP_MOVE);
}

static error_t transfer(uint32_t label, cap_t reply_token, unsigned number, uint64_t offset,
                        uint64_t address, size_t length)
{
    struct message message;

    message_begin(&message, label);
    message_put(&message, number);
    message_put(&message, offset);
    message_put(&message, length);
    message_put(&message, address);
    return message_invoke(reply_token, &message);
}

error_t lease_read(cap_t reply_token, unsigned number, uint64_t offset, void *buffer, size_t length)
{
    return transfer(REPLY_LABEL_LEASE_READ, reply_token, number, offset, (uint64_t)buffer, length);
}

error_t lease_write(cap_t reply_token, unsigned number, uint64_t offset, const void *buffer,
                    size_t length)
{
    return transfer(REPLY_LABEL_LEASE_WRITE, reply_token, number, offset, (uint64_t)buffer, length);
}

unsigned kernel_deleted(void)
{
    return __atomic_exchange_n(&deleted, 0, __ATOMIC_SEQ_CST);
}

const struct lease_item *kernel_lent(unsigned number)
{
    return &lent[number];
}

void kernel_fail_leases(unsigned count)
{
    failing_leases = count;
}

/* ---- the server's thread ---- */

static void *run_server(void *serve)
{
    error_t (*function)(cap_t) = (error_t(*)(cap_t))serve;

    return (void *)(intptr_t)function(ENDPOINT);
}

void kernel_start_server(error_t (*serve)(cap_t endpoint))
{
    stopping = false;
    stage = STAGE_IDLE;
    if (pthread_create(&server, NULL, run_server, (void *)serve))
        abort();
}

error_t kernel_stop_server(void)
{
    void *result;

    pthread_mutex_lock(&lock);
    wait_for(STAGE_RECEIVING);
    stopping = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    pthread_join(server, &result);
    return (error_t)(intptr_t)result;
}
