/* leases.c - memory lent with a call. "A lease that is lent on names the token or Reply that it is
   held through, not memory, and each use walks from call to call". */

#include "model.h"

#define LEASE_RIGHTS ((uint64_t)CAP_RIGHTS_READ | CAP_RIGHTS_WRITE)

static struct model_thread *thread_of(int thread)
{
    return &object_at(thread)->thread;
}

/* A part of a lease, and what is to be done with it. */
struct part {
    uint64_t number, offset, length, rights;
};

/* Whose call that token or Reply of the thread stands for; NONE: it has ended. */
static int lender(int thread, uint64_t via)
{
    int reply;

    if (is_token(via))
        return check_token(thread, via, 0).error ? NONE : thread_of(thread)->caller;
    find_cap(thread_space(thread), via, OBJECT_REPLY, 0, 0, &reply);
    return reply == NONE ? NONE : cap_of(reply)->object;
}

/* Where that part of what the thread lends lies at last. */
static error_t find_lent(int from, struct part part, int calls, struct model_lent *lent)
{
    const struct lease_item *lease;

    if (calls == 0)
        return ELOOP;
    if (from == NONE)
        return ESTALE;
    if (part.number >= thread_of(from)->lease_count)
        return ENOENT;
    lease = &thread_of(from)->lease[part.number];
    if (part.rights & ~lease->rights)
        return EPERM;
    if (part.offset > lease->length || part.length > lease->length - part.offset)
        return ERANGE;
    part.offset += lease->base;
    if (lease->via) {
        part.number = lease->rights >> LEASE_NUMBER_SHIFT;
        return find_lent(lender(from, lease->via), part, calls - 1, lent);
    }
    *lent = (struct model_lent){cap_of(thread_of(from)->place[THREAD_VSPACE])->object, part.offset,
                                part.length};
    return SUCCESS;
}

/* "`ENOENT`, `EPERM`, `ERANGE` | lease n | lent on, and there is no such lease, not with that
   right, or not that long"; "`ESTALE` | lease n | lent on by a token or Reply that is void";
   "`ELOOP` | lease n | lent on through more than 8 calls" */
static struct answer check_lent_on(int caller, const struct lease_item *lease, uint64_t argument)
{
    const struct part part = {lease->rights >> LEASE_NUMBER_SHIFT, lease->base, lease->length,
                              lease->rights & LEASE_RIGHTS};
    struct model_lent unused;
    error_t error = find_lent(lender(caller, lease->via), part, LEASE_CALLS_MAX - 1, &unused);

    return error ? refuse(error, argument, LEASE_CALLS_MAX, lease->base) : DONE;
}

/* "`EINVAL` | lease n | no rights, other rights than Read and Write, or not the user's addresses"
 */
static struct answer check_lease(int caller, const struct lease_item *lease, uint64_t argument)
{
    uint64_t rights = lease->via ? lease->rights & 0xffffffff : lease->rights;

    if (!rights || (rights & ~LEASE_RIGHTS))
        return refuse(EINVAL, argument, LEASE_RIGHTS, rights);
    if (lease->via)
        return check_lent_on(caller, lease, argument);
    if (lease->base > USER_ADDRESS_END || lease->length > USER_ADDRESS_END - lease->base)
        return refuse(EINVAL, argument, USER_ADDRESS_END, lease->base);
    return DONE;
}

/* "A call can lend up to four buffers of the caller's memory" */
struct answer leases_read(int caller)
{
    struct model_thread *t = thread_of(caller);
    unsigned count = tag_leases(t->now.tag);
    struct answer answer = DONE;

    t->lease_count = 0;
    for (unsigned i = 0; i < count && !answer.error; i++) {
        t->lease[i] = utcb_of(caller)->leases[i];
        answer = check_lease(caller, &t->lease[i], ARGUMENT_LEASE(i));
    }
    if (!answer.error)
        t->lease_count = count;
    return answer;
}

/* "The server is told their lengths and rights, not where they lie." */
void leases_go(int caller, int server)
{
    for (unsigned i = 0; i < thread_of(caller)->lease_count; i++)
        utcb_of(server)->leases[i] =
            (struct lease_item){0, thread_of(caller)->lease[i].length,
                                thread_of(caller)->lease[i].rights & LEASE_RIGHTS, 0};
}

struct answer find_lease(const struct call *call, uint64_t number, unsigned right,
                         struct model_lent *lent)
{
    const struct cap *reply = cap_of(call->target);
    const struct model_thread *caller;
    struct part all = {.number = number, .rights = right};
    error_t error;

    /* "With the answer, or whatever else ends the call, the leases are gone (`ESTALE`)." */
    if (reply->object == NONE)
        return refuse(ESTALE, ARGUMENT_HANDLE, 0, reply->badge);
    caller = thread_of(reply->object);
    if (number >= caller->lease_count)
        return refuse(ENOENT, ARGUMENT_WORD(0), caller->lease_count, number);
    if (!(caller->lease[number].rights & right))
        return refuse(EPERM, ARGUMENT_WORD(0), right, caller->lease[number].rights & LEASE_RIGHTS);
    all.length = caller->lease[number].length;
    /* "`ESTALE` of word 0 when a call before this one, which had lent the memory, has ended" */
    error = find_lent(reply->object, all, LEASE_CALLS_MAX, lent);
    return error ? refuse(error, ARGUMENT_WORD(0), 0, number) : DONE;
}
