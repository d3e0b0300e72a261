/*
 * user.c - the kernel as servers see it in the unit tests (user.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <myelin/cap.h>
#include <myelin/endpoint.h>
#include <myelin/startup.h>

#include "pairs.h"
#include "user.h"

#define HELD_MOST 256

struct user user;

static cap_t held[HELD_MOST]; /* user.held of them */
static struct utcb utcb;
static uint32_t asked;           /* label of the latest request */
static uint32_t open[HELD_MOST]; /* those of the saved Replies, by their handles */

void user_begin(void)
{
    memset(&user, 0, sizeof(user));
    memset(&utcb, 0, sizeof(utcb));
    user.next_reply = 2;
}

/* ---- capabilities ---- */

static unsigned find(cap_t cap)
{
    unsigned i = 0;

    while (i < user.held && held[i] != cap)
        i++;
    return i;
}

bool user_holds(cap_t cap)
{
    return find(cap) < user.held;
}

/* Replies of the dead share a handle here, so it may be held several times. */
void user_hold(cap_t cap)
{
    assert_true(user.held < HELD_MOST);
    assert_true(cap == user.dead || cap == user.next_reply || !user_holds(cap));
    held[user.held++] = cap;
}

static void let_go(cap_t cap)
{
    unsigned i = find(cap);

    assert_true(i < user.held);
    held[i] = held[--user.held];
}

error_t cap_delete(cap_t cap)
{
    let_go(cap);
    return SUCCESS;
}

error_t cap_reply_save(cap_t token, cap_t *reply)
{
    assert_int_equal(token, USER_TOKEN);
    if (!user.next_reply)
        return ENOSPC;
    *reply = user.next_reply;
    user_hold(*reply);
    assert_true(*reply < HELD_MOST);
    open[*reply] = asked;
    return SUCCESS;
}

/* A handle is its slot's index here. */
error_t cap_inspect(cap_t cspace, uint64_t index, struct cap_info *info)
{
    assert_int_equal(cspace, CAP_NULL);
    if (!user_holds(index) || index == user.dead)
        return ENOENT;
    *info = (struct cap_info){.cap = index};
    return SUCCESS;
}

error_t endpoint_mint(cap_t endpoint, uint64_t badge, cap_t *minted)
{
    assert_int_equal(endpoint, USER_ENDPOINT);
    if (user.no_slots)
        return ENOSPC;
    user.minted_badge = badge;
    *minted = 77;
    user_hold(77);
    return SUCCESS;
}

cap_t startup_cap(const char *name)
{
    (void)name;
    return CAP_NULL;
}

/* ---- system calls: late answers, and calls of kernel objects ---- */

struct utcb *utcb_self(void)
{
    return &utcb;
}

static void keep_answer(const struct ipc_registers *r)
{
    struct message *answer = &user.answer;

    message_begin(answer, tag_label(r->tag));
    answer->word_count = tag_words(r->tag);
    memcpy(answer->words, utcb.words, answer->word_count * sizeof(word_t));
    memcpy(answer->words, r->words, sizeof(r->words));
}

static void answer_late(struct ipc_registers *r)
{
    user.answered = r->token;
    r->deadline = SUCCESS;
    if (r->token == user.dead) {
        user.deaths++;
        r->deadline = ESTALE;
        return;
    }
    user.answers++;
    let_go(r->token);
    keep_answer(r);
    pairs_note(open[r->token], (error_t)tag_label(r->tag), r->words[0]);
}

void ipc_enter(struct ipc_registers *r)
{
    if (tag_operation(r->tag) == OP_REPLY)
        return answer_late(r);
    assert_int_equal(tag_operation(r->tag), OP_CALL);
    assert_non_null(user.invoke);
    user.invoke(r);
}

/* ---- leases ---- */

static error_t check_lease(cap_t reply, unsigned number, uint64_t offset, size_t length)
{
    assert_true(reply == USER_TOKEN || user_holds(reply)); /* or a Reply that it was saved as */
    assert_int_equal(number, 0);
    if (reply == user.dead)
        return ESTALE;
    assert_true(length <= sizeof(user.lent) && offset <= sizeof(user.lent) - length);
    return user.lent_missing && offset + length > user.lent_missing ? EFAULT : SUCCESS;
}

error_t lease_read(cap_t reply, unsigned number, uint64_t offset, void *buffer, size_t length)
{
    error_t error = check_lease(reply, number, offset, length);

    if (!error)
        memcpy(buffer, user.lent + offset, length);
    return error;
}

error_t lease_write(cap_t reply, unsigned number, uint64_t offset, const void *buffer,
                    size_t length)
{
    error_t error = check_lease(reply, number, offset, length);

    if (!error)
        memcpy(user.lent + offset, buffer, length);
    return error;
}

/* ---- requests ---- */

void user_request(struct message *message, uint32_t label)
{
    asked = label;
    message_begin(message, label);
    message->origin = ORIGIN_CALL;
    message->badge = 1;
    message->reply = USER_TOKEN;
    message->sender_accept = MESSAGE_CAPS_MAX;
}

void user_put_cap(struct message *message, cap_t cap, uint32_t type, uint32_t rights)
{
    user_hold(cap);
    message_put_cap(message, cap, (uint64_t)type << 32 | rights);
}

void user_put_bytes(struct message *message, const void *bytes, size_t length)
{
    message_put(message, length);
    message_put_bytes(message, bytes, length);
}

void user_put_lease(struct message *message, size_t length, uint32_t rights)
{
    message->leases[message->lease_count++] =
        (struct message_lease){.length = length, .rights = rights};
}

int user_outcome(struct message *message)
{
    if (!message->reply)
        return -1;
    assert_true(!message->label || !message->cap_count);
    for (unsigned i = 0; i < message->cap_count; i++) {
        assert_true(user_holds(message->caps[i].cap));
        if (message->caps[i].how == CAP_MOVE)
            let_go(message->caps[i].cap);
    }
    pairs_note(asked, (error_t)message->label, message->words[0]);
    return (int)message->label;
}
