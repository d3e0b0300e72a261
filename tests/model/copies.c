/* copies.c - what lies in memory, and what the kernel copies from the memory of one space to that
   of another: through leases, through MemoryGrants, and with a send. */

#include <myelin/idl/fault_types.h>
#include <myelin/idl/memorygrant_types.h>
#include <myelin/idl/reply_types.h>

#include <string.h>

#include "model.h"

static struct model_thread *thread_of(int thread)
{
    return &object_at(thread)->thread;
}

/* ---- memory ---- */

/* What was never written to is zero: "`RETYPE` takes the next piece of that size, zeroes it, and
   makes the object." */
uint8_t *memory_at(uint64_t physical)
{
    uint64_t page = physical & -PAGE_BYTES;
    struct sheet *sheet = model.sheet;

    while (sheet < &model.sheet[model.sheet_count] && sheet->physical != page)
        sheet++;
    if (sheet == &model.sheet[model.sheet_count]) {
        if (model.sheet_count == SHEETS_MAX - 1)
            model.full = true;
        else
            model.sheet_count++;
        sheet->physical = page;
        memset(sheet->byte, 0, PAGE_BYTES);
    }
    return &sheet->byte[physical % PAGE_BYTES];
}

void memory_clear(uint64_t physical, uint64_t bytes)
{
    for (int i = 0; i < model.sheet_count; i++)
        if (model.sheet[i].physical - physical < bytes)
            memset(model.sheet[i].byte, 0, PAGE_BYTES);
}

uint8_t *memory_mapped(int vspace, uint64_t address, unsigned right)
{
    const struct page *page = page_mapped(vspace, address);

    if (!page || page->device || !(page->rights & right))
        return NULL;
    return memory_at(page->physical + (address - page->address));
}

/* ---- copying ---- */

enum ending { COPIED, FROM_MISSING, TO_MISSING, MADE_WAY };

struct side {
    int vspace;
    uint64_t address;
};

static uint64_t left_in_page(uint64_t address)
{
    return PAGE_BYTES - address % PAGE_BYTES;
}

static uint64_t least(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

/* "as if bytes were copied one by one, from the first on". Of those that both ends have the kernel
   copies no more at once than lies between where they begin: how many, that is. */
static uint64_t copy_bytes(uint8_t *to, const uint8_t *from, uint64_t bytes)
{
    uint64_t apart = (uint64_t)(to > from ? to - from : from - to);

    bytes = apart ? least(bytes, apart) : bytes;
    memcpy(to, from, bytes);
    return bytes;
}

/* "The copy goes on from page to page, as far as they are there", and "makes way for interrupts",
   here after each page. *done says how far. */
static enum ending copy(struct side from, struct side to, uint64_t length, uint64_t *done)
{
    for (*done = 0; *done < length;) {
        uint64_t here = from.address + *done, there = to.address + *done;
        uint64_t bytes = least(length - *done, least(left_in_page(here), left_in_page(there)));
        const uint8_t *source = memory_mapped(from.vspace, here, CAP_RIGHTS_READ);
        uint8_t *target = memory_mapped(to.vspace, there, CAP_RIGHTS_WRITE);

        if (!source)
            return FROM_MISSING;
        if (!target)
            return TO_MISSING;
        *done += copy_bytes(target, source, bytes);
        if (model.hurried && *done < length)
            return MADE_WAY;
    }
    return COPIED;
}

static int space_of(int thread)
{
    return cap_of(thread_of(thread)->place[THREAD_VSPACE])->object;
}

/* The thread faults as if it had touched that itself, and will make its system call again. */
static void touches(int thread, uint64_t address, unsigned access)
{
    struct model_thread *t = thread_of(thread);
    struct fault_words fault = {FAULT_LABEL_PAGE, {address, access, t->ip, t->sp, 0, 14}};

    fault_calls(thread, &fault);
}

/* ---- lent memory ---- */

static struct answer check_request(const struct model_lent *lent, const struct lent_use *request)
{
    if (request->offset > lent->length || request->length > lent->length - request->offset)
        return refuse(ERANGE, ARGUMENT_WORD(request->word), lent->length, request->offset);
    if (request->address > USER_ADDRESS_END ||
        request->length > USER_ADDRESS_END - request->address)
        return refuse(EFAULT, ARGUMENT_WORD(request->word + 2), USER_ADDRESS_END, request->address);
    return DONE;
}

/* "how far it came is kept in the thread" */
static uint64_t begun(int caller, uint64_t length)
{
    const struct model_thread *t = thread_of(caller);

    return t->lent_via == registers_of(caller)->handle && t->lent_done <= length ? t->lent_done : 0;
}

static void keep_progress(int caller, uint64_t done)
{
    thread_of(caller)->lent_via = registers_of(caller)->handle;
    thread_of(caller)->lent_done = done;
}

static struct answer copy_ends(struct call *call, struct answer answer)
{
    thread_of(call->caller)->lent_via = 0;
    return answer;
}

static struct answer copy_lent(struct call *call, const struct model_lent *lent,
                               const struct lent_use *request)
{
    uint64_t before = begun(call->caller, request->length), copied;
    struct side own = {space_of(call->caller), request->address + before};
    struct side other = {lent->vspace, lent->base + request->offset + before};
    uint64_t left = request->length - before;
    struct answer answer = check_request(lent, request);
    enum ending ending;

    if (answer.error)
        return copy_ends(call, answer);
    ending = request->write ? copy(own, other, left, &copied) : copy(other, own, left, &copied);
    call->out[0] = request->length;
    call->out_words = 1;
    if (ending == COPIED)
        return copy_ends(call, DONE);
    if (ending == MADE_WAY) {
        keep_progress(call->caller, before + copied);
        return refuse(PREEMPTED, 0, 0, 0);
    }
    /* "A page of the caller's that is not there is `EFAULT` to the server, with the bytes done" */
    if (ending != (request->write ? FROM_MISSING : TO_MISSING))
        return copy_ends(call, refuse(EFAULT, ARGUMENT_PARTNER, 0, before + copied));
    /* "A page of the server's own that is missing is a page fault of the server, after which the
       copy goes on." */
    keep_progress(call->caller, before + copied);
    thread_of(call->caller)->ip -= SYSCALL_BYTES;
    touches(call->caller, own.address + copied,
            request->write ? CAP_RIGHTS_READ : CAP_RIGHTS_WRITE);
    return DONE;
}

/* ---- methods of a MemoryGrant ---- */

/* "whoever holds it, a copy or a part of it copies from and to the range, as with a lease" */
static struct answer copy_granted(struct call *call, bool write)
{
    const struct cap *granted = cap_of(call->target);
    const struct model_lent lent = {granted->object, granted->start, granted->size};
    const struct lent_use request = {call->word[0], call->word[1], call->word[2], 0, write};

    return copy_lent(call, &lent, &request);
}

static struct answer read_granted(struct call *call)
{
    return copy_granted(call, false);
}

static struct answer write_granted(struct call *call)
{
    return copy_granted(call, true);
}

/* "It tells its holder length, rights, and a number by which two grants of one space are known, not
   where it lies" */
static struct answer inspect_granted(struct call *call)
{
    const struct cap *granted = cap_of(call->target);

    call->out[0] = granted->size;
    call->out[1] = granted->rights;
    call->out[2] = space_identity(granted->object);
    call->out_words = 3;
    return DONE;
}

const struct method memorygrant_methods[] = {
    {MEMORYGRANT_LABEL_READ, CAP_RIGHTS_READ, 3, {{0}}, false, read_granted},
    {MEMORYGRANT_LABEL_WRITE, CAP_RIGHTS_WRITE, 3, {{0}}, false, write_granted},
    {MEMORYGRANT_LABEL_INSPECT, 0, 0, {{0}}, false, inspect_granted},
    {0},
};

/* ---- methods of a Reply ---- */

/* "It calls the token, or the Reply, to copy through the kernel: `REPLY_LEASE_READ`,
   `REPLY_LEASE_WRITE`, with offset and length." */
static struct answer copy_lease(struct call *call, bool write)
{
    const struct lent_use request = {call->word[1], call->word[2], call->word[3], 1, write};
    struct model_lent lent;
    struct answer answer =
        find_lease(call, call->word[0], write ? CAP_RIGHTS_WRITE : CAP_RIGHTS_READ, &lent);

    return answer.error ? copy_ends(call, answer) : copy_lent(call, &lent, &request);
}

static struct answer read_lease(struct call *call)
{
    return copy_lease(call, false);
}

static struct answer write_lease(struct call *call)
{
    return copy_lease(call, true);
}

const struct method reply_methods[] = {
    {REPLY_LABEL_LEASE_READ, 0, 4, {{0}}, false, read_lease},
    {REPLY_LABEL_LEASE_WRITE, 0, 4, {{0}}, false, write_lease},
    {0},
};

/* ---- buffers: "With a `send` goes a buffer of any size" ---- */

struct answer buffer_read(int thread)
{
    struct model_thread *t = thread_of(thread);

    if (!(t->now.tag & TAG_BUFFER))
        return DONE;
    t->buffer_base = utcb_of(thread)->buffer_base;
    t->buffer_length = utcb_of(thread)->buffer_length;
    /* "`EINVAL` | buffer | it is not the user's addresses" */
    if (t->buffer_base > USER_ADDRESS_END || t->buffer_length > USER_ADDRESS_END - t->buffer_base)
        return refuse(EINVAL, ARGUMENT_BUFFER, USER_ADDRESS_END, t->buffer_base);
    return DONE;
}

static bool has_buffer(int thread)
{
    return registers_of(thread)->tag & TAG_BUFFER && !thread_of(thread)->faulting;
}

/* "The shorter side bounds it" */
static uint64_t common_length(int from, int to)
{
    if (!has_buffer(from) || !has_buffer(to))
        return 0;
    return least(thread_of(from)->buffer_length, thread_of(to)->buffer_length);
}

/* "and both find the length in `utcb->buffer_length`." "The receiver's tag has `TAG_BUFFER` where
   both had one; where only one had, it finds the length 0." */
uint64_t buffers_told(int from, int to)
{
    uint64_t length = common_length(from, to);
    bool both = has_buffer(from) && has_buffer(to);

    if (has_buffer(from))
        utcb_of(from)->buffer_length = length;
    if (has_buffer(to))
        utcb_of(to)->buffer_length = length;
    return both ? TAG_BUFFER : 0;
}

/* "of the receiver's | `EFAULT`, partner | `EFAULT`, buffer" */
static struct answer receiver_misses(int from, int to, uint64_t done)
{
    struct answer of_sender = refuse(EFAULT, ARGUMENT_PARTNER, 0, done);
    struct answer of_receiver = refuse(EFAULT, ARGUMENT_BUFFER, 0, done);

    if (from == model.running) {
        thread_fails(to, of_receiver);
        return of_sender;
    }
    thread_fails(from, of_sender);
    return of_receiver;
}

/* "of the sender's | leaves the queue, faults as if it had read it, and sends again | takes the
   next one, or waits on" */
static struct answer sender_misses(int from, uint64_t done)
{
    if (from == model.running)
        thread_of(from)->ip -= SYSCALL_BYTES;
    else
        thread_goes_back(from);
    touches(from, thread_of(from)->buffer_base + done, CAP_RIGHTS_READ);
    return refuse(EAGAIN, 0, 0, 0);
}

struct answer buffer_goes(int from, int to)
{
    const struct model_thread *f = thread_of(from), *t = thread_of(to);
    uint64_t done = 0;
    enum ending ending =
        copy((struct side){space_of(from), f->buffer_base},
             (struct side){space_of(to), t->buffer_base}, common_length(from, to), &done);

    if (ending == TO_MISSING)
        return receiver_misses(from, to, done);
    return ending == FROM_MISSING ? sender_misses(from, done) : DONE;
}
