// Depth-aware id scanner over NDJSON lines. Reference only (no validation of the JSON outside the
// structure). find_id(): top-level  data.id (v2)  or  id_str / id (v1.1). 0 = not found -> caller
// falls back to a real parser.
#pragma once
#include <immintrin.h>
#include <stdint.h>
#include <string.h>
static inline uint64_t parse_dec(const char* p, const char* e) {
    uint64_t v = 0;
    int n = 0;
    while (p < e && (unsigned)(*p - '0') < 10 && n < 20) {
        v = v * 10 + (*p++ - '0');
        n++;
    }
    return n ? v : 0;
}
// ---------- AVX2: 64 byte blocks, quote parity by carry-less multiply, events = brackets outside
// strings | '"id"' openings buffer must be readable 67 bytes past e
__attribute__((target("avx2,pclmul,bmi,bmi2"))) static inline uint64_t eq64(__m256i a, __m256i b,
                                                                            char c) {
    __m256i v = _mm256_set1_epi8(c);
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, v)) |
           ((uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, v)) << 32);
}
template <bool EARLY>
__attribute__((target("avx2,pclmul,bmi,bmi2"))) static inline uint64_t find_id_avx2(const char* p,
                                                                                    const char* e) {
    uint64_t instr = 0, esc_carry = 0;
    int depth = 0, data = 0;
    uint64_t v1 = 0, res = 0;
    const char* base = p;
    for (; p < e; p += 64) {
        __m256i a = _mm256_loadu_si256((const __m256i*)p),
                b = _mm256_loadu_si256((const __m256i*)(p + 32));
        uint64_t q = eq64(a, b, '"'), bs = eq64(a, b, '\\');
        if (bs | esc_carry) {  // simdjson's odd-backslash-run trick
            uint64_t B = bs & ~esc_carry, f = B << 1 | esc_carry, even = 0x5555555555555555ULL;
            uint64_t odd = B & ~even & ~f, s;
            bool o = __builtin_add_overflow(odd, B, (unsigned long*)&s);
            esc_carry = o;
            uint64_t inv = s << 1;
            q &= ~((even ^ inv) & f);
        }
        uint64_t in = (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(
                          _mm_set_epi64x(0, q), _mm_set1_epi8((char)0xff), 0)) ^
                      instr;
        instr = (uint64_t)((int64_t)in >> 63);
        __m256i mlow = _mm256_set1_epi8((char)0xdf);
        // '{' 7b '[' 5b -> &0xdf == 5b ; '}' 7d ']' 5d -> &0xdf == 5d
        __m256i a2 = _mm256_and_si256(a, mlow), b2 = _mm256_and_si256(b, mlow);
        uint64_t op = eq64(a2, b2, 0x5b) & ~in, cl = eq64(a2, b2, 0x5d) & ~in;
        uint64_t idm = q & in;  // opening quotes
        idm &= eq64(_mm256_loadu_si256((const __m256i*)(p + 1)),
                    _mm256_loadu_si256((const __m256i*)(p + 33)), 'i');
        if (idm)
            idm &= eq64(_mm256_loadu_si256((const __m256i*)(p + 2)),
                        _mm256_loadu_si256((const __m256i*)(p + 34)), 'd') &
                   eq64(_mm256_loadu_si256((const __m256i*)(p + 3)),
                        _mm256_loadu_si256((const __m256i*)(p + 35)), '"');
        uint64_t ev = op | cl | idm;
        if (e - p < 64) ev &= (1ULL << (e - p)) - 1;
        while (ev) {
            int i = __builtin_ctzll(ev);
            uint64_t bit = ev & -ev;
            ev ^= bit;
            const char* c = p + i;
            if (bit & op) {
                if (++depth == 2) {
                    const char* k = c - 1;
                    while (k > base && *k == ' ') k--;
                    if (*k == ':') {
                        k--;
                        while (k > base && *k == ' ') k--;
                    }
                    data = *c == '{' && k - base >= 6 && !memcmp(k - 5, "\"data\"", 6);
                }
            } else if (bit & cl)
                depth--;
            else if ((depth == 2 && data) || depth == 1) {
                const char* w = c + 4;
                while (*w == ' ') w++;
                if (*w != ':') continue;
                w++;
                while (*w == ' ') w++;
                if (*w == '"') w++;
                uint64_t v = parse_dec(w, e);
                if (depth == 2) {
                    if (EARLY) return v;
                    res = v;
                } else
                    v1 = v;
            }
        }
    }
    return res ? res : v1;
}
