import { execFileSync } from "node:child_process";
import { chmodSync, lstatSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { importJWK, type JWK, jwtVerify, SignJWT } from "jose";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { ensureKeys, madeSettings, rotatable, rotateKey } from "../../edge/deploy/keys.ts";
import { writeDatabaseKeys } from "../../edge/deploy/new-keys.ts";
import { changeSettings, NotYet, readSettingsFile } from "../../edge/deploy/settings-file.ts";
import { withSettingsLock } from "../../edge/deploy/settings-lock.ts";
import { ticketKeys } from "../../schema/wire/ticket.ts";

const folder = mkdtempSync(path.join(tmpdir(), "growqr-keys-"));
const file = path.join(folder, "settings.env");
const cellFiles = ["engine-token", "libsql-jwt-key"].map((name) => path.join(folder, "settings.cell", name));
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  rmSync(file, { force: true });
  await ensureKeys(file);
});
const kids = (text = "") => ticketKeys.parse(JSON.parse(text)).map(({ kid }) => kid);

test("are made once, for their owner alone, with the cell's side beside them; a second call changes nothing", async () => {
  const first = readFileSync(file, "utf8");
  expect(Object.keys(readSettingsFile(file))).toEqual(expect.arrayContaining([...madeSettings, "INSTANCE", "ENVIRONMENT"]));
  expect([file, ...cellFiles].map((each) => statSync(each).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
  const { RIVET_TOKEN, CELL_LIBSQL_JWT_KEY = "" } = readSettingsFile(file);
  expect(cellFiles.map((each) => readFileSync(each, "utf8"))).toEqual([RIVET_TOKEN, writeDatabaseKeys([CELL_LIBSQL_JWT_KEY])]);
  expect(await ensureKeys(file)).toEqual([]);
  expect(readFileSync(file, "utf8")).toBe(first);
});

test("that a later version needs are added, and what stands there stays, comments too", async () => {
  const older = readFileSync(file, "utf8").replace(/^PUSH_KEY=.*\n/m, "");
  writeFileSync(file, `${older}# my own note\nPUBLIC_URL=' https://growqr.example '\n`);
  const before = readSettingsFile(file);
  expect(before.PUBLIC_URL).toBe("https://growqr.example"); // spaces around a value are none of it
  expect(await ensureKeys(file)).toEqual(["PUSH_KEY"]);
  const { PUSH_KEY, ...after } = readSettingsFile(file);
  expect([after, readFileSync(file, "utf8")]).toEqual([before, expect.stringContaining("# my own note")]);
  expect(JSON.parse(PUSH_KEY ?? "")).toMatchObject({ kty: "EC", crv: "P-256" });
});

test("half of a pair is left alone: a token of an operator's own database is no reason for a key of ours", async () => {
  writeFileSync(file, readFileSync(file, "utf8").replace(/^CELL_LIBSQL_JWT_KEY=.*\n/m, ""));
  expect(await ensureKeys(file)).toEqual([]);
  await expect(rotateKey(file, "LIBSQL_TOKEN")).rejects.toThrow("has no CELL_LIBSQL_JWT_KEY to rotate");
});

test("of tickets: the new one comes first, the two before it go on to count, older ones leave", async () => {
  const seen = [kids(readSettingsFile(file).SIGNING_KEYS)];
  for (let time = 0; time < 3; time++) {
    await rotateKey(file, "SIGNING_KEYS");
    seen.push(kids(readSettingsFile(file).SIGNING_KEYS));
  }
  expect(seen.map(({ length }) => length)).toEqual([1, 2, 3, 3]);
  const [first, second, third, last] = seen;
  expect([second?.slice(1), third?.slice(1), last?.slice(1)]).toEqual([first, second, third?.slice(0, 2)]);
  expect(new Set(seen.flat()).size).toBe(4);
});

test("of what is sealed: the new one seals, the one before still opens", async () => {
  const before = readSettingsFile(file);
  await rotateKey(file, "KEKS");
  const after = readSettingsFile(file);
  expect(after.KEK_CURRENT).not.toBe(before.KEK_CURRENT);
  expect(JSON.parse(after.KEKS ?? "")).toEqual({ ...JSON.parse(before.KEKS ?? ""), [after.KEK_CURRENT!]: expect.any(String) });
});

test("of the database: the new token is one of the new key, and the cell goes by it and by the one before", async () => {
  const before = readSettingsFile(file);
  await rotateKey(file, "LIBSQL_TOKEN");
  const after = readSettingsFile(file);
  const keys = after.CELL_LIBSQL_JWT_KEY!.split(",");
  expect(keys).toEqual([expect.any(String), before.CELL_LIBSQL_JWT_KEY]);
  const key = await importJWK({ kty: "OKP", crv: "Ed25519", x: keys[0]! }, "EdDSA");
  expect((await jwtVerify(after.LIBSQL_TOKEN!, key)).payload.a).toBe("rw");
  await expect(jwtVerify(before.LIBSQL_TOKEN!, key)).rejects.toThrow();
  expect(readFileSync(cellFiles[1]!, "utf8")).toBe(writeDatabaseKeys(keys));
});
test("of the database: a key that is none is refused, and nothing is changed", async () => {
  changeSettings(file, { CELL_LIBSQL_JWT_KEY: "-----BEGIN PUBLIC KEY-----" }, "Of this test.");
  const before = readFileSync(file, "utf8");
  await expect(rotateKey(file, "LIBSQL_TOKEN")).rejects.toThrow("CELL_LIBSQL_JWT_KEY can't be read");
  expect(readFileSync(file, "utf8")).toBe(before);
});

test("each that is made can be rotated, and nothing else in the file moves", async () => {
  for (const name of rotatable) {
    const before = readSettingsFile(file);
    expect(await rotateKey(file, name)).toMatch(/deploy/i); // what has to be done with it
    const after = readSettingsFile(file);
    const changed = Object.keys(after).filter((each) => after[each] !== before[each]);
    expect(changed).toContain(name);
    expect(changed.filter((each) => !madeSettings.includes(each))).toEqual([]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  }
  const push = JSON.parse(readSettingsFile(file).PUSH_KEY ?? "") as JWK;
  await new SignJWT({}).setProtectedHeader({ alg: "ES256" }).sign(await importJWK(push, "ES256"));
});

test("another name is refused with those that there are, and the file stays", async () => {
  const before = readFileSync(file, "utf8");
  for (const name of ["MODEL_KEY", "constructor"])
    await expect(rotateKey(file, name)).rejects.toThrow("--rotate takes SIGNING_KEYS, KEKS, RIVET_TOKEN, LIBSQL_TOKEN, PUSH_KEY");
  expect(readFileSync(file, "utf8")).toBe(before);
});

describe("a file that can't be read as it was meant", () => {
  const damage: [string, (text: string) => string][] = [
    ["a quote that is not closed before a key", (text) => text.replace(/^INSTANCE=.*$/m, 'INSTANCE="main')],
    ["a quote that is not closed in what was filled in", (text) => text.replace(/^MODEL_NAME=.*$/m, 'MODEL_NAME="model-1')],
  ];
  test.each(damage)("(%s) keeps its keys: they are refused to be made, or to be rotated", async (_, change) => {
    writeFileSync(file, change(readFileSync(file, "utf8")));
    const before = readFileSync(file, "utf8");
    await expect(ensureKeys(file)).rejects.toBeInstanceOf(NotYet);
    await expect(rotateKey(file, "SIGNING_KEYS")).rejects.toBeInstanceOf(NotYet);
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  const values: [string, (text: string) => string][] = [
    ["there twice", (text) => `${text}RIVET_TOKEN='${"x".repeat(43)}'\n`],
    ["on several lines", (text) => text.replace(/^RIVET_TOKEN=.*$/m, "RIVET_TOKEN='first\nRIVET_TOKEN_TOO=second'")],
  ];
  test.each(values)("a key that stands %s is not said to be rotated", async (_, change) => {
    writeFileSync(file, change(readFileSync(file, "utf8")));
    const before = readFileSync(file, "utf8");
    await expect(rotateKey(file, "RIVET_TOKEN")).rejects.toThrow("can't be changed without harm");
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  test("what is no key is refused without a word of it", async () => {
    changeSettings(file, { KEKS: "canary that is no JSON", SIGNING_KEYS: '[{"canary":1}]' }, "");
    for (const name of ["KEKS", "SIGNING_KEYS"]) {
      const refused = await rotateKey(file, name).catch((error: Error) => error.message);
      expect([refused.includes(name), refused.includes("canary")]).toEqual([true, false]);
    }
  });
});

test("a file that others may read is its owner's alone from the next call on; one behind a link stays behind it", async () => {
  chmodSync(file, 0o644);
  readSettingsFile(file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const link = path.join(folder, "linked.env");
  symlinkSync(file, link);
  await rotateKey(link, "RIVET_TOKEN");
  expect([lstatSync(link).isSymbolicLink(), readSettingsFile(link)]).toEqual([true, readSettingsFile(file)]);
});

test("one call at a time works with a file; another is told so, by whatever name it calls it", async () => {
  const order: string[] = [];
  let release: () => void = () => undefined;
  const first = withSettingsLock(file, async () => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    order.push("first");
  });
  const link = path.join(folder, "other-name.env");
  symlinkSync(file, link);
  await expect(withSettingsLock(link, async () => order.push("second"))).rejects.toThrow("Another call works with");
  release();
  await first;
  await withSettingsLock(link, async () => order.push("third"));
  expect(order).toEqual(["first", "third"]);
});

test.each(["mkfifo", "mkdir"])("what is no file of settings is refused and stays as it is, modes too: %s", async (make) => {
  const other = path.join(folder, make);
  execFileSync(make, ["-m", "666", other]);
  expect(() => readSettingsFile(other)).toThrow("is no file");
  await expect(ensureKeys(other)).rejects.toThrow("is no file");
  expect(statSync(other).mode & 0o777).toBe(0o666);
});

test("a changed setting keeps its place and its comment", () => {
  writeFileSync(file, "# first\nA='1'\n# second\nB='2'\n", { mode: 0o600 });
  changeSettings(file, { A: "3", C: "4" }, "new");
  expect(readFileSync(file, "utf8")).toBe("# first\nA='3'\n# second\nB='2'\n\n# new\nC='4'\n");
});
