// limit IN OUT.gz [libdeflate|zlib] [level]: how fast a merger of the same job can be. No checks,
// no manifests, no crash safety: segments of each zone in order of time are inflated whole, ids are
// found by bytes, lines up to a watermark come out ordered by id in gzip members of 1 MiB, on two
// threads, with an SQLite index OUT.gz.db (id, zones, segment, offset).
#include <libdeflate.h>
#include <sqlite3.h>
#include <time.h>
#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "idscan.h"
using namespace std;
namespace fs = std::filesystem;
typedef vector<char> B;
struct Raw {
    char* p;
    size_t n;
    Raw(size_t c) {
        p = (char*)malloc(c + 256);
        n = c;
    }
    ~Raw() { free(p); }
};
struct E {
    uint64_t id;
    const char* p;
    uint32_t n;
    uint32_t seg;
    uint8_t z;
    Raw* r;
};
struct Row {
    uint64_t id;
    uint8_t z;
    uint32_t seg;
    uint64_t off;
};
static string mode = "libdeflate";
static int lvl = 6;
static double tM, tDB;
static double cpu() {
    timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}
static void par(vector<function<void()>>& t) {
    atomic<size_t> k{0};
    auto w = [&] {
        for (size_t i; (i = k++) < t.size();) t[i]();
    };
    thread a(w);
    w();
    a.join();
    t.clear();
}
static atomic<uint64_t> aI, aS, aC, rawIn;
static void load(const string& f, int z, int seg, shared_ptr<Raw>& raw, vector<E>& v) {
    double c0 = cpu();
    FILE* h = fopen(f.c_str(), "rb");
    fseek(h, 0, SEEK_END);
    size_t n = ftell(h);
    rewind(h);
    B b(n);
    if (fread(b.data(), 1, n, h) != n) abort();
    fclose(h);
    uint32_t is;
    memcpy(&is, &b[n - 4], 4);
    raw = make_shared<Raw>(is);
    size_t o = 0;
    if (mode == "zlib") {
        z_stream s{};
        inflateInit2(&s, 31);
        s.next_in = (Bytef*)b.data();
        s.avail_in = n;
        s.next_out = (Bytef*)raw->p;
        s.avail_out = is;
        if (inflate(&s, Z_FINISH) != Z_STREAM_END) abort();
        o = s.total_out;
        inflateEnd(&s);
    } else {
        auto* d = libdeflate_alloc_decompressor();
        if (libdeflate_gzip_decompress(d, b.data(), n, raw->p, is, &o)) abort();
        libdeflate_free_decompressor(d);
    }
    rawIn += o;
    double c1 = cpu();
    aI += (c1 - c0) * 1e9;
    memset(raw->p + o, 0, 128);
    const char *p = raw->p, *e = p + o;
    while (p < e) {
        const char* q = (const char*)memchr(p, '\n', e - p);
        if (!q) q = e;
        uint64_t id = find_id_avx2<false>(p, q);
        if (!id) abort();
        v.push_back({id, p, (uint32_t)(q + 1 - p), (uint32_t)seg, (uint8_t)(1 << z), raw.get()});
        p = q + 1;
    }
    stable_sort(v.begin(), v.end(), [](const E& a, const E& b) { return a.id < b.id; });
    aS += (cpu() - c1) * 1e9;
}
static B comp(const B& in) {
    double c0 = cpu();
    B o(in.size() + in.size() / 8 + 1024);
    size_t n = 0;
    if (mode == "zlib") {
        z_stream s{};
        deflateInit2(&s, lvl, Z_DEFLATED, 31, 8, 0);
        s.next_in = (Bytef*)in.data();
        s.avail_in = in.size();
        s.next_out = (Bytef*)o.data();
        s.avail_out = o.size();
        deflate(&s, Z_FINISH);
        n = s.total_out;
        deflateEnd(&s);
    } else {
        thread_local map<int, libdeflate_compressor*> cs;
        auto*& c = cs[lvl];
        if (!c) c = libdeflate_alloc_compressor(lvl);
        n = libdeflate_gzip_compress(c, in.data(), in.size(), o.data(), o.size());
    }
    o.resize(n);
    aC += (cpu() - c0) * 1e9;
    return o;
}
int main(int ac, char** av) {
    if (ac > 3) mode = av[3];
    if (ac > 4) lvl = atoi(av[4]);
    vector<vector<string>> zf;
    vector<string> zn;
    for (auto& d : fs::directory_iterator(av[1]))
        if (d.path().filename().string().rfind("zone-", 0) == 0) zn.push_back(d.path());
    sort(zn.begin(), zn.end());
    for (auto& z : zn) {
        vector<string> f;
        for (auto& d : fs::recursive_directory_iterator(z))
            if (d.path().extension() == ".gz") f.push_back(d.path());
        sort(f.begin(), f.end());
        zf.push_back(f);
    }
    FILE* out = fopen(av[2], "wb");
    string dbp = string(av[2]) + ".db";
    remove(dbp.c_str());
    sqlite3* db;
    sqlite3_open(dbp.c_str(), &db);
    sqlite3_exec(
        db,
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA cache_size=-262144;CREATE TABLE "
        "t(id INTEGER PRIMARY KEY, zones INT, segment INT, offset INT);BEGIN",
        0, 0, 0);
    sqlite3_stmt* st;
    sqlite3_prepare_v2(db, "INSERT INTO t VALUES(?,?,?,?)", -1, &st, 0);
    size_t Z = zf.size();
    vector<size_t> nx(Z, 0);
    vector<uint64_t> hi(Z, 0);
    vector<E> pend;
    vector<shared_ptr<Raw>> live;
    vector<B> chunks;
    uint64_t emitted = 0, off = 0;
    B cur;
    const uint64_t SLACK = 60000ULL << 22;
    for (bool more = true; more || chunks.size();) {
        vector<function<void()>> T;
        vector<shared_ptr<Raw>> nr(Z);
        vector<vector<E>> nv(Z);
        vector<B> cz(chunks.size());
        vector<bool> did(Z);
        uint64_t lo = ~0ull;
        for (size_t z = 0; z < Z; z++)
            if (nx[z] < zf[z].size()) lo = min(lo, hi[z]);
        if (more)
            for (size_t z = 0; z < Z; z++)
                if (nx[z] < zf[z].size() && hi[z] <= lo + (1800000ULL << 22)) {
                    int sg = nx[z];
                    did[z] = true;
                    T.push_back([&, z, sg] { load(zf[z][sg], z, sg, nr[z], nv[z]); });
                    nx[z]++;
                }
        for (size_t i = 0; i < chunks.size(); i++) T.push_back([&, i] { cz[i] = comp(chunks[i]); });
        par(T);
        for (auto& c : cz) fwrite(c.data(), 1, c.size(), out);
        chunks.clear();
        if (!more) break;
        double c0 = cpu();
        uint64_t wm = ~0ull;
        more = false;
        for (size_t z = 0; z < Z; z++) {
            if (did[z]) {
                live.push_back(nr[z]);
                for (auto& e : nv[z])
                    if (e.id > emitted) pend.push_back(e);
                hi[z] = max(hi[z], nv[z].back().id);
            }
            if (nx[z] < zf[z].size()) {
                more = true;
                wm = min(wm, hi[z] > SLACK ? hi[z] - SLACK : 0);
            }
        }
        stable_sort(pend.begin(), pend.end(), [](const E& a, const E& b) { return a.id < b.id; });
        size_t i = 0;
        vector<Row> rows;
        while (i < pend.size() && pend[i].id <= wm) {
            E& e = pend[i];
            size_t j = i;
            uint8_t z = 0;
            while (j < pend.size() && pend[j].id == e.id) z |= pend[j++].z;
            rows.push_back({e.id, z, e.seg, off});
            cur.insert(cur.end(), e.p, e.p + e.n);
            off += e.n;
            emitted = e.id;
            i = j;
            if (cur.size() >= (1 << 20)) {
                chunks.push_back(move(cur));
                cur = B();
                cur.reserve(1100000);
            }
        }
        double c1 = cpu();
        for (auto& row : rows) {
            sqlite3_bind_int64(st, 1, row.id);
            sqlite3_bind_int64(st, 2, row.z);
            sqlite3_bind_int64(st, 3, row.seg);
            sqlite3_bind_int64(st, 4, row.off);
            sqlite3_step(st);
            sqlite3_reset(st);
        }
        tDB += cpu() - c1;
        pend.erase(pend.begin(), pend.begin() + i);
        if (!more && cur.size()) {
            chunks.push_back(move(cur));
            cur = B();
        }
        vector<Raw*> used;
        for (auto& e : pend) used.push_back(e.r);
        sort(used.begin(), used.end());
        used.erase(unique(used.begin(), used.end()), used.end());
        live.erase(
            remove_if(live.begin(), live.end(),
                      [&](auto& r) { return !binary_search(used.begin(), used.end(), r.get()); }),
            live.end());
        tM += cpu() - c0;
    }
    double c0 = cpu();
    sqlite3_finalize(st);
    sqlite3_exec(db, "COMMIT", 0, 0, 0);
    sqlite3_close(db);
    fclose(out);
    double commit = cpu() - c0;
    printf(
        "CPU seconds by stage: inflate %.3f for %lu bytes, scan %.3f for %lu bytes, pick %.3f for "
        "%lu "
        "bytes, index %.3f for %lu bytes, deflate %.3f for %lu bytes\n",
        aI / 1e9, rawIn.load(), aS / 1e9, rawIn.load(), tM - tDB, off, tDB + commit, off, aC / 1e9,
        off);
}
