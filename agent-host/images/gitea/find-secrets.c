/*
 * find-secrets <prints> [patch]: reads text, or with `patch` what `git log -p` prints, and names the secrets of which the text (of a patch: the lines
 * that were added) holds a value. It is given no value but prints of them, `schema/project/secret-prints.ts`: a short hash that rolls over the first
 * eight bytes of a form of the value, and SHA-256 under a key over all of what is looked for of it, 64 bytes at most. One pass, whatever the text.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { window = 8, longest = 64, most = 40000, room = 1 << 20, name_size = 200 };
typedef struct { uint32_t prefix; int length; unsigned char digest[32]; char name[name_size]; int found; } print_t;
static print_t prints[most];
static int count;
static unsigned char key[32];
static uint64_t multiplier, leading; /* leading: multiplier to the power of window - 1 */
static unsigned char filter[1 << 21];

/* SHA-256, FIPS 180-4. */
static const uint32_t constants[64] = {
  0x428a2f98,0x71374491,0xb5c0fbcf,0xe9b5dba5,0x3956c25b,0x59f111f1,0x923f82a4,0xab1c5ed5,0xd807aa98,0x12835b01,0x243185be,0x550c7dc3,0x72be5d74,
  0x80deb1fe,0x9bdc06a7,0xc19bf174,0xe49b69c1,0xefbe4786,0x0fc19dc6,0x240ca1cc,0x2de92c6f,0x4a7484aa,0x5cb0a9dc,0x76f988da,0x983e5152,0xa831c66d,
  0xb00327c8,0xbf597fc7,0xc6e00bf3,0xd5a79147,0x06ca6351,0x14292967,0x27b70a85,0x2e1b2138,0x4d2c6dfc,0x53380d13,0x650a7354,0x766a0abb,0x81c2c92e,
  0x92722c85,0xa2bfe8a1,0xa81a664b,0xc24b8b70,0xc76c51a3,0xd192e819,0xd6990624,0xf40e3585,0x106aa070,0x19a4c116,0x1e376c08,0x2748774c,0x34b0bcb5,
  0x391c0cb3,0x4ed8aa4a,0x5b9cca4f,0x682e6ff3,0x748f82ee,0x78a5636f,0x84c87814,0x8cc70208,0x90befffa,0xa4506ceb,0xbef9a3f7,0xc67178f2 };
static uint32_t turn(uint32_t x, int n) { return x >> n | x << (32 - n); }
static void digest_block(uint32_t h[8], const unsigned char *p) {
  uint32_t w[64], v[8];
  for (int i = 0; i < 16; i++) w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 | (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
  for (int i = 16; i < 64; i++)
    w[i] = w[i - 16] + (turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >> 3) + w[i - 7] + (turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >> 10);
  memcpy(v, h, sizeof v);
  for (int i = 0; i < 64; i++) {
    uint32_t a = v[7] + (turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25)) + ((v[4] & v[5]) ^ (~v[4] & v[6])) + constants[i] + w[i];
    uint32_t b = (turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
    memmove(v + 1, v, 7 * sizeof *v);
    v[4] += a;
    v[0] = a + b;
  }
  for (int i = 0; i < 8; i++) h[i] += v[i];
}
/* Of the key and at most 64 bytes: they fit in two blocks. */
static void digest(const unsigned char *text, int length, unsigned char out[32]) {
  uint32_t h[8] = { 0x6a09e667,0xbb67ae85,0x3c6ef372,0xa54ff53a,0x510e527f,0x9b05688c,0x1f83d9ab,0x5be0cd19 };
  unsigned char all[128] = { 0 };
  int size = (int)sizeof key + length, end = size + 9 <= 64 ? 64 : 128;
  memcpy(all, key, sizeof key);
  memcpy(all + sizeof key, text, (size_t)length);
  all[size] = 0x80;
  all[end - 2] = (unsigned char)(size * 8 >> 8);
  all[end - 1] = (unsigned char)(size * 8);
  for (int i = 0; i < end; i += 64) digest_block(h, all + i);
  for (int i = 0; i < 32; i++) out[i] = (unsigned char)(h[i / 4] >> (24 - 8 * (i % 4)));
}

static void compare(const unsigned char *text, int left, uint32_t prefix) {
  unsigned char seen[32];
  int length = 0;
  for (int i = 0; i < count; i++) {
    if (prints[i].prefix != prefix || prints[i].found || prints[i].length > left) continue;
    if (prints[i].length != length) digest(text, length = prints[i].length, seen);
    if (memcmp(seen, prints[i].digest, sizeof seen) == 0) prints[i].found = 1;
  }
}

static unsigned char held[room];
static int filled;
/* Looks at each place of what is held; unless it is the end, the last of it is kept for what comes. */
static void look(int is_end) {
  int places = is_end ? filled - window + 1 : filled - longest;
  uint64_t hash = 0;
  if (places > 0) for (int i = 0; i < window; i++) hash = hash * multiplier + held[i];
  for (int at = 0; at < places; at++) {
    uint32_t prefix = (uint32_t)(hash >> 40);
    if (filter[prefix >> 3] & 1 << (prefix & 7)) compare(held + at, filled - at, prefix);
    if (at + window < filled) hash = (hash - held[at] * leading) * multiplier + held[at + window];
  }
  if (is_end || places <= 0) return;
  memmove(held, held + places, (size_t)(filled - places));
  filled -= places;
}
static void keep(unsigned char byte) {
  if (filled == room) look(0);
  held[filled++] = byte;
}

/* Of a patch the added lines, the names of its files and what else stands outside of its hunks. */
static void read_patch(void) {
  int columns = 0, byte = getchar_unlocked(); /* columns: of the marks in a hunk, 0 outside of one */
  while (byte != EOF) {
    unsigned char head[34];
    int n = 0, copies = 1, from = 0;
    while (n < (columns > 2 ? columns : 2) && byte != EOF && byte != '\n') head[n++] = (unsigned char)byte, byte = getchar_unlocked();
    if (columns > 0) {
      int marks = n >= columns, added = 0, removed = 0;
      for (int i = 0; i < n && i < columns; i++) {
        if (head[i] == '+') added = 1;
        else if (head[i] == '-') removed = 1;
        else if (head[i] != ' ') marks = 0;
      }
      if (marks) copies = added && !removed, from = columns;
      else if (n > 0 && head[0] == '\\') copies = 0;
      else columns = 0;
    }
    if (columns == 0 && n >= 2 && head[0] == '@' && head[1] == '@') {
      int at = 2;
      while (byte == '@') at++, byte = getchar_unlocked();
      columns = at > 32 ? 32 : at - 1;
      copies = 0;
    }
    if (copies) for (int i = from; i < n; i++) keep(head[i]);
    while (byte != EOF && byte != '\n') {
      if (copies) keep((unsigned char)byte);
      byte = getchar_unlocked();
    }
    if (byte == '\n') {
      if (copies) keep('\n');
      byte = getchar_unlocked();
    }
  }
}

static int read_hex(const char *text, unsigned char *out, int bytes) {
  for (int i = 0; i < bytes; i++) {
    unsigned value;
    if (sscanf(text + 2 * i, "%2x", &value) != 1) return 0;
    out[i] = (unsigned char)value;
  }
  return 1;
}
static int read_prints(const char *path) {
  char first[70], second[70];
  FILE *file = fopen(path, "r");
  unsigned long long given;
  if (!file || fscanf(file, "%64s %16llx", first, &given) != 2 || !read_hex(first, key, 32)) return 0;
  multiplier = given | 1;
  leading = 1;
  for (int i = 1; i < window; i++) leading *= multiplier;
  for (; count < most; count++) {
    print_t *next = prints + count;
    unsigned prefix;
    int got = fscanf(file, "%6x %d %64s %199[^\n]", &prefix, &next->length, second, next->name);
    if (got == EOF) break;
    if (got != 4 || next->length < window || next->length > longest || !read_hex(second, next->digest, 32)) return 0;
    next->prefix = prefix;
    filter[prefix >> 3] |= (unsigned char)(1 << (prefix & 7));
  }
  fclose(file);
  return 1;
}

int main(int argc, char **argv) {
  if (argc < 2 || !read_prints(argv[1])) return fputs("the prints of secrets can't be read\n", stderr), 2;
  if (argc > 2) read_patch();
  else for (int byte = getchar_unlocked(); byte != EOF; byte = getchar_unlocked()) keep((unsigned char)byte);
  if (ferror(stdin)) return 2;
  look(1);
  for (int i = 0; i < count; i++) {
    if (!prints[i].found) continue;
    int told = 0;
    for (int j = 0; j < i; j++) told |= prints[j].found && strcmp(prints[j].name, prints[i].name) == 0;
    if (!told) puts(prints[i].name);
  }
  return 0;
}
