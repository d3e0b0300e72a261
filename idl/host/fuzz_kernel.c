/*
 * fuzz_kernel.c - the kernel of one server under the fuzzer: it counts capabilities strictly. One
 * that is deleted, moved or answered must be held, so each that came goes just once.
 */
#include <fuzz.h>

#include <myelin/cap.h>
#include <myelin/endpoint.h>
#include <myelin/service.h>

#define HELD_MOST   512
#define BADGES_MOST 16
#define FIRST_CAP   0x1000001

static struct {
    cap_t held[HELD_MOST], next;
    unsigned count;
    uint64_t badges[BADGES_MOST]; /* of the latest that were minted */
    unsigned minted;
    const struct message *served;
    unsigned luck;
    bool token_taken;
} kernel;

static struct utcb utcb;

struct utcb *utcb_self(void)
{
    return &utcb;
}

void fuzz_kernel_begin(void)
{
    memset(&kernel, 0, sizeof(kernel));
    memset(&utcb, 0, sizeof(utcb));
    kernel.next = FIRST_CAP;
}

void fuzz_kernel_serves(const struct message *message, unsigned luck)
{
    kernel.served = message;
    kernel.luck = luck;
    kernel.token_taken = false;
}

bool fuzz_token_is_taken(void)
{
    return kernel.token_taken;
}

uint64_t fuzz_badge(unsigned number)
{
    return kernel.badges[number % BADGES_MOST];
}

/* ---- capabilities ---- */

static unsigned find(cap_t cap)
{
    unsigned i = 0;

    while (i < kernel.count && kernel.held[i] != cap)
        i++;
    return i;
}

bool fuzz_holds(cap_t cap)
{
    return find(cap) < kernel.count;
}

cap_t fuzz_hold(void)
{
    fuzz_expect(kernel.count < HELD_MOST);
    kernel.held[kernel.count++] = kernel.next;
    return kernel.next++;
}

void fuzz_let_go(cap_t cap)
{
    unsigned i = find(cap);

    fuzz_expect(i < kernel.count);
    kernel.held[i] = kernel.held[--kernel.count];
}

error_t cap_delete(cap_t cap)
{
    fuzz_let_go(cap);
    return SUCCESS;
}

error_t cap_inspect(cap_t cspace, uint64_t index, struct cap_info *info)
{
    fuzz_expect(cspace == CAP_NULL);
    if (!fuzz_holds(index) || kernel.luck & FUZZ_OBJECT_GONE)
        return ENOENT;
    *info = (struct cap_info){.cap = index};
    return SUCCESS;
}

error_t endpoint_mint(cap_t endpoint, uint64_t badge, cap_t *minted)
{
    (void)endpoint;
    if (kernel.luck & FUZZ_NO_SLOTS)
        return ENOSPC;
    kernel.badges[kernel.minted++ % BADGES_MOST] = badge;
    *minted = fuzz_hold();
    return SUCCESS;
}

error_t cap_reply_save(cap_t token, cap_t *reply)
{
    if (token == CAP_NULL) /* nobody waits for an answer to a send */
        return EBADF;
    fuzz_expect(token == CAP_TOKEN_INDEX && !kernel.token_taken);
    if (kernel.luck & FUZZ_NO_SLOTS)
        return ENOSPC;
    kernel.token_taken = true;
    *reply = fuzz_hold();
    return SUCCESS;
}

error_t ipc_notify(cap_t notification, uint64_t bits)
{
    (void)bits;
    (void)notification;
    return kernel.luck & FUZZ_OBJECT_GONE ? ESTALE : SUCCESS;
}

/* Where the interface `connection` itself is fuzzed, and its handlers are weak ones. */
__attribute__((weak)) void service_answer_connect(cap_t endpoint, uint64_t badge,
                                                  struct message *message)
{
    (void)endpoint;
    (void)badge;
    idl_reject(message, ENOSPC, 0);
}

/* ---- system calls: answers that are late, methods of kernel objects ---- */

static void answer(struct ipc_registers *r)
{
    bool is_token = r->token == CAP_TOKEN_INDEX;

    fuzz_expect(is_token ? !kernel.token_taken : fuzz_holds(r->token));
    fuzz_expect(tag_words(r->tag) <= MESSAGE_WORDS_MAX && tag_caps(r->tag) <= MESSAGE_CAPS_MAX);
    r->deadline = kernel.luck & FUZZ_CLIENT_GONE ? ESTALE : SUCCESS;
    if (r->deadline)
        return;
    if (is_token)
        kernel.token_taken = true;
    else
        fuzz_let_go(r->token);
}

__attribute__((weak)) void fuzz_invoke(struct ipc_registers *r)
{
    r->tag = 0;
    r->deadline = ESTALE;
}

void ipc_enter(struct ipc_registers *r)
{
    if (tag_operation(r->tag) == OP_REPLY)
        answer(r);
    else
        fuzz_invoke(r);
}

/* ---- leases ---- */

static error_t check_lease(cap_t reply, unsigned number, uint64_t offset, size_t length,
                           uint32_t right)
{
    const struct message_lease *lease = &kernel.served->leases[number];
    error_t error = kernel.luck & FUZZ_LEASE_GONE ? EFAULT : SUCCESS;

    if (reply == CAP_NULL)
        return EBADF;
    if (fuzz_holds(reply)) /* of a message before this one: saved with its Reply */
        return error;
    fuzz_expect(reply == CAP_TOKEN_INDEX && number < MESSAGE_LEASES_MAX);
    fuzz_expect(lease->rights & right);
    if (offset > lease->length || length > lease->length - offset)
        return ERANGE;
    return error;
}

error_t lease_read(cap_t reply, unsigned number, uint64_t offset, void *buffer, size_t length)
{
    error_t error = check_lease(reply, number, offset, length, CAP_RIGHTS_READ);

    for (size_t i = 0; !error && i < length; i++)
        ((uint8_t *)buffer)[i] = fuzz_byte();
    return error;
}

error_t lease_write(cap_t reply, unsigned number, uint64_t offset, const void *buffer,
                    size_t length)
{
    error_t error = check_lease(reply, number, offset, length, CAP_RIGHTS_WRITE);

    if (!error)
        fuzz_read(buffer, length);
    return error;
}
