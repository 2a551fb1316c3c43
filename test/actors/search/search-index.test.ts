import { readFile } from "node:fs/promises";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Seal } from "../../../actors/kernel/seal.ts";
import {
  type Index,
  openIndex,
  prepareIndex,
  readFileHashes,
  readPlace,
  readPlaces,
  searchDatabase,
  setFiles,
  setPlace,
  setRepoPlace,
} from "../../../actors/search/search-index.ts";
import { addPassages, tidyIndex } from "../../../actors/search/search-passages.ts";
import { queryIndex } from "../../../actors/search/search-query.ts";
import { eventPassages, filePassages, searchIn } from "../../../schema/search/search.ts";
import { newId } from "../../../schema/wire/id.ts";
import { databaseContext, testSeal } from "../../harness/actor-database.ts";
import { ownFolder } from "../../harness/fixtures.ts";

/** The index itself, in a real SQLite without an actor around it. */
const opened = async (file = ":memory:", onQuery?: (sql: string, values: unknown[]) => void): Promise<Index> =>
  openIndex(await searchDatabase.createClient(databaseContext(file, onQuery)), testSeal);
async function fresh(): Promise<Index> {
  const index = await opened();
  await prepareIndex(index);
  return index;
}
const file = (path: string, text: string) => filePassages({ repo: "projects/p", path, source: "files", at: 1, text });
const find = async (index: Index, words: string, cold = false) => queryIndex(index, searchIn.parse({ query: words }), cold);

const texts = {
  english: "The café at the hangar opens in spring, naïve as it is",
  russian: "Мой чай стоит на столе, зелёный чай пьёт весь район",
  greek: "Η Αθήνα είναι η πιο όμορφη πόλη, και ο ΔΡΌΜΟΣ της",
  korean: "저는 서울에서 친구를 만났습니다. 날씨가 정말 좋았어요",
  hindi: "मेरी किताब मेज़ पर है और दुकान खुली हुई है",
  japanese: "私は東京にポチという犬と住んでいます。ガイドブックとコーヒーを買った",
  chinese: "我昨天在北京买了一本关于园艺的书，店主很友好",
  thai: "ฉันชอบดื่มกาแฟที่ร้านใกล้บ้านในกรุงเทพ น้ำเย็น",
  khmer: "ខ្ញុំចូលចិត្តញ៉ាំបាយនៅផ្ទះ",
  lao: "ຂ້ອຍມັກດື່ມກາເຟຢູ່ວຽງຈັນ",
  burmese: "ကျွန်တော် ရန်ကုန်မှာ နေပါတယ်",
  arabic: "أحبّ القهوة في الصباح والمدينة هادئة",
  hebrew: "אני שׁוֹתֶה קפה בבוקר",
} as const;

test("any word of a text in any script finds it, ranked and cold, and is seen in the excerpt as it was written", async () => {
  const index = await fresh();
  for (const [path, text] of Object.entries(texts)) await addPassages(index, file(`${path}.md`, text));
  for (const [path, text] of Object.entries(texts)) {
    const words = [...new Intl.Segmenter("ja", { granularity: "word" }).segment(text)].filter((each) => each.isWordLike);
    expect(words.length).toBeGreaterThan(3);
    for (const { segment } of words)
      for (const cold of [false, true])
        for (const written of [segment, segment.normalize("NFD"), segment.toUpperCase()]) {
          const hits = await find(index, written, cold);
          expect({ path, written, cold, found: hits.map((hit) => hit.path) }).toMatchObject({
            found: expect.arrayContaining([`${path}.md`]),
          });
          expect(hits.find((hit) => hit.path === `${path}.md`)?.excerpt).toBe(text);
        }
  }
});

test("part of a run without spaces is found as a phrase, and characters in another order are not it", async () => {
  const index = await fresh();
  await addPassages(index, file("a.md", texts.japanese));
  for (const words of ["東京", "ポチ", "ガイド", "住んで", "東京にポチ"]) expect(await find(index, words)).toHaveLength(1);
  for (const words of ["北京", "カイト"]) expect(await find(index, words)).toEqual([]);
  await addPassages(index, file("b.md", texts.korean));
  expect(await find(index, "서울")).toMatchObject([{ path: "b.md" }]);
  expect(await find(index, "東京でどこに行きましたか")).toMatchObject([{ path: "a.md" }]);
});

test("a word finds its line wherever it stands in it, with the number of that line", async () => {
  const index = await fresh();
  const filler = fc.constantFrom("lorem ipsum dolor ", "私は本を読む", "слово за словом, ", "𠮷野家", "0123456789abcdef");
  await fc.assert(
    fc.asyncProperty(filler, fc.nat(600), fc.nat(600), async (some, before, after) => {
      const text = `first\n${some.repeat(before)} needle東 ${some.repeat(after)}\nlast`;
      await addPassages(index, file("long.md", text));
      const [hit] = await find(index, "needle");
      expect(hit).toMatchObject({ path: "long.md", line: 2, excerpt: expect.stringContaining("needle東") });
      expect(await find(index, "last")).toMatchObject([{ line: 3 }]);
    }),
    { numRuns: 40 },
  );
});

test("what is replaced is found no more", async () => {
  const index = await fresh();
  await addPassages(index, file("a.md", "Зелёный чай"));
  await addPassages(index, file("a.md", "Чёрный кофе"));
  expect([await find(index, "зеленый"), await find(index, "КОФЕ")]).toMatchObject([[], [{ path: "a.md" }]]);
});

test("an index of another format is thrown away, and says that nothing is read; one of this format stays", async () => {
  const index = await opened();
  for (const sql of [
    "CREATE TABLE passage (id INTEGER PRIMARY KEY, ref TEXT NOT NULL, repo TEXT NOT NULL, path TEXT NOT NULL, line INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL)",
    "CREATE VIRTUAL TABLE found USING fts5 (title, body, content='passage', content_rowid='id', tokenize=\"unicode61 remove_diacritics 2\", prefix='3')",
    "CREATE TRIGGER passage_in AFTER INSERT ON passage BEGIN INSERT INTO found (rowid, title, body) VALUES (new.id, new.title, new.body); END",
    "CREATE TABLE file (repo TEXT NOT NULL, path TEXT NOT NULL, sha TEXT NOT NULL, PRIMARY KEY (repo, path))",
    "CREATE TABLE place (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "INSERT INTO passage VALUES (1, 'event:1', '', '', 1, 1, 1, 'You', 'мой чай')",
    "INSERT INTO file VALUES ('projects/p', 'a.md', '1')",
    "INSERT INTO place VALUES ('seq', '7'), ('head:projects/p', 'abc')",
  ])
    await index.execute(sql);
  await prepareIndex(index);
  expect([await readPlaces(index), await index.execute("SELECT * FROM file")]).toEqual([{ seq: 0, heads: new Map(), partial: false }, []]);
  await addPassages(index, file("a.md", "мой чай"));
  await setPlace(index, "seq", "8");
  await prepareIndex(index);
  expect([await readPlace(index, "seq"), (await find(index, "мой")).length]).toEqual(["8", 1]);
});

const folder = ownFolder();
async function filed(name: string, onQuery?: (sql: string, values: unknown[]) => void): Promise<Index> {
  const index = await opened(path.join(folder, name), onQuery);
  await prepareIndex(index);
  return index;
}
const said = (seq: number, text: string) => {
  const body = { messageId: newId("msg"), clientId: "c", text, turnId: newId("trn") };
  return eventPassages({ seq, at: 1, channel: newId("chn"), kind: "message.sent", body });
};

test("no word, title, path, hash or name of a repository stands in the database or is given to it, and all of them are found", async () => {
  const given: string[] = [];
  const index = await filed("canary", (_, values) => given.push(...values.map(String)));
  const repo = "projects/zebrafluke";
  const named = { repo, path: "quibble/wombat-note.md", source: "files", at: 1 } as const;
  const words = ["grizzlybear", "Nachtfalter", "café", "стрекоза", "北京", "とんぼ", "แมลงปอ", "잠자리"];
  await addPassages(index, filePassages({ ...named, text: `# Marmoset\n${words.join(" ")}` }));
  await addPassages(index, said(7, `${words.join(" ")} salamander`));
  await setFiles(index, repo, [{ path: named.path, sha: "7cfab5b05d620d8c6f386273d5d507975cef115f" }]);
  await setRepoPlace(index, "head", repo, "0123abcdhead");
  await setRepoPlace(index, "partial", repo, "1");
  await setPlace(index, "seq", "7");
  const secret = [...words, "zebrafluke", "quibble", "wombat", "marmoset", "salamander"];
  for (const word of secret.filter((each) => each !== "zebrafluke"))
    for (const cold of [false, true]) expect({ word, cold, found: (await find(index, word, cold)).length }).not.toMatchObject({ found: 0 });
  expect(await readPlaces(index)).toEqual({ seq: 7, heads: new Map([[repo, "0123abcdhead"]]), partial: true });
  expect([...(await readFileHashes(index, repo))]).toEqual([[named.path, "7cfab5b05d620d8c6f386273d5d507975cef115f"]]);
  await tidyIndex(index, async () => true);
  const bytes = (await readFile(path.join(folder, "canary"))).toString("utf8").toLowerCase();
  expect(bytes).toContain("create table passage");
  const all = `${bytes}${given.join("\n").toLowerCase()}`;
  secret.push("7cfab5b05d620d8c6f386273d5d507975cef115f", "0123abcdhead"); // a hash tells a short text
  expect(secret.filter((word) => all.includes(word.toLowerCase()) || all.includes(word.normalize("NFD").toLowerCase()))).toEqual([]);
});

test("the order of words can't be read from the index", async () => {
  const given: unknown[] = [];
  const index = await filed("order", (sql, values) => sql.startsWith("INSERT INTO found") && given.push(values[1]));
  await addPassages(index, file("a.md", "the hangar opens before the zeppelin lands"));
  await addPassages(index, file("a.md", "the zeppelin lands before the hangar opens"));
  expect(given).toHaveLength(2);
  expect(given[0]).toEqual(given[1]);
});

test("what a word begins with finds it, by a key of the same member alone, after the database was closed as well", async () => {
  const long = `antidisestablish${"mentarian".repeat(12)}`;
  const index = await filed("begun");
  await addPassages(index, file("a.md", `The Zeppelins are moored, Дирижабли тоже, naïvely so ${long}`));
  await addPassages(index, file("b.md", `東京のZeppelinfeld ${long.slice(0, -1)}x`));
  const found = async (from: Index, words: string, cold: boolean) => (await find(from, words, cold)).map((hit) => hit.path).sort();
  const other = new Seal(new Uint8Array(32).fill(8));
  for (const again of [index, await filed("begun")])
    for (const cold of [false, true]) {
      for (const words of ["zep", "Zepp", "ZEPPELIN", long.slice(0, 20), long.slice(0, 70), long])
        expect({ words, cold, found: await found(again, words, cold) }).toEqual({ words, cold, found: ["a.md", "b.md"] });
      for (const words of ["дир", "дирижаб", "naiv", "NAÏVEL", "moored naïv"])
        expect({ words, cold, found: await found(again, words, cold) }).toEqual({ words, cold, found: ["a.md"] });
      for (const words of ["東京", "zeppelinf", "京 zeppelinfe"])
        expect({ words, cold, found: await found(again, words, cold) }).toMatchObject({ found: expect.arrayContaining(["b.md"]) });
      for (const words of ["ze", "zepx", "zeppelinsk", "eppelin", "zepp "])
        expect({ words, cold, found: await queryIndex(again, { ...searchIn.parse({ query: words }), query: words }, cold) }).toMatchObject({
          found: [],
        });
      for (const words of ["zep", "zeppelins", "moored", "東京", "дирижабли", long])
        expect({ words, cold, found: await found({ ...again, seal: other }, words, cold) }).toMatchObject({ found: [] });
    }
});

test("one of 12,000 words that begin alike is found by its own beginning, also where a word in the index is damaged", async () => {
  const index = await fresh();
  const words = Array.from({ length: 12_000 }, (_, n) => `getuser${n.toString(36)}`);
  await addPassages(index, file("many.md", words.join(" ")));
  await addPassages(index, file("one.md", "a getzeppelinharbour"));
  await index.execute("INSERT INTO found (rowid, title, body) VALUES (?, '', ?)", 2 ** 30, `${testSeal.word("get")}x`);
  for (const cold of [false, true])
    for (const begun of ["getzep", "getzeppelinharbou", "getzeppelinharbour"])
      expect({ begun, cold, found: await find(index, begun, cold) }).toMatchObject({ found: [{ path: "one.md" }] });
});

test("of very many words that begin alike some are looked for, and the word as it stands is always found", async () => {
  let longest = 0;
  const index = await filed("alike", (_, values) => {
    longest = Math.max(longest, ...values.map((value) => String(value).length));
  });
  const words = Array.from({ length: 120_000 }, (_, n) => `alike${n.toString(36)}`); // a megabyte
  const texts = [0, 30_000, 60_000, 90_000].map((from) => file(`${from}.md`, words.slice(from, from + 30_000).join(" ")));
  await addPassages(index, texts.flat());
  expect(longest).toBeLessThan(4_000_000);
  longest = 0;
  for (const cold of [false, true]) {
    for (const word of [words[0]!, words[777]!, words[119_999]!]) {
      const [hit] = await find(index, word, cold);
      expect({ word, excerpt: hit?.excerpt }).toEqual({ word, excerpt: expect.stringContaining(word) });
    }
    for (const start of ["ali", "alik", "alike7"]) expect(await find(index, start, cold)).not.toEqual([]);
  }
  expect(longest).toBeLessThan(20_000);
});

test("a sealed word is opened by its key alone, which tells no letter of it, and its length in steps of 16 bytes", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "é", "ж", "東", "𠮷", "7"), minLength: 1, maxLength: 60 });
  const other = new Seal(new Uint8Array(32).fill(8));
  fc.assert(
    fc.property(letters, (word) => {
      const sealed = testSeal.sealTerm(word);
      expect(sealed).toMatch(/^[0-9a-f]+$/);
      expect(sealed.length).toBe(testSeal.sealTerm("a".repeat(Math.ceil(Buffer.byteLength(word) / 16) * 16)).length);
      expect(testSeal.openTerm(sealed)).toBe(word);
      expect(other.sealTerm(word)).not.toBe(sealed);
      expect(other.openTerm(sealed)).not.toBe(word);
    }),
  );
});
