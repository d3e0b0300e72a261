/*
 * request.h - the file protocol: who may ask for what, and how it is answered.
 */
#pragma once

#include <myelin/ipc.h>

#include "tree.h"

/*
 * Badges. Bit 63 clear: a session (0: not connected yet). Set: an open file - access in bits
 * 60-62, node number in bits 32-55, its generation in bits 0-31. All there is to an open file is
 * in its badge, so a client that dies leaves nothing behind.
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

/* Answers in *message what a session asked (path.. requests). */
void session_request(struct message *message);
/* Answers in *message what was asked of an open file. */
void file_request(struct message *message);
/* Puts the words of STAT and STAT_PATH. */
void answer_status(struct message *message, const struct node *node);
