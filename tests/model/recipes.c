/* recipes.c - see recipes.h. A method that occurs twice is tried twice as often. */

#include <myelin/idl/channel_types.h>
#include <myelin/idl/cpu_types.h>
#include <myelin/idl/cspace_types.h>
#include <myelin/idl/frame_types.h>
#include <myelin/idl/ioport_types.h>
#include <myelin/idl/irq_types.h>
#include <myelin/idl/irqcontrol_types.h>
#include <myelin/idl/memorygrant_types.h>
#include <myelin/idl/notification_types.h>
#include <myelin/idl/reply_types.h>
#include <myelin/idl/schedcontext_types.h>
#include <myelin/idl/thread_types.h>
#include <myelin/idl/trace_types.h>
#include <myelin/idl/untyped_types.h>
#include <myelin/idl/vspace_types.h>
#include <myelin/idl/waitset_types.h>
#include <myelin/objects.h>

#include "recipes.h"

#define OF(object, method) #object "." #method, object##_LABEL_##method, OBJECT_##object

const struct recipe recipes[] = {
    {OF(UNTYPED, RETYPE), 5, {KIND, NOTHING, NAME, NOTHING, LENGTH}, 0, {0}},
    {OF(UNTYPED, RETYPE), 5, {KIND, NOTHING, NAME, NOTHING, LENGTH}, 0, {0}},
    {OF(UNTYPED, INSPECT), 0, {0}, 0, {0}},
    {OF(CSPACE, DERIVE), 3, {RIGHTS, NOTHING, NOTHING}, 1, {0}},
    {OF(CSPACE, DERIVE), 3, {RIGHTS, LENGTH, LENGTH}, 1, {OBJECT_FRAME}},
    {OF(CSPACE, DERIVE), 3, {RIGHTS, LINE, COUNT}, 1, {OBJECT_IRQ}},
    {OF(CSPACE, DERIVE), 3, {RIGHTS, PORT, PORT}, 1, {OBJECT_IOPORT}},
    {OF(CSPACE, DERIVE), 3, {RIGHTS, ANYTHING, ANYTHING}, 1, {OBJECT_CPU}},
    {OF(CSPACE, DERIVE), 3, {RIGHTS, LENGTH, LENGTH}, 1, {OBJECT_MEMORYGRANT}},
    {OF(CSPACE, MINT), 2, {BADGE, RIGHTS}, 1, {OBJECT_ENDPOINT}},
    {OF(CSPACE, MINT), 2, {BADGE, RIGHTS}, 1, {OBJECT_NOTIFICATION}},
    {OF(CSPACE, MINT), 2, {BADGE, RIGHTS}, 1, {OBJECT_NONE}},
    {OF(CSPACE, DELETE), 0, {0}, 1, {OBJECT_NONE}},
    {OF(CSPACE, REVOKE), 0, {0}, 1, {OBJECT_NONE}},
    {OF(CSPACE, DELETE), 0, {0}, 1, {OBJECT_NONE}},
    {OF(CSPACE, INSERT), 0, {0}, 1, {OBJECT_NONE}},
    {OF(CSPACE, INSERT), 0, {0}, 1, {OBJECT_NONE}},
    {OF(CSPACE, INSPECT), 1, {INDEX}, 0, {0}},
    {OF(CSPACE, STATISTICS), 0, {0}, 0, {0}},
    {OF(CSPACE, GROW), 0, {0}, 1, {OBJECT_UNTYPED}},
    {OF(CSPACE, GROW), 0, {0}, 1, {OBJECT_UNTYPED}},
    {OF(CSPACE, COMPARE), 0, {0}, 2, {OBJECT_NONE, OBJECT_NONE}},
    {OF(CSPACE, REPLY_SAVE), 1, {TOKEN}, 0, {0}},
    {OF(CSPACE, REPLY_SAVE), 1, {TOKEN}, 0, {0}},
    {OF(CSPACE, DELETE), 0, {0}, 1, {OBJECT_REPLY}},
    {OF(VSPACE, GIVE), 0, {0}, 1, {OBJECT_UNTYPED}},
    {OF(VSPACE, MAP), 2, {ADDRESS, RIGHTS}, 1, {OBJECT_FRAME}},
    {OF(VSPACE, MAP), 2, {ADDRESS, RIGHTS}, 1, {OBJECT_FRAME}},
    {OF(VSPACE, UNMAP), 0, {0}, 1, {OBJECT_FRAME}},
    {OF(VSPACE, PROTECT), 1, {RIGHTS}, 1, {OBJECT_FRAME}},
    {OF(VSPACE, INSPECT), 0, {0}, 0, {0}},
    {OF(VSPACE, GRANT), 3, {ADDRESS, LENGTH, RIGHTS}, 0, {0}},
    {OF(VSPACE, GRANT), 3, {MEMORY, PART, LENDABLE}, 0, {0}},
    {OF(VSPACE, LOCATE), 0, {0}, 1, {OBJECT_MEMORYGRANT}},
    {OF(FRAME, PHYSICAL), 0, {0}, 0, {0}},
    {OF(FRAME, INSPECT), 0, {0}, 0, {0}},
    {OF(MEMORYGRANT, READ), 3, {OFFSET, PART, MEMORY}, 0, {0}},
    {OF(MEMORYGRANT, WRITE), 3, {OFFSET, PART, MEMORY}, 0, {0}},
    {OF(MEMORYGRANT, INSPECT), 0, {0}, 0, {0}},
    {OF(REPLY, LEASE_READ), 4, {NUMBER, OFFSET, PART, MEMORY}, 0, {0}},
    {OF(REPLY, LEASE_READ), 4, {NUMBER, OFFSET, PART, MEMORY}, 0, {0}},
    {OF(REPLY, LEASE_WRITE), 4, {NUMBER, OFFSET, PART, MEMORY}, 0, {0}},
    {OF(REPLY, LEASE_WRITE), 4, {NUMBER, OFFSET, PART, MEMORY}, 0, {0}},
    {OF(IRQ, BIND), 1, {LINE}, 1, {OBJECT_NOTIFICATION}},
    {OF(IRQ, BIND), 1, {LINE}, 0, {0}},
    {OF(IRQ, ACKNOWLEDGE), 1, {LINE}, 0, {0}},
    {OF(IRQCONTROL, ISSUE), 2, {LINE, COUNT}, 0, {0}},
    {OF(IOPORT, IN), 2, {PORT, WIDTH}, 0, {0}},
    {OF(IOPORT, OUT), 3, {PORT, WIDTH, ANYTHING}, 0, {0}},
    {OF(THREAD, CONFIGURE), 1, {USER_ADDRESS}, 3, {OBJECT_CSPACE, OBJECT_VSPACE, OBJECT_FRAME}},
    {OF(THREAD, START), 0, {0}, 0, {0}},
    {OF(THREAD, SUSPEND), 0, {0}, 0, {0}},
    {OF(THREAD, RESUME), 0, {0}, 0, {0}},
    {OF(THREAD, RESUME), 0, {0}, 0, {0}},
    {OF(IOPORT, OUT_BYTES), 4, {PORT, COUNT, ANYTHING, ANYTHING}, 0, {0}},
    {OF(THREAD, CANCEL), 0, {0}, 0, {0}},
    {OF(THREAD, CANCEL), 0, {0}, 0, {0}},
    {OF(THREAD, EXIT), 1, {ANYTHING}, 0, {0}},
    {OF(THREAD, SET_HANDLER), 0, {0}, 1, {OBJECT_ENDPOINT}},
    {OF(THREAD, SET_HANDLER), 0, {0}, 1, {OBJECT_ENDPOINT}},
    {OF(THREAD, SET_HANDLER), 0, {0}, 0, {0}},
    {OF(THREAD, SET_FOREIGN), 1, {ADDRESS}, 0, {0}},
    {OF(THREAD, SET_TLS), 1, {ADDRESS}, 0, {0}},
    {OF(THREAD, BIND_NOTIFICATION), 0, {0}, 1, {OBJECT_NOTIFICATION}},
    {OF(THREAD, BIND_NOTIFICATION), 0, {0}, 1, {OBJECT_NOTIFICATION}},
    {OF(THREAD, BIND_NOTIFICATION), 0, {0}, 0, {0}},
    {OF(THREAD, BIND_ENDPOINT), 0, {0}, 1, {OBJECT_ENDPOINT}},
    {OF(THREAD, BIND_ENDPOINT), 0, {0}, 1, {OBJECT_ENDPOINT}},
    {OF(THREAD, BIND_ENDPOINT), 0, {0}, 1, {OBJECT_ENDPOINT}},
    {OF(THREAD, UNBIND_ENDPOINT), 0, {0}, 1, {OBJECT_ENDPOINT}},
    {OF(THREAD, WATCH), 0, {0}, 1, {OBJECT_NOTIFICATION}},
    {OF(THREAD, INSPECT), 0, {0}, 0, {0}},
    {OF(THREAD, READ_REGISTERS), 0, {0}, 0, {0}},
    {OF(THREAD, WRITE_REGISTERS), 20, {REGISTERS}, 0, {0}},
    {OF(THREAD, WRITE_REGISTERS), 20, {REGISTERS}, 0, {0}},
    {OF(THREAD, FOLLOW), 1, {COUNT}, 1, {OBJECT_ENDPOINT}},
    {OF(THREAD, FOLLOW), 1, {COUNT}, 1, {OBJECT_ENDPOINT}},
    {OF(CPU, INSPECT), 0, {0}, 0, {0}},
    {OF(CPU, MEASURE), 1, {FLAG}, 0, {0}},
    {OF(CPU, MISSES), 0, {0}, 0, {0}},
    {OF(CPU, COUNT), 1, {FLAG}, 0, {0}},
    {OF(TRACE, LOG), 5, {TEXT, ANYTHING, ANYTHING, ANYTHING, ANYTHING}, 0, {0}},
    {OF(THREAD, READ_VECTOR), 2, {IMAGE, CHUNK}, 0, {0}},
    {OF(THREAD, WRITE_VECTOR), 5, {IMAGE, CONTENT, ANYTHING, ANYTHING, ANYTHING}, 0, {0}},
    {OF(SCHEDCONTEXT, BIND_SOURCE), 0, {0}, 1, {OBJECT_NOTIFICATION}},
    {OF(SCHEDCONTEXT, BIND_SOURCE), 0, {0}, 1, {OBJECT_CHANNEL}},
    {OF(THREAD, SET_DONATION), 2, {ROLE, LEAST}, 0, {0}},
    {OF(SCHEDCONTEXT, CONFIGURE), 3, {PRIORITY, BUDGET, PERIOD}, 1, {OBJECT_CPU}},
    {OF(SCHEDCONTEXT, CONFIGURE), 3, {PRIORITY, BUDGET, PERIOD}, 1, {OBJECT_CPU}},
    {OF(SCHEDCONTEXT, BIND), 1, {ROLE}, 1, {OBJECT_THREAD}},
    {OF(SCHEDCONTEXT, BIND), 1, {ROLE}, 1, {OBJECT_THREAD}},
    {OF(SCHEDCONTEXT, UNBIND), 0, {0}, 0, {0}},
    {OF(SCHEDCONTEXT, YIELD), 0, {0}, 0, {0}},
    {OF(SCHEDCONTEXT, INSPECT), 0, {0}, 0, {0}},
    {OF(NOTIFICATION, SET_TIMER), 2, {WHEN, BADGE}, 0, {0}},
    {OF(CHANNEL, ATTACH), 0, {0}, 1, {OBJECT_ENDPOINT}},
    {OF(CHANNEL, ATTACH), 0, {0}, 1, {OBJECT_ENDPOINT}},
    {OF(CHANNEL, DETACH), 0, {0}, 0, {0}},
    {OF(CHANNEL, NOTIFY_FILLED), 0, {0}, 1, {OBJECT_NOTIFICATION}},
    {OF(CHANNEL, NOTIFY_ROOM), 0, {0}, 1, {OBJECT_NOTIFICATION}},
    {OF(CHANNEL, DISCARD), 0, {0}, 0, {0}},
    {OF(CHANNEL, STATISTICS), 0, {0}, 0, {0}},
    {OF(WAITSET, ADD), 1, {BADGE}, 1, {OBJECT_ENDPOINT}},
    {OF(WAITSET, ADD), 1, {BADGE}, 1, {OBJECT_NOTIFICATION}},
    {OF(WAITSET, ADD), 1, {BADGE}, 1, {OBJECT_CHANNEL}},
    {OF(WAITSET, ADD), 1, {BADGE}, 1, {OBJECT_NONE}},
    {OF(WAITSET, REMOVE), 0, {0}, 1, {OBJECT_ENDPOINT}},
    {OF(WAITSET, REMOVE), 0, {0}, 1, {OBJECT_NOTIFICATION}},
    {OF(WAITSET, INSPECT), 0, {0}, 0, {0}},
};

const unsigned recipe_count = sizeof(recipes) / sizeof(recipes[0]);
