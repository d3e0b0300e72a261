/* replies.c - "Every call gets exactly one answer or one error." */

#include "model.h"

static struct model_thread *thread_of(int thread)
{
    return &object_at(thread)->thread;
}

static const struct answer dropped = {EPIPE, ARGUMENT_PARTNER, 0, 0};

/* "Index `0xffffff` belongs to reply tokens, which are no capabilities." */
bool is_token(uint64_t handle)
{
    return (handle & CAP_INDEX_MASK) == CAP_TOKEN_INDEX;
}

/* Does it hold a token, and not a Reply or nothing? */
static bool is_open(int server)
{
    int caller = thread_of(server)->caller;

    return caller != NONE && thread_of(caller)->reply == NONE;
}

/* "A caller that goes away voids the token or Reply: `ESTALE`, which says why." */
struct answer check_token(int thread, uint64_t token, uint64_t argument)
{
    const struct model_thread *t = thread_of(thread);

    if (!is_token(token))
        return refuse(EBADF, argument, CAP_TOKEN_INDEX, token);
    if (token != t->token || !is_open(thread))
        return refuse(ESTALE, argument, t->token,
                      token == t->void_token ? (uint64_t)t->void_reason : 0);
    return DONE;
}

static int new_reply(int caller)
{
    int reply = cap_new(OBJECT_REPLY, CAP_RIGHTS_ALL);

    cap_of(reply)->object = caller;
    thread_of(caller)->reply = reply;
    return reply;
}

/* "With a call the receiver gets a token: good once, for this thread alone." "`TAG_WANT_REPLY` asks
   for one at once." */
void call_begins(int server, int caller, bool want_reply)
{
    struct model_thread *s = thread_of(server);

    thread_of(caller)->state = THREAD_WAITS_REPLY;
    thread_of(caller)->server = server;
    thread_of(caller)->waits_at = NONE;
    s->caller = caller;
    if (want_reply) {
        s->now.token = cap_into_space(new_reply(caller), thread_space(server));
        return;
    }
    s->token += 1ull << CAP_INDEX_BITS;
    s->now.token = s->token;
}

/* "`CSPACE_REPLY_SAVE` turns it into a Reply capability instead" */
int reply_for_token(int server)
{
    return new_reply(thread_of(server)->caller);
}

/* ---- the answer ---- */

static void unlink_call(int caller)
{
    struct model_thread *c = thread_of(caller);

    if (c->server != NONE)
        thread_of(c->server)->caller = NONE;
    if (c->reply != NONE)
        cap_of(c->reply)->object = NONE;
    c->server = c->reply = NONE;
    c->lease_count = 0;
}

/* "Of a caller that takes fewer it is not asked whether it has Grant." */
static bool may_carry(int replier, int caller)
{
    return thread_of(caller)->reply_grant ||
           tag_accept(registers_of(caller)->tag) < thread_of(replier)->item_count;
}

static struct answer give_answer(int replier, int caller)
{
    struct model_thread *c = thread_of(caller);
    struct answer answer = DONE;

    if (!c->faulting)
        answer = check_message(replier, caller, may_carry(replier, caller), ARGUMENT_TOKEN);
    if (answer.error)
        return answer;
    /* "A good answer lets it go on where it was" */
    if (c->faulting)
        c->faulting = false;
    else
        message_goes(replier, caller, 0);
    unlink_call(caller);
    thread_wakes(caller);
    return DONE;
}

static struct answer answer_by_reply(int replier, uint64_t handle)
{
    const struct model_thread *r = thread_of(replier);
    int reply;
    struct answer answer =
        find_cap(thread_space(replier), handle, OBJECT_REPLY, 0, ARGUMENT_TOKEN, &reply);

    if (answer.error)
        return answer;
    if (cap_of(reply)->object == NONE)
        return refuse(ESTALE, ARGUMENT_TOKEN, 0, cap_of(reply)->badge);
    /* "It is gone with the answer, and cannot travel in that answer (`EINVAL`)." */
    for (unsigned i = 0; i < r->item_count; i++)
        if (r->item[i].cap == handle)
            return refuse(EINVAL, ARGUMENT_CAP(i), OBJECT_NONE, OBJECT_REPLY);
    answer = give_answer(replier, cap_of(reply)->object);
    if (!answer.error)
        cap_end(reply);
    return answer;
}

/* "An answer that fails leaves the token as it was" */
struct answer answer_call(int server)
{
    uint64_t token = registers_of(server)->token;
    struct answer answer;

    message_read(server);
    if (!is_token(token))
        return answer_by_reply(server, token);
    answer = check_token(server, token, ARGUMENT_TOKEN);
    return answer.error ? answer : give_answer(server, thread_of(server)->caller);
}

/* ---- no answer ---- */

/* "A receive on an Endpoint or WaitSet drops a token that is still open"; one that was saved counts
   on, but its time serves no longer. */
void call_forgotten(int server)
{
    int caller = thread_of(server)->caller;

    if (caller == NONE)
        return;
    if (is_open(server)) {
        thread_fails(caller, dropped);
        return;
    }
    thread_of(server)->caller = NONE;
    thread_of(caller)->server = NONE;
}

void call_ends(int caller, error_t reason)
{
    struct model_thread *c = thread_of(caller);
    int server = c->server;

    if (c->reply != NONE) {
        cap_of(c->reply)->object = NONE;
        cap_of(c->reply)->badge = (uint64_t)reason;
    } else if (server != NONE) {
        thread_of(server)->void_token = thread_of(server)->token;
        thread_of(server)->void_reason = reason;
    }
    if (server != NONE)
        thread_of(server)->caller = NONE;
    c->server = c->reply = NONE;
}

/* "deletes the Reply, or its space ends with it | `EPIPE`" */
void reply_ends(int cap)
{
    int caller = cap_of(cap)->object;

    if (caller == NONE)
        return;
    thread_of(caller)->reply = NONE;
    thread_fails(caller, dropped);
}
