/* partner.c - workers that do one system call and note what came of it. */
#include "systest.h"

static void run(void *argument)
{
    struct partner *partner = argument;

    if (partner->way == OP_CALL)
        partner->error = message_call(partner->target, &partner->message);
    else if (partner->way == OP_SEND)
        partner->error = message_send(partner->target, &partner->message);
    else
        partner->error = message_receive(partner->target, &partner->message);
    partner->detail = *ipc_error_detail();
    partner->done = true;
}

void partner_init(struct partner *partner, uint32_t label)
{
    memset(partner, 0, sizeof(*partner));
    partner->message.label = label;
}

error_t partner_start(struct partner *partner, enum operation way, cap_t target)
{
    const struct plan plan = {
        .name = "partner", .run = run, .argument = partner, .priority = partner->priority};

    partner->way = way;
    partner->target = target;
    partner->done = false;
    return worker_start(&partner->worker, &plan);
}

bool partner_done(struct partner *partner)
{
    let_run();
    return partner->done;
}
