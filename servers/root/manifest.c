/*
 * manifest.c - reads the manifest line by line: one small function for each statement.
 *
 * A mistake is recorded and reading goes on, so that one look shows them all.
 */
#include "manifest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <myelin/idl/names_types.h>
#include <myelin/idl/schedcontext_types.h>

#define BUDGET_LEAST 20000ull /* the kernel's, ns */
#define MEMORY_LEAST 4096ull
#define MEMORY_MOST  (64ull << 20)
#define IRQ_LINES    24
#define IOPORTS      65536

struct reader {
    struct manifest *manifest;
    struct manifest_program *program; /* the block that is being read, or NULL */
    unsigned line;
    struct manifest_words words;
};

void manifest_complain(struct manifest *manifest, unsigned line, const char *format, ...)
{
    unsigned n = manifest->mistake_count++;
    va_list arguments;

    if (n >= MANIFEST_MISTAKES_MAX)
        return;
    manifest->mistakes[n].line = line;
    va_start(arguments, format);
    vsnprintf(manifest->mistakes[n].text, MANIFEST_MISTAKE_BYTES, format, arguments);
    va_end(arguments);
}

#define complain(reader, ...) manifest_complain((reader)->manifest, (reader)->line, __VA_ARGS__)

/* Copies a name of 1 to 16 bytes; complains and returns false if it is none. */
static bool take_name(struct reader *reader, const char *word, char *name)
{
    size_t length = strlen(word);

    if (length == 0 || length > OBJECT_NAME_BYTES) {
        complain(reader, "the name '%.24s' has %zu bytes, expected 1 to %d", word, length,
                 OBJECT_NAME_BYTES);
        return false;
    }
    memcpy(name, word, length + 1);
    return true;
}

static bool take_range(struct reader *reader, const char *what, const char *word, uint64_t least,
                       uint64_t most, uint64_t *value)
{
    if (manifest_number(word, value) && *value >= least && *value <= most)
        return true;
    complain(reader, "bad %s '%.24s', expected a number from %llu to %llu", what, word,
             (unsigned long long)least, (unsigned long long)most);
    return false;
}

static void read_program(struct reader *reader, const char *const *word, unsigned count)
{
    struct manifest *manifest = reader->manifest;
    struct manifest_program *program, *twin;
    char name[OBJECT_NAME_BYTES + 1];

    (void)count;
    reader->program = NULL;
    if (!take_name(reader, word[1], name))
        return;
    twin = manifest_find(manifest, name);
    if (twin)
        complain(reader, "program '%s' is there already, in line %u", name, twin->line);
    if (manifest->program_count == MANIFEST_PROGRAMS_MAX) {
        complain(reader, "too many programs, expected at most %d", MANIFEST_PROGRAMS_MAX);
        return;
    }
    program = &manifest->programs[manifest->program_count++];
    memset(program, 0, sizeof(*program));
    program->line = reader->line;
    program->memory = MANIFEST_MEMORY_DEFAULT;
    memcpy(program->name, name, sizeof(name));
    snprintf(program->file, sizeof(program->file), "servers/%s", name);
    reader->program = program;
}

static void read_file(struct reader *reader, const char *const *word, unsigned count)
{
    const char *path = word[1] + (word[1][0] == '/');

    (void)count;
    if (strlen(path) >= MANIFEST_PATH_BYTES) {
        complain(reader, "the path has %zu bytes, expected at most %d", strlen(path),
                 MANIFEST_PATH_BYTES - 1);
        return;
    }
    strcpy(reader->program->file, path);
}

static bool expect_word(struct reader *reader, const char *word, const char *expected)
{
    if (strcmp(word, expected) == 0)
        return true;
    complain(reader, "unexpected '%.24s', expected '%s'", word, expected);
    return false;
}

static bool take_duration(struct reader *reader, const char *what, const char *word,
                          uint64_t *nanoseconds)
{
    if (manifest_duration(word, nanoseconds) && *nanoseconds > 0)
        return true;
    complain(reader, "bad %s '%.24s', expected a time such as 500us, 10ms or 1s", what, word);
    return false;
}

static bool take_time(struct reader *reader, const char *const *word, struct manifest_time *time)
{
    uint64_t priority;

    if (!expect_word(reader, word[1], "priority") || !expect_word(reader, word[3], "budget") ||
        !expect_word(reader, word[5], "period") ||
        !take_range(reader, "priority", word[2], 0, SCHEDCONTEXT_PRIORITY_LEVELS - 1, &priority) ||
        !take_duration(reader, "budget", word[4], &time->budget) ||
        !take_duration(reader, "period", word[6], &time->period))
        return false;
    time->priority = (unsigned)priority;
    if (time->budget >= BUDGET_LEAST && time->budget <= time->period)
        return true;
    complain(reader, "bad budget '%.24s', expected 20us to the period (%.24s)", word[4], word[6]);
    return false;
}

/* active|passive priority N budget D period D */
static void read_time(struct reader *reader, const char *const *word, unsigned count)
{
    struct manifest_program *program = reader->program;
    struct manifest_time time;

    (void)count;
    if (program->has_time)
        complain(reader, "program '%s' has its time already, expected it once", program->name);
    else if (take_time(reader, word, &time))
        program->time = time;
    program->has_time = true;
    program->passive = word[0][0] == 'p';
}

static void read_memory(struct reader *reader, const char *const *word, unsigned count)
{
    uint64_t bytes;

    (void)count;
    if (manifest_size(word[1], &bytes) && bytes >= MEMORY_LEAST && bytes <= MEMORY_MOST)
        reader->program->memory = bytes;
    else
        complain(reader, "bad memory '%.24s', expected a size such as 128K, from 4K to 64M",
                 word[1]);
}

static void read_argument(struct reader *reader, const char *const *word, unsigned count)
{
    struct manifest_program *program = reader->program;

    for (unsigned i = 1; i < count; i++) {
        size_t length = strlen(word[i]) + 1;

        if (length > MANIFEST_ARGUMENT_BYTES - program->argument_bytes) {
            complain(reader, "the arguments are too long, expected at most %d bytes in all",
                     MANIFEST_ARGUMENT_BYTES);
            return;
        }
        memcpy(program->arguments + program->argument_bytes, word[i], length);
        program->argument_bytes += length;
        program->argument_count++;
    }
}

static void read_command_line(struct reader *reader, const char *const *word, unsigned count)
{
    (void)word;
    (void)count;
    reader->program->command_line = true;
}

/* archive SERVICE */
static void read_archive(struct reader *reader, const char *const *word, unsigned count)
{
    (void)count;
    if (take_name(reader, word[1], reader->program->archive))
        reader->program->archive_line = reader->line;
}

/* connect SERVICE [as NAME] */
static void read_connect(struct reader *reader, const char *const *word, unsigned count)
{
    struct manifest_program *program = reader->program;
    struct manifest_session session = {.line = reader->line};

    if (!take_name(reader, word[1], session.service))
        return;
    strcpy(session.name, session.service);
    if (count > 2 &&
        (!expect_word(reader, word[2], "as") || !take_name(reader, word[3], session.name)))
        return;
    if (program->session_count == MANIFEST_SESSIONS_MAX)
        complain(reader, "too many sessions, expected at most %d", MANIFEST_SESSIONS_MAX);
    else
        program->sessions[program->session_count++] = session;
}

static void read_log(struct reader *reader, const char *const *word, unsigned count)
{
    (void)word;
    (void)count;
    reader->program->log = true;
}

static void read_manage(struct reader *reader, const char *const *word, unsigned count)
{
    (void)count;
    if (expect_word(reader, word[1], "processes"))
        reader->program->manages_processes = true;
}

/* cpu priority N share N% */
static void read_cpu(struct reader *reader, const char *const *word, unsigned count)
{
    uint64_t priority, percent;

    (void)count;
    if (!expect_word(reader, word[1], "priority") || !expect_word(reader, word[3], "share") ||
        !take_range(reader, "priority", word[2], 0, SCHEDCONTEXT_PRIORITY_LEVELS - 1, &priority))
        return;
    if (!manifest_percent(word[4], &percent) || percent < 1 || percent > 100) {
        complain(reader, "bad share '%.24s', expected 1%% to 100%%", word[4]);
        return;
    }
    reader->program->has_cpu = true;
    reader->program->cpu_priority = (unsigned)priority;
    reader->program->cpu_share = (unsigned)percent * 10;
}

static void read_may(struct reader *reader, const char *const *word, unsigned count)
{
    static const char *const verbs[] = {"call", "send", "notify", "publish"};
    static const unsigned permissions[] = {NAMES_MAY_CALL, NAMES_MAY_SEND, NAMES_MAY_NOTIFY,
                                           NAMES_MAY_PUBLISH};
    struct manifest_program *program = reader->program;
    struct manifest_permission permission = {.line = reader->line};

    (void)count;
    for (unsigned i = 0; i < 4; i++) {
        if (strcmp(word[1], verbs[i]) == 0)
            permission.permission = permissions[i];
    }
    if (!permission.permission) {
        complain(reader, "unknown permission '%.24s', expected call, send, notify or publish",
                 word[1]);
        return;
    }
    if (!take_name(reader, word[2], permission.service))
        return;
    if (program->permission_count == MANIFEST_PERMISSIONS_MAX)
        complain(reader, "too many permissions, expected at most %d", MANIFEST_PERMISSIONS_MAX);
    else
        program->permissions[program->permission_count++] = permission;
}

/* Appends a device; its name is word[at + 1] after `as`, else `name`. */
static void add_device(struct reader *reader, struct manifest_device device,
                       const char *const *word, unsigned count, unsigned at)
{
    struct manifest_program *program = reader->program;

    if (count > at &&
        (!expect_word(reader, word[at], "as") || !take_name(reader, word[at + 1], device.name)))
        return;
    if (program->device_count == MANIFEST_DEVICES_MAX) {
        complain(reader, "too many devices, expected at most %d", MANIFEST_DEVICES_MAX);
        return;
    }
    device.line = reader->line;
    program->devices[program->device_count++] = device;
}

/* ioport FIRST COUNT [as NAME] */
static void read_ioport(struct reader *reader, const char *const *word, unsigned count)
{
    uint64_t first, ports;

    if (take_range(reader, "port", word[1], 0, IOPORTS - 1, &first) &&
        take_range(reader, "number of ports", word[2], 1, IOPORTS - first, &ports))
        add_device(reader,
                   (struct manifest_device){.kind = MANIFEST_IOPORT,
                                            .first = (uint32_t)first,
                                            .count = (uint32_t)ports,
                                            .name = "ioport"},
                   word, count, 3);
}

/* irq LINE [as NAME] */
static void read_irq(struct reader *reader, const char *const *word, unsigned count)
{
    uint64_t line;

    if (take_range(reader, "interrupt line", word[1], 0, IRQ_LINES - 1, &line))
        add_device(reader,
                   (struct manifest_device){
                       .kind = MANIFEST_IRQ, .first = (uint32_t)line, .count = 1, .name = "irq"},
                   word, count, 2);
}

struct statement {
    const char *word;
    void (*read)(struct reader *reader, const char *const *word, unsigned count);
    unsigned least, most; /* words, the first included */
    const char *usage;
};

static const struct statement statements[] = {
    {"program", read_program, 2, 2, "program NAME"},
    {"file", read_file, 2, 2, "file PATH"},
    {"active", read_time, 7, 7, "active priority N budget TIME period TIME"},
    {"passive", read_time, 7, 7, "passive priority N budget TIME period TIME (its reserve)"},
    {"memory", read_memory, 2, 2, "memory SIZE"},
    {"argument", read_argument, 2, MANIFEST_WORDS_MAX, "argument WORD..."},
    {"command-line", read_command_line, 1, 1, "command-line"},
    {"may", read_may, 3, 3, "may call|send|notify|publish SERVICE"},
    {"manage", read_manage, 2, 2, "manage processes"},
    {"cpu", read_cpu, 5, 5, "cpu priority N share N%"},
    {"ioport", read_ioport, 3, 5, "ioport FIRST COUNT [as NAME]"},
    {"irq", read_irq, 2, 4, "irq LINE [as NAME]"},
    {"connect", read_connect, 2, 4, "connect SERVICE [as NAME]"},
    {"archive", read_archive, 2, 2, "archive SERVICE"},
    {"log", read_log, 1, 1, "log"},
};

#define STATEMENTS (sizeof(statements) / sizeof(statements[0]))

static void complain_unknown(struct reader *reader, const char *word)
{
    const char *known[STATEMENTS];
    const char *meant;

    for (unsigned i = 0; i < STATEMENTS; i++)
        known[i] = statements[i].word;
    meant = manifest_suggest(word, known, STATEMENTS);
    if (meant)
        complain(reader, "unknown word '%.24s', expected '%s'?", word, meant);
    else
        complain(reader, "unknown word '%.24s', expected one of docs/manifest.md", word);
}

static void read_statement(struct reader *reader)
{
    const char *const *word = reader->words.word;
    unsigned count = reader->words.count;
    const struct statement *statement = NULL;

    for (unsigned i = 0; i < STATEMENTS; i++) {
        if (strcmp(word[0], statements[i].word) == 0)
            statement = &statements[i];
    }
    if (!statement) {
        complain_unknown(reader, word[0]);
    } else if (count < statement->least || count > statement->most ||
               (statement->most - statement->least == 2 && count == statement->least + 1)) {
        complain(reader, "'%s' with %u words after it, expected: %s", word[0], count - 1,
                 statement->usage);
    } else if (!reader->program && statement->read != read_program) {
        complain(reader, "'%s' outside of a program, expected 'program NAME' before it", word[0]);
    } else {
        statement->read(reader, word, count);
    }
}

void manifest_parse(struct manifest *manifest, const char *text, size_t length,
                    manifest_file_exists *file_exists)
{
    struct reader reader = {.manifest = manifest};

    manifest->program_count = 0;
    manifest->mistake_count = 0;
    while (length > 0) {
        const char *end = memchr(text, '\n', length);
        size_t line_length = end ? (size_t)(end - text) : length;
        const char *wrong = manifest_split(&reader.words, text, line_length);

        reader.line++;
        if (wrong)
            complain(&reader, "%s", wrong);
        else if (reader.words.count > 0)
            read_statement(&reader);
        text += line_length + (end != NULL);
        length -= line_length + (end != NULL);
    }
    manifest_check(manifest, file_exists);
}

struct manifest_program *manifest_find(struct manifest *manifest, const char *name)
{
    for (unsigned i = 0; i < manifest->program_count; i++) {
        if (strcmp(manifest->programs[i].name, name) == 0)
            return &manifest->programs[i];
    }
    return NULL;
}
