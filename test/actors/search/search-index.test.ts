import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addPassages,
  type Index,
  prepareIndex,
  queryIndex,
  readPlace,
  searchDatabase,
  setPlace,
} from "../../../actors/search/search-index.ts";
import { filePassages, searchIn } from "../../../schema/search/search.ts";
import { databaseContext } from "../../harness/actor-database.ts";

/** The index itself, in a real SQLite without an actor around it. */
const opened = (): Promise<Index> => searchDatabase.createClient(databaseContext(":memory:"));
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
  expect([await readPlace(index, "seq"), await readPlace(index, "head:projects/p"), await index.execute("SELECT * FROM file")]).toEqual([
    undefined,
    undefined,
    [],
  ]);
  await addPassages(index, file("a.md", "мой чай"));
  await setPlace(index, "seq", "8");
  await prepareIndex(index);
  expect([await readPlace(index, "seq"), (await find(index, "мой")).length]).toEqual(["8", 1]);
});
