/* devices.c - interrupt lines and ports. */

#include <myelin/idl/ioport_types.h>
#include <myelin/idl/irq_types.h>
#include <myelin/idl/irqcontrol_types.h>
#include <myelin/idl/trace_types.h>
#include <string.h>

#include "model.h"

/* ---- interrupt lines ---- */

/* "Each interrupt sets the badge bits of the notification, and masks the line." */
static struct answer bind(struct call *call)
{
    const struct cap *range = cap_of(call->target);
    uint64_t line = range->start + call->word[0];
    int bell = call->caps ? call->cap[0] : NONE;

    if (call->word[0] >= range->size)
        return refuse(ERANGE, ARGUMENT_WORD(0), range->size, call->word[0]);
    if (bell != NONE && !cap_of(bell)->badge)
        return refuse(EINVAL, ARGUMENT_CAP(0), 1, 0);
    if (bell != NONE && model.line[line] != NONE)
        return refuse(EBUSY, ARGUMENT_WORD(0), 0, line);
    cap_end(model.line[line]);
    if (bell == NONE)
        return DONE;
    model.line[line] = cap_place(bell, IN_LINE, NONE, line);
    model.unmasked |= 1u << line;
    return DONE;
}

static struct answer acknowledge(struct call *call)
{
    const struct cap *range = cap_of(call->target);
    uint64_t line = range->start + call->word[0];

    if (call->word[0] >= range->size)
        return refuse(ERANGE, ARGUMENT_WORD(0), range->size, call->word[0]);
    if (model.line[line] == NONE)
        return refuse(EINVAL, ARGUMENT_WORD(0), OBJECT_NOTIFICATION, 0);
    model.unmasked |= 1u << line;
    return DONE;
}

const struct method irq_methods[] = {
    {IRQ_LABEL_BIND,
     CAP_RIGHTS_MANAGE,
     1,
     {{OBJECT_NOTIFICATION, CAP_RIGHTS_SEND, true, true}},
     false,
     bind},
    {IRQ_LABEL_ACKNOWLEDGE, CAP_RIGHTS_MANAGE, 1, {{0}}, false, acknowledge},
    {0},
};

static struct answer issue(struct call *call)
{
    uint64_t first = call->word[0], lines = call->word[1];

    if (first >= LINES || !lines || lines > LINES - first)
        return refuse(ERANGE, ARGUMENT_WORD(0), LINES, first);
    call->out_cap = cap_new(OBJECT_IRQ, CAP_RIGHTS_ALL);
    cap_of(call->out_cap)->start = first;
    cap_of(call->out_cap)->size = lines;
    cap_adopt(call->target, call->out_cap);
    return DONE;
}

const struct method irqcontrol_methods[] = {
    {IRQCONTROL_LABEL_ISSUE, CAP_RIGHTS_MANAGE, 2, {{0}}, true, issue},
    {0},
};

/* ---- ports: "A range of ports. Ports are absolute." ---- */

static struct answer check_port(const struct call *call)
{
    const struct cap *range = cap_of(call->target);
    uint64_t port = call->word[0], width = call->word[1];

    if (width != 1 && width != 2 && width != 4)
        return refuse(EINVAL, ARGUMENT_WORD(1), 4, width);
    if (port < range->start || port >= range->start + range->size ||
        port + width > range->start + range->size)
        return refuse(ERANGE, ARGUMENT_WORD(0), range->start, port);
    return DONE;
}

static struct answer in(struct call *call)
{
    struct answer answer = check_port(call);

    if (answer.error)
        return answer;
    model.port.port = (uint16_t)call->word[0];
    model.port.width = (unsigned)call->word[1];
    model.port.reads++;
    call->out[0] = model.port.value;
    call->out_words = 1;
    return DONE;
}

static struct answer out(struct call *call)
{
    struct answer answer = check_port(call);

    if (answer.error)
        return answer;
    model.port.port = (uint16_t)call->word[0];
    model.port.width = (unsigned)call->word[1];
    model.port.value = (uint32_t)call->word[2];
    model.port.writes++;
    return DONE;
}

/* "So many bytes to one port, one after the other" */
static struct answer out_bytes(struct call *call)
{
    const struct cap *range = cap_of(call->target);
    uint64_t port = call->word[0], count = call->word[1];

    if (port < range->start || port >= range->start + range->size)
        return refuse(ERANGE, ARGUMENT_WORD(0), range->start, port);
    if (count == 0 || count > 16)
        return refuse(EINVAL, ARGUMENT_WORD(1), 16, count);
    model.port.port = (uint16_t)port;
    model.port.width = 1;
    model.port.value = (uint8_t)(call->word[2 + (count - 1) / 8] >> (count - 1) % 8 * 8);
    model.port.writes += (unsigned)count;
    return DONE;
}

const struct method ioport_methods[] = {
    {IOPORT_LABEL_IN, CAP_RIGHTS_READ, 2, {{0}}, false, in},
    {IOPORT_LABEL_OUT, CAP_RIGHTS_WRITE, 3, {{0}}, false, out},
    {IOPORT_LABEL_OUT_BYTES, CAP_RIGHTS_WRITE, 4, {{0}}, false, out_bytes},
    {0},
};

/* ---- methods of a Cpu ---- */

static struct answer inspect_cpu(struct call *call)
{
    const struct cap *cpu = cap_of(call->target);

    call->out[0] = cpu->start;
    call->out[1] = cpu->size;
    call->out[2] = model.idle;
    call->out[3] = model.timer_interrupts;
    call->out_words = 4;
    return DONE;
}

/* "Measures from now on, or no longer, how long the kernel keeps interrupts waiting."; "The longest
   since the last such call" */
static struct answer measure(struct call *call)
{
    if (call->word[0] > 1)
        return refuse(EINVAL, ARGUMENT_WORD(0), 0, call->word[0]);
    call->out[0] = model.longest;
    call->out_words = 1;
    model.longest = 0;
    model.measuring = call->word[0];
    return DONE;
}

static struct answer tell_counts(struct call *call, unsigned count)
{
    memcpy(call->out, model.told, count * sizeof(uint64_t));
    call->out_words = count;
    return DONE;
}

/* "How many messages left the fast path since the start, by reason." */
static struct answer misses(struct call *call)
{
    return tell_counts(call, CPU_MISSES);
}

/* "Counts from now on, or no longer, which way calls and answers go." */
static struct answer count(struct call *call)
{
    if (call->word[0] > 1)
        return refuse(EINVAL, ARGUMENT_WORD(0), 0, call->word[0]);
    return tell_counts(call, CPU_WAYS);
}

const struct method cpu_methods[] = {
    {CPU_LABEL_INSPECT, 0, 0, {{0}}, false, inspect_cpu},
    {CPU_LABEL_MEASURE, CAP_RIGHTS_MANAGE, 1, {{0}}, false, measure},
    {CPU_LABEL_MISSES, CAP_RIGHTS_READ, 0, {{0}}, false, misses},
    {CPU_LABEL_COUNT, CAP_RIGHTS_MANAGE, 1, {{0}}, false, count},
    {0},
};

/* ---- the log ---- */

/* "Appends the bytes." */
static struct answer append(struct call *call)
{
    struct answer answer = check_bytes(call, 0, TRACE_LOG_BYTES);
    unsigned length = (unsigned)call->word[0];

    if (answer.error)
        return answer;
    if (model.log_length + length > LOG_MAX) {
        model.full = true;
        return DONE;
    }
    memcpy(model.log + model.log_length, &call->word[1], length);
    model.log_length += length;
    return DONE;
}

const struct method trace_methods[] = {
    {TRACE_LABEL_LOG, CAP_RIGHTS_WRITE, OR_MORE | 1, {{0}}, false, append},
    {0},
};
