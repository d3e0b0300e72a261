/*
 * request.h - the file protocol: who may ask for what. The handlers, which fs_serve calls, are in
 * session.c and open_file.c.
 */
#pragma once

#include <myelin/idl/fs_server.h>

#include "tree.h"

/*
 * Badges. Bit 63 clear: a session. Set: an open file - access in bits 60-62, node number in bits
 * 32-55, its generation in bits 0-31. All there is to an open file is in its badge, so a client
 * that dies leaves nothing behind.
 */
#define BADGE_FILE         (1ull << 63)
#define BADGE_ACCESS_SHIFT 60
#define BADGE_NUMBER_SHIFT 32
#define BADGE_NUMBER_MASK  (NODES_MAX - 1)

#define ACCESS_READ   1
#define ACCESS_WRITE  2
#define ACCESS_APPEND 4 /* every write goes to the end */

/* What requests work on: the tree, and the endpoint that open files are minted from. */
extern struct tree tree;
extern cap_t files_endpoint;

/* What STAT and STAT_PATH answer. */
void status_fill(struct fs_status *status, const struct node *node);
