/*
 * ramfs.h - what the tests of ramfs's tree and of the file protocol share.
 */
#pragma once

#define RAMFS_LIMIT (4u << 20) /* bytes that the tree may take */

/* Set-up and tear-down: an empty tree; whatever a test leaves goes, and nothing leaks. */
int ramfs_make(void **state);
int ramfs_unmake(void **state);
