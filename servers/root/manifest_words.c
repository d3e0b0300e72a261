/*
 * manifest_words.c - words, numbers and suggestions: the small change of the manifest.
 */
#include "manifest.h"

#include <string.h>

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

/* Copies one word, quoted or not, from `text` to `to`; the bytes taken, 0 if a quote is open. */
static size_t take_word(const char *text, size_t length, char *to)
{
    bool quoted = text[0] == '"';
    size_t at = quoted;

    while (at < length && (quoted ? text[at] != '"' : !is_blank(text[at])))
        *to++ = text[at++];
    *to = '\0';
    if (quoted && at == length)
        return 0;
    return at + quoted;
}

const char *manifest_split(struct manifest_words *words, const char *text, size_t length)
{
    size_t used = 0;

    words->count = 0;
    if (length >= MANIFEST_LINE_BYTES / 2)
        return "the line is too long: expected fewer than 256 bytes";
    for (size_t at = 0; at < length;) {
        size_t taken;

        if (is_blank(text[at])) {
            at++;
            continue;
        }
        if (text[at] == '#')
            break;
        if (words->count == MANIFEST_WORDS_MAX)
            return "too many words: expected at most 16";
        taken = take_word(text + at, length - at, words->storage + used);
        if (taken == 0)
            return "a quoted word is not closed: expected a \" before the end of the line";
        words->word[words->count++] = words->storage + used;
        used += strlen(words->storage + used) + 1;
        at += taken;
    }
    return NULL;
}

static int digit_value(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F')
        return byte - 'A' + 10;
    return -1;
}

/* Reads the digits at `word`; what follows them, or NULL if there are none or too many. */
static const char *read_number(const char *word, uint64_t *value)
{
    unsigned base = 10;
    const char *digits;

    if (word[0] == '0' && (word[1] == 'x' || word[1] == 'X')) {
        base = 16;
        word += 2;
    }
    *value = 0;
    for (digits = word; digit_value(*word) >= 0 && digit_value(*word) < (int)base; word++) {
        if (*value > (UINT64_MAX >> 8))
            return NULL;
        *value = *value * base + (unsigned)digit_value(*word);
    }
    return word == digits ? NULL : word;
}

struct unit {
    const char *name;
    uint64_t factor;
};

static bool read_with_unit(const char *word, const struct unit *units, unsigned count,
                           uint64_t *value)
{
    const char *rest = read_number(word, value);

    for (unsigned i = 0; rest && i < count; i++) {
        if (strcmp(rest, units[i].name) == 0 && *value <= (UINT64_MAX >> 1) / units[i].factor) {
            *value *= units[i].factor;
            return true;
        }
    }
    return false;
}

bool manifest_number(const char *word, uint64_t *value)
{
    static const struct unit none[] = {{"", 1}};

    return read_with_unit(word, none, 1, value);
}

bool manifest_size(const char *word, uint64_t *bytes)
{
    static const struct unit sizes[] = {{"", 1}, {"K", 1u << 10}, {"M", 1u << 20}};

    return read_with_unit(word, sizes, 3, bytes);
}

bool manifest_duration(const char *word, uint64_t *nanoseconds)
{
    static const struct unit durations[] = {{"us", 1000}, {"ms", 1000000}, {"s", 1000000000}};

    return read_with_unit(word, durations, 3, nanoseconds);
}

bool manifest_percent(const char *word, uint64_t *percent)
{
    static const struct unit percents[] = {{"%", 1}};

    return read_with_unit(word, percents, 1, percent);
}

#define COMPARED_BYTES 24

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* How many bytes must be put in, left out or changed to make one word of the other. */
static unsigned edit_distance(const char *a, const char *b)
{
    unsigned row[COMPARED_BYTES + 1];
    size_t a_length = strlen(a), b_length = strlen(b);

    if (a_length > COMPARED_BYTES || b_length > COMPARED_BYTES)
        return COMPARED_BYTES;
    for (unsigned j = 0; j <= b_length; j++)
        row[j] = j;
    for (unsigned i = 1; i <= a_length; i++) {
        unsigned diagonal = row[0];

        row[0] = i;
        for (unsigned j = 1; j <= b_length; j++) {
            unsigned replaced = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            row[j] = smaller(replaced, smaller(row[j], row[j - 1]) + 1);
        }
    }
    return row[b_length];
}

const char *manifest_suggest(const char *word, const char *const *candidates, unsigned count)
{
    unsigned best_distance = 3; /* more than two slips are another word */
    const char *best = NULL;

    for (unsigned i = 0; i < count; i++) {
        unsigned distance = edit_distance(word, candidates[i]);

        if (distance < best_distance && distance < strlen(candidates[i])) {
            best_distance = distance;
            best = candidates[i];
        }
    }
    return best;
}
