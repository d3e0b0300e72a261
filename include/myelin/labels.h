/*
 * labels.h - every label and message layout, by hand, until the interface language exists.
 *
 * A label is an interface number (high 16 bits) and a method (low 16 bits). A reply's label
 * is an error (errors.h), 0 for success. `in` and `out` name the payload words in order;
 * `name` takes two words (16 bytes, NUL-padded), `bytes` fill the words that follow.
 * `cap` parameters are message capabilities: utcb->caps[0], [1], ... in order. A method that
 * answers with a capability needs TAG_ACCEPT of at least 1 (ENOSPC otherwise).
 */
#pragma once

#include <stdint.h>

#define LABEL(interface, method) ((uint32_t)(interface) << 16 | (method))

/* ======================= kernel objects: interface = object type ======================= */

/*
 * Untyped (right: Manage). Memory that nothing is made of yet. Cannot be copied, only moved.
 *
 * RETYPE in: type, size, name, offset. out: cap 0, the owner capability of a new object.
 *   size: Untyped and Frame: log2 of the bytes (Untyped 12..47, smaller than its parent;
 *   Frame 12 or 21). CSpace: log2 of its slots (6..24). Endpoint: ENDPOINT_OPEN or
 *   ENDPOINT_CALL_ONLY. Otherwise 0. offset: only for device memory (frames alone): the byte
 *   offset of the frame. Where nothing made of it is left alive the memory starts afresh.
 * INSPECT out: size in bytes, bytes used, children (0 or 1: any left), device (0 or 1).
 */
#define UNTYPED_RETYPE     LABEL(1, 1)
#define UNTYPED_INSPECT    LABEL(1, 2)
#define ENDPOINT_OPEN      0
#define ENDPOINT_CALL_ONLY 1

/*
 * CSpace. DERIVE to REPLY_SAVE (right: Use) act on capabilities of the caller's own space.
 *
 * DERIVE in: rights, offset, length; cap 0. out: cap 0. Fewer rights, or a part of a Frame
 *   (bytes), Irq range (lines) or IoPort range (ports); for a Cpu offset is the highest
 *   priority and length the share in thousandths. length 0: the whole.
 * MINT in: badge, rights; cap 0 (unbadged, with Recv). out: cap 0.
 * DELETE in: cap 0. Frees the slot; deleting an owner destroys the object. Preemptible.
 * REVOKE in: cap 0. Deletes all descendants of it everywhere. Preemptible.
 * REPLY_SAVE in: token. out: cap 0, a Reply capability that takes the token's place.
 * INSERT (right: Write on the target) in: cap 0 (how: copy, derive, move). out: handle in the
 *   target space.
 * INSPECT (right: Read) in: index to look from. out: handle (of the first used slot at or
 *   after index), type | rights << 32, badge, name, size or range, how many of this object's
 *   capabilities own it (0 or 1). ENOENT past the last.
 * STATISTICS (right: Read) out: slots, slots used.
 * GROW (right: Manage) in: cap 0, an Untyped (moved, used up). Doubles the slots; its size
 *   is the table's (64 bytes a slot), from 32,768 slots on twice that (EINVAL says how much).
 */
#define CSPACE_DERIVE     LABEL(2, 1)
#define CSPACE_MINT       LABEL(2, 2)
#define CSPACE_DELETE     LABEL(2, 3)
#define CSPACE_REVOKE     LABEL(2, 4)
#define CSPACE_REPLY_SAVE LABEL(2, 5)
#define CSPACE_INSERT     LABEL(2, 6)
#define CSPACE_INSPECT    LABEL(2, 7)
#define CSPACE_STATISTICS LABEL(2, 8)
#define CSPACE_GROW       LABEL(2, 9)

/*
 * VSpace. One mapping per Frame capability, held in the capability's slot.
 *
 * GIVE (right: Manage) in: cap 0, an Untyped (moved, used up): its pages become page tables.
 * MAP (right: Write) in: address, rights; cap 0 Frame (the caller's own slot). The rights
 *   shrink to the capability's; Write with Execute is EINVAL. ENOMEM: the pool is empty.
 *   EEXIST: something is mapped there. EBUSY: this capability is mapped already.
 * UNMAP (right: Write) in: cap 0 Frame. ENOENT: not mapped in this VSpace.
 * PROTECT (right: Write) in: rights; cap 0 Frame. Changes the rights of its mapping.
 * INSPECT (right: Read) out: page-table pages free, in use, pages mapped.
 */
#define VSPACE_GIVE    LABEL(3, 1)
#define VSPACE_MAP     LABEL(3, 2)
#define VSPACE_UNMAP   LABEL(3, 3)
#define VSPACE_PROTECT LABEL(3, 4)
#define VSPACE_INSPECT LABEL(3, 5)

/*
 * Frame.
 * PHYSICAL (right: Dma) out: physical address, size in bytes.
 * INSPECT out: size in bytes, address mapped at (0: not mapped), rights of the mapping.
 */
#define FRAME_PHYSICAL LABEL(4, 1)
#define FRAME_INSPECT  LABEL(4, 2)

/*
 * Thread.
 *
 * CONFIGURE (right: Manage) in: utcb address; cap 0 CSpace, cap 1 VSpace, cap 2 the Frame that
 *   is mapped at that address, readable and writable. Only while inactive.
 * START (right: Manage): an inactive thread with spaces, registers and a SchedContext, own or
 *   reserve, becomes runnable. EINVAL says what lacks.
 * SUSPEND (right: Manage): stops it wherever it is; its call stands, a wait of its own ends.
 * RESUME (right: Manage): goes on after SUSPEND or a stop.
 * CANCEL (right: Manage): its blocked operation, or its next, answers ECANCELED.
 * EXIT (right: Use) in: code. Ends the calling thread; never returns.
 * READ_REGISTERS (right: Read), WRITE_REGISTERS (right: Manage): words 0..19 are
 *   struct thread_registers. Not while it runs or waits (EBUSY): suspend it first.
 * READ_VECTOR, WRITE_VECTOR in: offset, length, bytes. out: bytes. The XSAVE image.
 * SET_HANDLER (right: Manage) in: cap 0, an endpoint with Call (none: no handler). Faults
 *   become calls to it.
 * SET_FOREIGN (right: Use) in: address of the foreign entry (0: none).
 * SET_TLS (right: Use) in: FS base of the calling thread.
 * BIND_NOTIFICATION (right: Manage) in: cap 0 with Recv (none: unbind).
 * BIND_ENDPOINT (right: Manage) in: cap 0 with Recv: from then on only this thread receives
 *   from it. UNBIND_ENDPOINT undoes it.
 * WATCH (right: Manage) in: cap 0, a notification with Send (none: nobody). Its badge bits are
 *   set when the thread ends or stops; at once if it has already.
 * INSPECT (right: Read) out: enum thread_state | stop reason << 8 | passive << 16, exit code or
 *   fault address, name, waits-for name, priority | ns consumed << 8. Words 7,8: name of the
 *   home of the time it runs on. Word 9: instruction pointer. Word 10: ns consumed by its own
 *   (or reserve) SchedContext.
 */
#define THREAD_CONFIGURE         LABEL(5, 1)
#define THREAD_START             LABEL(5, 2)
#define THREAD_SUSPEND           LABEL(5, 3)
#define THREAD_RESUME            LABEL(5, 4)
#define THREAD_CANCEL            LABEL(5, 5)
#define THREAD_EXIT              LABEL(5, 6)
#define THREAD_READ_REGISTERS    LABEL(5, 7)
#define THREAD_WRITE_REGISTERS   LABEL(5, 8)
#define THREAD_READ_VECTOR       LABEL(5, 9)
#define THREAD_WRITE_VECTOR      LABEL(5, 10)
#define THREAD_SET_HANDLER       LABEL(5, 11)
#define THREAD_SET_FOREIGN       LABEL(5, 12)
#define THREAD_SET_TLS           LABEL(5, 13)
#define THREAD_BIND_NOTIFICATION LABEL(5, 14)
#define THREAD_BIND_ENDPOINT     LABEL(5, 15)
#define THREAD_UNBIND_ENDPOINT   LABEL(5, 16)
#define THREAD_WATCH             LABEL(5, 17)
#define THREAD_INSPECT           LABEL(5, 18)

/* The layout of READ_REGISTERS and WRITE_REGISTERS; what would harm is cleaned or refused. */
struct thread_registers {
    uint64_t ip, sp, flags;
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp;
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t fs_base, gs_base; /* gs_base is the UTCB's address and cannot be written */
};

enum thread_state {
    THREAD_INACTIVE = 0,      /* not started yet */
    THREAD_RUNNING = 1,       /* running, or ready to run */
    THREAD_WAITS_SEND = 2,    /* in an endpoint's queue, with a send */
    THREAD_WAITS_CALL = 3,    /* in an endpoint's queue, with a call */
    THREAD_WAITS_RECEIVE = 4, /* for a message */
    THREAD_WAITS_NOTIFY = 5,  /* for a notification */
    THREAD_WAITS_REPLY = 6,   /* its call is being served */
    THREAD_SUSPENDED = 7,
    THREAD_STOPPED = 8, /* by a fault that nobody handles; the stop reason says why */
    THREAD_EXITED = 9,
};

enum stop_reason {
    STOP_NONE = 0,
    STOP_NO_HANDLER = 1,   /* a fault, and no handler */
    STOP_HANDLER_GONE = 2, /* a fault, and the handler died or dropped it */
    STOP_UTCB_GONE = 3,    /* its UTCB was unmapped or revoked */
    STOP_VSPACE_GONE = 4,  /* its VSpace died */
    STOP_CSPACE_GONE = 5,  /* its CSpace died */
};

/*
 * Fault messages, from the kernel to a thread's handler endpoint: a call, origin fault.
 * label FAULT_PAGE: in: address, access (1 read, 2 write, 4 execute), ip, sp, 1 if a page was
 * there (a right lacked), trap 14. label FAULT_EXCEPTION: in: address (0), error code, ip, sp,
 * 0, trap number. label FAULT_FOREIGN: an unknown system call: in: its number, 0, ip, sp.
 * In all of them words 7..26 are struct thread_registers. A reply lets the thread go on where
 * it was (the handler may have changed its registers meanwhile).
 */
#define FAULT_PAGE      LABEL(0x100, 1)
#define FAULT_EXCEPTION LABEL(0x100, 2)
#define FAULT_FOREIGN   LABEL(0x100, 3)

/*
 * SchedContext.
 * CONFIGURE (right: Manage) in: priority (0..63, higher is more urgent), budget ns, period ns;
 *   cap 0 Cpu. EPERM: the Cpu capability does not allow that much. budget >= 20 us.
 * BIND (right: Manage) in: role (SCHEDCONTEXT_OWN, SCHEDCONTEXT_RESERVE); cap 0 Thread.
 * UNBIND (right: Manage).
 * YIELD (right: Use): the time on which the caller runs goes behind its equals.
 * INSPECT (right: Read) out: priority, budget ns, period ns, ns consumed, home thread's name,
 *   role.
 */
#define SCHEDCONTEXT_CONFIGURE LABEL(6, 1)
#define SCHEDCONTEXT_BIND      LABEL(6, 2)
#define SCHEDCONTEXT_UNBIND    LABEL(6, 3)
#define SCHEDCONTEXT_YIELD     LABEL(6, 4)
#define SCHEDCONTEXT_INSPECT   LABEL(6, 5)
#define SCHEDCONTEXT_OWN       0
#define SCHEDCONTEXT_RESERVE   1
#define PRIORITY_LEVELS        64

/* Cpu. INSPECT out: highest priority, share in thousandths, ns idle, timer interrupts so far. */
#define CPU_INSPECT LABEL(7, 1)

/*
 * Notification (right: Recv).
 * SET_TIMER in: time (absolute ns; 0: disarm), bits. The bits are set at that time.
 */
#define NOTIFICATION_SET_TIMER LABEL(9, 1)

/*
 * Reply, and likewise an open reply token: the memory lent with that call.
 * LEASE_READ in: number of the lease, offset, length, address in the own space, bytes done
 *   before (0). out: bytes done. LEASE_WRITE likewise, the other way. ENOENT, EPERM (the wrong
 *   direction), ERANGE, EFAULT: a page of the caller's is missing, `found` bytes were done. A
 *   missing page of the own space is a page fault of the calling thread.
 */
#define REPLY_LEASE_READ  LABEL(12, 1)
#define REPLY_LEASE_WRITE LABEL(12, 2)

/*
 * Irq (right: Manage): a range of interrupt lines, from its first line on.
 * BIND in: line (offset in the range); cap 0, a notification with Send (none: unbind). Each
 *   interrupt sets its badge bits and masks the line. EBUSY: another is bound.
 * ACKNOWLEDGE in: line. Unmasks it.
 * IrqControl (right: Manage). ISSUE in: first line, lines. out: cap 0, Irq.
 */
#define IRQ_BIND         LABEL(14, 1)
#define IRQ_ACKNOWLEDGE  LABEL(14, 2)
#define IRQCONTROL_ISSUE LABEL(15, 1)

/*
 * IoPort: a range of ports. The port is absolute; width is 1, 2 or 4 bytes.
 * IN (right: Read) in: port, width. out: value.
 * OUT (right: Write) in: port, width, value.
 */
#define IOPORT_IN  LABEL(16, 1)
#define IOPORT_OUT LABEL(16, 2)

/*
 * Trace. LOG (right: Write) in: length, bytes. Appends to the kernel's log (up to 1,000 bytes).
 */
#define TRACE_LOG LABEL(17, 1)

/* =============================== servers' protocols =============================== */

/*
 * Every service. CONNECT, on the capability that `names` hands out: out: cap 0, the service's
 * capability badged for this client.
 */
#define SERVICE_CONNECT LABEL(0x200, 1)

/*
 * names. The badge of the caller's capability says who it is; root (badge NAMES_ROOT) says
 * with ALLOW who may do what. A process started from a program has its parent's badge.
 * PUBLISH in: name; cap 0, Endpoint or Notification. EACCES, EEXIST (a live one is there).
 * LOOKUP in: name, kind (NAMES_ENDPOINT, NAMES_NOTIFICATION). out: cap 0 with the rights
 *   allowed. ENOENT: nobody published it. EACCES: not allowed.
 * LIST in: index. out: name, kind. ENOENT past the last.
 * ALLOW (root only) in: client badge, name, permission (NAMES_MAY_...).
 */
#define NAMES_PUBLISH      LABEL(0x201, 1)
#define NAMES_LOOKUP       LABEL(0x201, 2)
#define NAMES_LIST         LABEL(0x201, 3)
#define NAMES_ALLOW        LABEL(0x201, 4)
#define NAMES_ROOT         1
#define NAMES_ENDPOINT     0
#define NAMES_NOTIFICATION 1
#define NAMES_MAY_CALL     1
#define NAMES_MAY_SEND     2
#define NAMES_MAY_NOTIFY   4
#define NAMES_MAY_PUBLISH  8

/*
 * process. On the service:
 * CREATE in: name. out: cap 0, the new process (not started; Call and Grant).
 * LIST in: pid to look from. out: pid, state (enum thread_state | reason << 8 | passive << 16),
 *   name, waits-for name, frames | pages << 32 (pages = 4 KiB pages of memory it holds); words
 *   7,8 name of the home of the time it runs on; 9 ns its own time or reserve was charged;
 *   10 priority; 11,12 the thread's name; 13 parent's pid; 14 capabilities held.
 *   ENOENT past the last.
 * KILL in: pid. CAPABILITIES in: pid, index: as CSPACE_INSPECT. (EACCES without
 *   PROCESS_BADGE_ADMIN in the caller's badge.)
 * MEMORY out: bytes in all, bytes free, processes, capability slots used by process itself.
 * On a process:
 * LOAD in: offset, length, bytes (from word 2). Writes the ELF image, before START.
 * ARGUMENT in: kind (0 argv, 1 environment), length, bytes (from word 2). Appends one string.
 * GIVE in: name; cap 0. Puts it into the child's space under that name (startup.h).
 * CONFIGURE in: flags (PROCESS_PASSIVE; PROCESS_WITHOUT_ADMIN: its "spawn" cannot manage others
 *   even if the creator's can; PROCESS_WITHOUT_CPU: the Cpu is not given on), priority, budget
 *   ns, period ns, object memory bytes; cap 0 Cpu, which the child gets too. Default: active, the
 *   creator's default time; EPERM: another time needs a Cpu.
 * START out: pid. ENOEXEC and others say why not; the process can still be released.
 * WATCH in: cap 0, notification with Send: its badge bits are set when the process ends.
 * STATUS out: ended (0, 1), exit code (0..255; 128 + 9 killed, 128 + 11 faulted), fault label
 *   (0: none), address, ip, access or error code, trap, stack pointer, why (PROCESS_FAULT_...).
 * KILL. RELEASE: forgets an ended or unstarted process (kills one that runs).
 * THREAD out: cap 0, its first Thread (Read): for tools.
 * On one's own process capability (startup name "process"):
 * MAP in: address (0: anywhere), length, protection (1 read, 2 write, 4 execute). out: address.
 * UNMAP in: address, length. PROTECT in: address, length, protection.
 * EXIT in: code. Never answered.
 * SPAWN_SERVICE: CREATE works on it as well.
 */
#define PROCESS_CREATE          LABEL(0x202, 1)
#define PROCESS_LIST            LABEL(0x202, 2)
#define PROCESS_KILL_PID        LABEL(0x202, 3)
#define PROCESS_CAPABILITIES    LABEL(0x202, 4)
#define PROCESS_MEMORY          LABEL(0x202, 5)
#define PROCESS_LOAD            LABEL(0x202, 6)
#define PROCESS_ARGUMENT        LABEL(0x202, 7)
#define PROCESS_GIVE            LABEL(0x202, 8)
#define PROCESS_CONFIGURE       LABEL(0x202, 9)
#define PROCESS_START           LABEL(0x202, 10)
#define PROCESS_WATCH           LABEL(0x202, 11)
#define PROCESS_STATUS          LABEL(0x202, 12)
#define PROCESS_KILL            LABEL(0x202, 13)
#define PROCESS_RELEASE         LABEL(0x202, 14)
#define PROCESS_THREAD          LABEL(0x202, 15)
#define PROCESS_MAP             LABEL(0x202, 16)
#define PROCESS_UNMAP           LABEL(0x202, 17)
#define PROCESS_PROTECT         LABEL(0x202, 18)
#define PROCESS_EXIT            LABEL(0x202, 19)
#define PROCESS_FAULT_NO_PAGE   0 /* nothing is at the address */
#define PROCESS_FAULT_FORBIDDEN 1 /* what is there does not allow such an access */
#define PROCESS_FAULT_NO_MEMORY 2 /* it is allowed, but memory is used up */
#define PROCESS_PASSIVE         1
#define PROCESS_WITHOUT_ADMIN   2
#define PROCESS_WITHOUT_CPU     4
#define PROCESS_BADGE_ADMIN     (1ull << 62)

/*
 * console. WRITE in: length, bytes (from word 1). out: length written, always all; waits for
 *   room. Of length 0: waits until all that was written before has left the device.
 * READ in: most. out: length, bytes (from word 1); 0 is the end (Ctrl-D on an empty line).
 * MODE in: CONSOLE_RAW (bytes as typed) or CONSOLE_COOKED (lines, echoed, editable), with
 *   CONSOLE_PLAIN (a newline goes out as it is, not as CR LF). out: the mode before.
 * INTERRUPT in: cap 0 notification with Send (none: nobody): set at Ctrl-C in cooked mode,
 *   whether a read waits or not; a waiting read answers EINTR.
 */
#define CONSOLE_WRITE     LABEL(0x203, 1)
#define CONSOLE_READ      LABEL(0x203, 2)
#define CONSOLE_MODE      LABEL(0x203, 3)
#define CONSOLE_INTERRUPT LABEL(0x203, 4)
#define CONSOLE_COOKED    0
#define CONSOLE_RAW       1
#define CONSOLE_PLAIN     2

/*
 * The file protocol (the seeds' names). On a session (SERVICE_CONNECT) - paths are absolute:
 * OPEN in: flags (O_... as Linux), mode, path length, path (from word 3). out: cap 0, the file;
 *   kind (FS_FILE, FS_DIRECTORY), size.
 * STAT_PATH in: path length, path (from word 1). out: as STAT.
 * MKDIR in: mode, path length, path (from word 2). UNLINK in: flags (FS_UNLINK_DIRECTORY),
 *   path length, path (from word 2). RENAME in: length of old, length of new, old and new
 *   one after the other (from word 2).
 * On a file:
 * READ in: offset, length. out: length, bytes (from word 1). WRITE in: offset, length, bytes
 *   (from word 2), offset FS_APPEND: at the end. out: length, size after. STAT out: kind, size,
 *   inode, links, mode, ns of last change. TRUNCATE in: size. CLOSE: the file's capability can
 *   be deleted; the server forgets it. READDIR in: index. out: inode, kind, name length, name
 *   (from word 3); inode 0: an entry was removed there, go on with the next index. ENOENT
 *   past the last.
 */
#define FS_OPEN             LABEL(0x204, 1)
#define FS_CLOSE            LABEL(0x204, 2)
#define FS_READ             LABEL(0x204, 3)
#define FS_WRITE            LABEL(0x204, 4)
#define FS_STAT             LABEL(0x204, 5)
#define FS_MKDIR            LABEL(0x204, 6)
#define FS_READDIR          LABEL(0x204, 7)
#define FS_UNLINK           LABEL(0x204, 8)
#define FS_RENAME           LABEL(0x204, 9)
#define FS_TRUNCATE         LABEL(0x204, 10)
#define FS_STAT_PATH        LABEL(0x204, 11)
#define FS_FILE             1
#define FS_DIRECTORY        2
#define FS_UNLINK_DIRECTORY 1
#define FS_APPEND           UINT64_MAX
#define FS_READ_MAX         1016 /* bytes that a READ's answer holds */
#define FS_WRITE_MAX        1008 /* bytes that a WRITE holds */

/* power. OFF in: exit status for the host. REBOOT. Neither answers. */
#define POWER_OFF    LABEL(0x205, 1)
#define POWER_REBOOT LABEL(0x205, 2)
