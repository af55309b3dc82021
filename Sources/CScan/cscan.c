#include "cscan.h"

#include <string.h>

// The grammar is checked by what may stand beside what, for 64 bytes at once, with one bit a byte:
// outside of strings tokens touch each other, so most rules are about neighbours. Only brackets are
// visited one by one, to match them and to know whether commas part members or elements, and colons
// where an id may stand.

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx2,pclmul,bmi,bmi2,lzcnt")))
#define INLINE static inline __attribute__((always_inline)) TARGET

enum {
    block_bytes = 64,
    // One bit a level; what is deeper is left to the other reader.
    depth_max = 63,
    digits_max = 19,
    // `"id_str"` and the byte before it.
    key_bytes_max = 9,
};

// One bit for each byte of a block, the first in the lowest.
typedef uint64_t mask;

struct text {
    const uint8_t *bytes;
    size_t count;
};

// What crosses from one block into the next: of masks the bit that is shifted in.
struct carry {
    // All ones within a string.
    mask in_string;
    // The first byte is escaped.
    mask escape;
    // Hexadecimal digits of a \uXXXX that are due, in the lowest bits.
    mask hex_due;
    // The byte before is one of , : { [; of { [; the end of a value; of a scalar; a digit of one; a 0
    // that begins one.
    mask opener, open, value_end, scalar, digit, first_zero;
    // The next of {}[]:, follows a comma, or a {.
    mask comma, object_open;
    // The string that is open, or ended last, has a backslash.
    bool is_string_escaped;
};

struct brackets {
    // For each that is open whether it is that of an object, the innermost in the lowest bit.
    uint64_t objects;
    unsigned depth;
    bool is_in_data;
};

struct finding {
    bool has_data;
    bool has_data_id;
    size_t data_start;
    size_t data_end;
    int64_t id;
};

// MARK: Bytes to bits

struct bytes {
    __m256i low, high;
};

INLINE struct bytes load(const uint8_t *from) {
    const __m256i *halves = (const __m256i *)from;
    return (struct bytes){_mm256_loadu_si256(halves), _mm256_loadu_si256(halves + 1)};
}

// [ and { differ in this bit alone, and so do ] and }, and letters of both cases.
INLINE struct bytes folded(struct bytes bytes) {
    __m256i bit = _mm256_set1_epi8(0x20);
    return (struct bytes){_mm256_or_si256(bytes.low, bit), _mm256_or_si256(bytes.high, bit)};
}

INLINE mask bits(__m256i low, __m256i high) {
    return (uint32_t)_mm256_movemask_epi8(low) |
           (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

INLINE mask equal(struct bytes bytes, char byte) {
    __m256i all = _mm256_set1_epi8(byte);
    return bits(_mm256_cmpeq_epi8(bytes.low, all), _mm256_cmpeq_epi8(bytes.high, all));
}

// The bytes from `first` to `first + span`.
INLINE mask within(struct bytes bytes, char first, char span) {
    __m256i start = _mm256_set1_epi8(first), most = _mm256_set1_epi8(span);
    __m256i low = _mm256_sub_epi8(bytes.low, start), high = _mm256_sub_epi8(bytes.high, start);
    return bits(
        _mm256_cmpeq_epi8(_mm256_min_epu8(low, most), low),
        _mm256_cmpeq_epi8(_mm256_min_epu8(high, most), high));
}

INLINE bool has_control(struct bytes bytes) {
    __m256i least = _mm256_min_epu8(bytes.low, bytes.high), last = _mm256_set1_epi8(0x1f);
    return _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(least, last), least)) != 0;
}

// Shifts by one byte.
INLINE mask after(mask bits, mask *carry) {
    mask result = bits << 1 | *carry;
    *carry = bits >> 63;
    return result;
}

// From each of `starts` on the first of `stops`: the sum carries through the bytes between.
INLINE mask reach(mask starts, mask stops, mask *carry) {
    unsigned long long from = starts << 1 | *carry, sum;
    bool overflows = __builtin_add_overflow(from, (unsigned long long)~stops, &sum);
    *carry = starts >> 63 | overflows;
    return sum & stops;
}

// The lowest bit of `bits` and all below it.
INLINE mask up_to_lowest(mask bits) { return bits ^ (bits - 1); }

// All from the highest bit of `bits` on; all where it has none.
INLINE mask from_highest(mask bits) {
    return bits ? ~(mask)0 << (63 - _lzcnt_u64(bits)) : ~(mask)0;
}

INLINE mask prefix_xor(mask bits) {
    __m128i ones = _mm_set1_epi8((char)0xff);
    return (mask)_mm_cvtsi128_si64(
        _mm_clmulepi64_si128(_mm_set_epi64x(0, (int64_t)bits), ones, 0));
}

// MARK: Strings

// The bytes that a backslash escapes: those behind an odd number of them.
INLINE mask escaped_bytes(mask backslash, mask *carry) {
    const mask even = 0x5555555555555555;
    mask starts = backslash & ~*carry;
    mask follows = starts << 1 | *carry;
    unsigned long long odd_starts = starts & ~even & ~follows, sequences;
    *carry = __builtin_add_overflow(odd_starts, (unsigned long long)starts, &sequences);
    return (even ^ (mask)sequences << 1) & follows;
}

// Whether what is escaped may be: one of "\/bfnrt, or u and four hexadecimal digits.
INLINE bool are_escapes_valid(struct bytes bytes, mask escaped, mask *hex_due) {
    mask u = escaped & equal(bytes, 'u');
    mask due = u << 1 | u << 2 | u << 3 | u << 4 | *hex_due;
    *hex_due = u >> 63 | u >> 62 | u >> 61 | u >> 60;
    if (due & ~(within(bytes, '0', 9) | within(folded(bytes), 'a', 5))) return false;
    mask others = escaped & ~(u | equal(bytes, '"') | equal(bytes, '/') | equal(bytes, 'n'));
    if (others == 0) return true;
    return (others & ~(equal(bytes, '\\') | equal(bytes, 'b') | equal(bytes, 'f') |
                       equal(bytes, 'r') | equal(bytes, 't'))) == 0;
}

// MARK: Scalars

INLINE bool is_digit(uint8_t byte) { return byte - '0' < 10u; }

TARGET static bool ends_scalar(const struct text *text, size_t at) {
    if (at >= text->count) return false;
    uint8_t byte = text->bytes[at];
    return byte == ',' || byte == '}' || byte == ']';
}

TARGET static size_t digits_end(const struct text *text, size_t at) {
    while (at < text->count && is_digit(text->bytes[at])) at++;
    return at;
}

// Where the digits begin that end before `at`.
TARGET static size_t digits_start(const struct text *text, size_t at) {
    while (at > 0 && is_digit(text->bytes[at - 1])) at--;
    return at;
}

TARGET static bool is_number(const struct text *text, size_t at) {
    const uint8_t *bytes = text->bytes;
    if (bytes[at] == '-') at++;
    size_t end = digits_end(text, at);
    if (end == at || (bytes[at] == '0' && end > at + 1)) return false;
    if (end < text->count && bytes[end] == '.') {
        at = end + 1;
        end = digits_end(text, at);
        if (end == at) return false;
    }
    if (end < text->count && (bytes[end] | 0x20) == 'e') {
        at = end + 1;
        if (at < text->count && (bytes[at] == '+' || bytes[at] == '-')) at++;
        end = digits_end(text, at);
        if (end == at) return false;
    }
    return ends_scalar(text, end);
}

// Checks a scalar that does not begin with a digit.
TARGET static bool is_scalar(const struct text *text, size_t at) {
    const uint8_t *here = text->bytes + at;
    size_t left = text->count - at;
    if (left > 4 && memcmp(here, "null", 4) == 0) return ends_scalar(text, at + 4);
    if (left > 4 && memcmp(here, "true", 4) == 0) return ends_scalar(text, at + 4);
    if (left > 5 && memcmp(here, "false", 5) == 0) return ends_scalar(text, at + 5);
    return *here == '-' && is_number(text, at);
}

// Scalars of digits alone need no visit.
INLINE bool are_scalars_valid(
    const struct text *text, size_t start, struct bytes bytes, mask scalar, mask colon,
    struct carry *carry) {
    mask digit = scalar & within(bytes, '0', 9);
    mask begins = scalar & ~after(scalar, &carry->scalar);
    mask after_digit = after(digit, &carry->digit);
    mask after_zero = after(begins & equal(bytes, '0'), &carry->first_zero);
    // A scalar is no key.
    if ((digit & after_zero) | (colon & after_digit)) return false;
    for (mask other = begins & ~digit; other; other &= other - 1) {
        if (!is_scalar(text, start + _tzcnt_u64(other))) return false;
    }
    // A fraction or an exponent. What comes behind the first in a number was checked with it.
    for (mask other = scalar & ~digit & after_digit; other; other &= other - 1) {
        size_t number = digits_start(text, start + _tzcnt_u64(other));
        uint8_t before = text->bytes[number - 1];
        bool is_first = before == ':' || before == ',' || before == '[';
        if (is_first && !is_number(text, number)) return false;
    }
    return true;
}

// MARK: Members that may be ids

// Reads the id that begins at `at`: a number, or a string, of plain digits.
TARGET static bool take_id(const struct text *text, size_t at, int64_t *id) {
    if (at >= text->count) return false;
    const uint8_t *bytes = text->bytes;
    bool is_string = bytes[at] == '"';
    if (is_string) at++;
    size_t end = at;
    uint64_t value = 0;
    while (end < text->count && is_digit(bytes[end]) && end - at < digits_max) {
        value = value * 10 + (bytes[end++] - '0');
    }
    if (end == at || end >= text->count || bytes[at] == '0' || value > INT64_MAX) return false;
    if (is_string ? bytes[end] != '"' : !ends_scalar(text, end)) return false;
    if (*id != 0 && *id != (int64_t)value) return false;
    *id = (int64_t)value;
    return true;
}

// Whether the key before a colon is `name`, which has its quotes.
INLINE bool is_key(const uint8_t *colon, const char *name, size_t count) {
    // A quote that is part of the key has a backslash before it.
    uint8_t before = *(colon - count - 1);
    return (before == '{' || before == ',') && memcmp(colon - count, name, count) == 0;
}

TARGET static bool take_data(const struct text *text, size_t at, struct finding *finding) {
    if (finding->has_data || at >= text->count || text->bytes[at] != '{') return false;
    finding->has_data = true;
    finding->data_start = at;
    return true;
}

// Looks at a key of the line's object, or of that of `data`.
INLINE bool take_member(
    const struct text *text, size_t at, bool is_top, struct finding *finding) {
    const uint8_t *colon = text->bytes + at;
    if (at < key_bytes_max) {
        // The first key of the line: there is no room for a longer one.
        if (at == 5 && is_key(colon, "\"id\"", 4)) return take_id(text, at + 1, &finding->id);
        if (at == 7 && is_key(colon, "\"data\"", 6)) return take_data(text, at + 1, finding);
        return true;
    }
    switch (colon[-2]) {
    case 'd':
        if (!is_key(colon, "\"id\"", 4)) return true;
        if (!is_top) finding->has_data_id = true;
        return take_id(text, at + 1, &finding->id);
    case 'r':
        if (!is_top || !is_key(colon, "\"id_str\"", 8)) return true;
        return take_id(text, at + 1, &finding->id);
    case 'a':
        if (!is_top || !is_key(colon, "\"data\"", 6)) return true;
        return take_data(text, at + 1, finding);
    default:
        return true;
    }
}

struct members {
    mask colon, backslash, string_start, follows_comma;
};

// Visits the members in `span` of a block, where ids may stand.
INLINE bool take_members(
    const struct text *text, size_t start, const struct members *members, mask span,
    const struct carry *carry, bool is_top, struct finding *finding) {
    for (mask colons = members->colon & span; colons; colons &= colons - 1) {
        unsigned at = (unsigned)_tzcnt_u64(colons);
        mask below = ((mask)1 << at) - 1;
        mask starts = members->string_start & below;
        // What an escaped key says is for the other reader to find out.
        if ((members->backslash & below & from_highest(starts)) ||
            (!starts && carry->is_string_escaped))
            return false;
        if (!take_member(text, start + at, is_top, finding)) return false;
    }
    return true;
}

// MARK: Brackets

// Checks the members or elements in `span`, which lies between two brackets and may end with one.
INLINE bool take_span(
    const struct text *text, size_t start, const struct members *members, mask span,
    const struct carry *carry, const struct brackets *brackets, struct finding *finding) {
    // A comma in an object is followed by a key and its colon, and in an array it is not.
    mask others = brackets->objects & 1 ? ~members->colon : members->colon;
    if (members->follows_comma & span & others) return false;
    bool is_top = brackets->depth == 1;
    if (!is_top && !brackets->is_in_data) return true;
    return take_members(text, start, members, span, carry, is_top, finding);
}

INLINE bool open_bracket(
    const struct text *text, size_t at, struct brackets *brackets, const struct finding *finding) {
    if (brackets->depth == depth_max) return false;
    brackets->depth++;
    brackets->objects = brackets->objects << 1 | (text->bytes[at] == '{');
    brackets->is_in_data =
        brackets->depth == 2 && finding->has_data && finding->data_start == at;
    return true;
}

INLINE bool close_bracket(
    const struct text *text, size_t at, struct brackets *brackets, struct finding *finding) {
    if (brackets->depth == 0 || (brackets->objects & 1) != (text->bytes[at] == '}')) return false;
    if (brackets->is_in_data) finding->data_end = at + 1;
    brackets->depth--;
    brackets->objects >>= 1;
    // Where what was closed stands in the object of `data`, that is open again.
    brackets->is_in_data =
        brackets->depth == 2 && finding->has_data && finding->data_end == 0;
    return brackets->depth > 0 || at + 1 == text->count;
}

// MARK: The line

// Takes the next block, of which the bytes of `valid` are in the line.
INLINE bool take_block(
    const struct text *text, size_t start, const uint8_t *from, mask valid, struct carry *carry,
    struct brackets *brackets, struct finding *finding) {
    struct bytes bytes = load(from);
    if (has_control(bytes)) return false;
    mask quote = equal(bytes, '"') & valid, backslash = equal(bytes, '\\') & valid;
    if (backslash | carry->escape | carry->hex_due) {
        mask escaped = escaped_bytes(backslash, &carry->escape);
        quote &= ~escaped;
        if (!are_escapes_valid(bytes, escaped, &carry->hex_due)) return false;
    }
    // From each opening quote up to, and without, the closing one.
    mask in_string = prefix_xor(quote) ^ carry->in_string;
    carry->in_string = (mask)((int64_t)in_string >> 63);
    mask string_start = quote & in_string;
    mask outside = valid & ~(in_string | quote);

    struct bytes fold = folded(bytes);
    mask open = equal(fold, '{') & outside, close = equal(fold, '}') & outside;
    mask colon = equal(bytes, ':') & outside, comma = equal(bytes, ',') & outside;
    mask structure = open | close | colon | comma;
    // Among them white space, and a backslash where none may be: scalars that are none.
    mask scalar = outside & ~structure;

    mask begins = scalar & ~(scalar << 1 | carry->scalar);
    mask after_opener = after(comma | colon | open, &carry->opener);
    mask after_open = after(open, &carry->open);
    mask after_value = after((quote & ~in_string) | close | scalar, &carry->value_end);
    if (((string_start | begins | open) & ~after_opener) | ((comma | colon) & ~after_value) |
        (close & ~(after_value | after_open)))
        return false;
    // Without a scalar here or up to here nothing of one is carried.
    if ((scalar | carry->scalar) &&
        !are_scalars_valid(text, start, bytes, scalar, colon, carry))
        return false;

    // A key stands first in an object, or behind a comma, and nothing but keys stands first.
    mask follows_comma = reach(comma, structure, &carry->comma);
    mask follows_object_open = 0;
    if (open | carry->object_open) {
        mask object_open = equal(bytes, '{') & open;
        follows_object_open = reach(object_open, structure, &carry->object_open);
    }
    if ((colon & ~(follows_comma | follows_object_open)) |
        (follows_object_open & ~(colon | (close & after_open))))
        return false;

    struct members members = {colon, backslash, string_start, follows_comma};
    mask span = valid;
    for (mask next = open | close; next; next &= next - 1) {
        mask part = span & up_to_lowest(next);
        if (!take_span(text, start, &members, part, carry, brackets, finding)) return false;
        span &= ~part;
        size_t at = start + _tzcnt_u64(next);
        bool is_right = open & next & -next ? open_bracket(text, at, brackets, finding)
                                            : close_bracket(text, at, brackets, finding);
        if (!is_right) return false;
    }
    if (!take_span(text, start, &members, span, carry, brackets, finding)) return false;
    carry->is_string_escaped = (!string_start && carry->is_string_escaped) ||
                               (backslash & from_highest(string_start)) != 0;
    return true;
}

TARGET bool cscan_post_of(const uint8_t *line, size_t count, struct cscan_post *post) {
    if (count < 2 || count > UINT32_MAX || line[0] != '{') return false;
    const struct text text = {line, count};
    struct carry carry = {.opener = 1};
    struct brackets brackets = {0};
    struct finding finding = {0};
    size_t start = 0;
    for (; start + block_bytes <= count; start += block_bytes) {
        if (!take_block(
                &text, start, line + start, ~(mask)0, &carry, &brackets, &finding))
            return false;
    }
    if (start < count) {
        uint8_t rest[block_bytes];
        memset(rest, ' ', sizeof rest);
        memcpy(rest, line + start, count - start);
        mask valid = ((mask)1 << (count - start)) - 1;
        if (!take_block(&text, start, rest, valid, &carry, &brackets, &finding)) return false;
    }
    if (brackets.depth != 0 || finding.id == 0 || (finding.has_data && !finding.has_data_id))
        return false;
    post->id = finding.id;
    post->body_start = finding.has_data ? (uint32_t)finding.data_start : 0;
    post->body_end = (uint32_t)(finding.has_data ? finding.data_end : count);
    return true;
}

bool cscan_is_supported(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("lzcnt");
}

#else

bool cscan_post_of(const uint8_t *line, size_t count, struct cscan_post *post) {
    (void)line;
    (void)count;
    (void)post;
    return false;
}

bool cscan_is_supported(void) { return false; }

#endif
