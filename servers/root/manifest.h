/*
 * manifest.h - the manifest: who is started, with what time, devices and permissions.
 *
 * Pure functions without system calls, so that a test on the host can drive them. What the
 * lines mean is docs/manifest.md. All memory is the caller's; nothing is allocated.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <myelin/abi.h>

#define MANIFEST_PROGRAMS_MAX    32
#define MANIFEST_DEVICES_MAX     8
#define MANIFEST_PERMISSIONS_MAX 32
#define MANIFEST_SESSIONS_MAX    4
#define MANIFEST_MISTAKES_MAX    32
#define MANIFEST_PATH_BYTES      64
#define MANIFEST_ARGUMENT_BYTES  512
#define MANIFEST_MISTAKE_BYTES   160
#define MANIFEST_MEMORY_DEFAULT  (512u << 10)

/* The name that stands for every service in a `may` line. */
#define MANIFEST_ANY "*"

struct manifest_time {
    unsigned priority;
    uint64_t budget; /* ns */
    uint64_t period; /* ns */
};

enum manifest_device_kind {
    MANIFEST_IOPORT,
    MANIFEST_IRQ,
};

/* A range of ports or interrupt lines, and the name of the capability to it. */
struct manifest_device {
    enum manifest_device_kind kind;
    unsigned line; /* of the manifest */
    uint32_t first;
    uint32_t count;
    char name[OBJECT_NAME_BYTES + 1];
};

struct manifest_permission {
    unsigned line;
    unsigned permission; /* NAMES_MAY_... */
    char service[OBJECT_NAME_BYTES + 1];
};

/* A session of a service, which root asks for and gives to the program under that name. */
struct manifest_session {
    unsigned line;
    char service[OBJECT_NAME_BYTES + 1];
    char name[OBJECT_NAME_BYTES + 1];
};

struct manifest_program {
    unsigned line;
    char name[OBJECT_NAME_BYTES + 1];
    char file[MANIFEST_PATH_BYTES]; /* in the boot archive, without a leading slash */
    bool has_time;
    bool passive;
    struct manifest_time time; /* of a passive program: its reserve */
    uint64_t memory;           /* bytes of Untyped for its kernel objects */
    bool manages_processes;
    bool command_line; /* gets the kernel's cmd=... as its arguments */
    bool log;          /* may write to the kernel's log */
    bool has_cpu;
    unsigned cpu_priority;
    unsigned cpu_share;                  /* thousandths */
    unsigned archive_line;               /* 0: none */
    char archive[OBJECT_NAME_BYTES + 1]; /* the file service that gets the boot archive */
    unsigned argument_count;
    size_t argument_bytes;
    char arguments[MANIFEST_ARGUMENT_BYTES]; /* one behind the other, each with its NUL */
    unsigned device_count;
    struct manifest_device devices[MANIFEST_DEVICES_MAX];
    unsigned permission_count;
    struct manifest_permission permissions[MANIFEST_PERMISSIONS_MAX];
    unsigned session_count;
    struct manifest_session sessions[MANIFEST_SESSIONS_MAX];
};

struct manifest_mistake {
    unsigned line; /* 0: of no line, something lacks in the whole */
    char text[MANIFEST_MISTAKE_BYTES];
};

struct manifest {
    unsigned program_count;
    struct manifest_program programs[MANIFEST_PROGRAMS_MAX];
    unsigned mistake_count; /* all of them, also those beyond the table */
    struct manifest_mistake mistakes[MANIFEST_MISTAKES_MAX];
};

/* Whether the boot archive has a file of that path. */
typedef bool manifest_file_exists(const char *path);

/*
 * Reads `text` (length bytes, no NUL needed) into *manifest. Every mistake is recorded, in the
 * order of the lines; the manifest is sound if mistake_count is 0.
 */
void manifest_parse(struct manifest *manifest, const char *text, size_t length,
                    manifest_file_exists *file_exists);

/* The program of that name, or NULL. */
struct manifest_program *manifest_find(struct manifest *manifest, const char *name);

/* ---- between the manifest's own files ---- */

#define MANIFEST_WORDS_MAX  16
#define MANIFEST_LINE_BYTES 512

/* A line cut into words, which lie in `storage`. */
struct manifest_words {
    unsigned count;
    const char *word[MANIFEST_WORDS_MAX];
    char storage[MANIFEST_LINE_BYTES];
};

/* Cuts [text, text + length) into words; NULL, or what is wrong with it. */
const char *manifest_split(struct manifest_words *words, const char *text, size_t length);
/* Numbers with and without units; false if it is none, or does not fit. */
bool manifest_number(const char *word, uint64_t *value);
bool manifest_size(const char *word, uint64_t *bytes);
bool manifest_duration(const char *word, uint64_t *nanoseconds);
bool manifest_percent(const char *word, uint64_t *percent);
/* Of `count` candidates the one that `word` was probably meant to be, or NULL. */
const char *manifest_suggest(const char *word, const char *const *candidates, unsigned count);
/* Records a mistake, as printf. */
__attribute__((format(printf, 3, 4))) void
manifest_complain(struct manifest *manifest, unsigned line, const char *format, ...);
/* The checks that need the whole manifest (manifest_check.c). */
void manifest_check(struct manifest *manifest, manifest_file_exists *file_exists);
