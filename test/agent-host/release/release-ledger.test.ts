import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Ledger } from "../../../agent-host/ledger.ts";
import { makeSecretFilter } from "../../../agent-host/release/app-logs.ts";
import { LiveApp } from "../../../agent-host/release/live-app.ts";
import { LogFrames } from "../../../agent-host/release/log-frames.ts";
import { isStarting, keptOf } from "../../../agent-host/release/release-ledger.ts";
import { newId } from "../../../schema/wire/id.ts";
import { expectLinear } from "../../harness/linear.ts";
import { limits, newPerson } from "../runner-client.ts";

let folder: string;
let ledger: Ledger;
const person = newPerson();
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "ledger-"));
  ledger = new Ledger(folder);
  const claims = { ...person, host: newId("hst"), epoch: 1, ceiling: "running" as const, ceilingRev: 1, limits };
  ledger.accept(claims, { generation: 1, tier: "running" });
});
afterEach(() => {
  ledger.close();
  rmSync(folder, { recursive: true });
});
const { member } = person;
const put = (release: ReturnType<typeof newId<"rel">>) => ({
  ...{ release, repo: "projects/shop", commit: "0".repeat(40), env: { KEY: "secret" }, reach: [], watchSeconds: 60 },
});
/** Release ids, each later than the one before. */
const ids = (count: number) => Array.from({ length: count }, (_, at) => newId("rel", 1_700_000_000_000 + at));

describe("the ledger's releases", () => {
  it("give up what still starts for a newer one, and an older one that comes late", () => {
    const [first, second, third] = ids(3) as [`rel_${string}`, `rel_${string}`, `rel_${string}`];
    const { releases } = ledger;
    expect([releases.take(member, "shop", put(second)), releases.take(member, "shop", put(third))]).toEqual([[], [second]]);
    expect(releases.take(member, "shop", put(first))).toEqual([first]);
    expect(
      releases
        .releases(member, "shop")
        .filter(isStarting)
        .map(({ release }) => release),
    ).toEqual([third]);
    expect(releases.switchTo({ member, project: "shop", release: second }, 1)).toBe(false);
    expect(releases.app(member, "shop")?.current).toBeNull();
  });
  it("switch in one row, and keep the secrets of those alone that can serve", () => {
    const { releases } = ledger;
    for (const [at, release] of ids(60).entries()) {
      releases.take(member, "shop", put(release));
      expect(releases.switchTo({ member, project: "shop", release }, at)).toBe(true);
      expect(releases.switchTo({ member, project: "shop", release }, at)).toBe(true); // once more changes nothing
    }
    const app = releases.app(member, "shop")!;
    const before = releases.releases(member, "shop");
    expect([app.current, app.previous]).toEqual(before.slice(0, 2).map(({ release }) => release));
    releases.prune(before, keptOf(app, before));
    const left = releases.releases(member, "shop");
    expect([left.length, left.filter(({ env }) => env.KEY === "secret").length]).toEqual([52, 2]);
    expect([releases.remove(member, "shop"), releases.remove(member, "shop"), releases.releases(member, "shop")]).toEqual([
      true,
      false,
      [],
    ]);
  });
  it("keep a week of minutes and the newest notes", () => {
    const day = 86_400_000;
    const minute = { cpu: 1.5, memoryMb: 40.2, requests: 3, errors: 1, p50: 2, p95: 9 };
    for (let at = 0; at <= 10; at += 1) ledger.history.saveMinute(member, "shop", { at: at * day, ...minute });
    ledger.history.pruneMinutes(10 * day);
    expect(ledger.history.minutes(member, "shop", 9 * day)).toEqual([9, 10].map((at) => ({ at: at * day, ...minute })));
    expect(ledger.history.minutes(member, "shop", 0)).toHaveLength(8);
    const release = newId("rel");
    for (let at = 0; at < 510; at += 1) ledger.history.note(member, "shop", { release, at, text: String(at) });
    expect(ledger.history.notes(member, "shop").map(({ text }) => Number(text))).toEqual(Array.from({ length: 500 }, (_, at) => at + 10));
  });
});

describe("an app that ends by itself", () => {
  it("is started again ever later, and no more after five ends in two minutes", () => {
    const live = new LiveApp();
    const waits = [0, 1, 2, 3].map((at) => (live.noteEnd(at * 1_000, false), live.nextStart - at * 1_000));
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(live.noteEnd(100_000, false)).toBe("crashed");
    expect([live.noteEnd(300_000, false), live.nextStart]).toEqual(["again", 301_000]);
  });
  it("is taken back at its second end while it is watched", () => {
    const live = new LiveApp();
    expect([live.noteEnd(0, true), live.noteEnd(1_000, true)]).toEqual(["again", "take_back"]);
  });
});

describe("a log", () => {
  const frame = (stream: number, text: string) => {
    const head = Buffer.alloc(8);
    head[0] = stream;
    head.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([head, Buffer.from(text)]);
  };
  it("is read whole, wherever its chunks are cut", () => {
    const whole = Buffer.concat([frame(1, "one\n"), frame(2, "zwei ö\n"), frame(1, "")]);
    const frames = new LogFrames();
    const read = [...whole].flatMap((byte) => frames.take(Buffer.from([byte])));
    expect(read).toEqual(new LogFrames().take(whole));
    expect(read.map(({ stream, text }) => [stream, text])).toEqual([
      ["out", "one\n"],
      ["err", "zwei ö\n"],
      ["out", ""],
    ]);
  });
  it("loses the values of secrets, also those of many lines, and no ordinary words", () => {
    const hide = makeSecretFilter({ KEY: "abcd1234", LONG: "first line\nsecond line", SHORT: "a", EMPTY: "" });
    expect(hide("x abcd1234 y second line a")).toBe("x ••• y ••• a");
  });
  it("loses them in linear time", () => {
    const hide = makeSecretFilter({ KEY: "abcd1234", LONG: "first line\nsecond line" });
    expectLinear("the beginning of a secret again and again", 250_000, (chars) => "abcd".repeat(chars / 4), hide);
  });
});
