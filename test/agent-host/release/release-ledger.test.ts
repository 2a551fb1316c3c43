import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Ledger } from "../../../agent-host/ledger.ts";
import { makeSecretFilter } from "../../../agent-host/release/app-logs.ts";
import { isInWatchTime, LiveApp } from "../../../agent-host/release/live-app.ts";
import { LogFrames } from "../../../agent-host/release/log-frames.ts";
import {
  describeMade,
  isPastMigration,
  isStarting,
  keptOf,
  listKeptReleases,
  servePlan,
  type TakenBack,
} from "../../../agent-host/release/release-ledger.ts";
import { chooseHealth, refuseOtherPackages } from "../../../agent-host/release/release-setup.ts";
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
type Release = ReturnType<typeof newId<"rel">>;
const put = (release: Release) => ({
  ...{ release, repo: "projects/shop", commit: "0".repeat(40), env: { KEY: "secret" }, reach: [], watchSeconds: 60 },
});
/** Release ids, each later than the one before. */
const ids = (count: number) => Array.from({ length: count }, (_, at) => newId("rel", 1_700_000_000_000 + at));

const other = "b".repeat(64);
describe("what a release is made of", () => {
  it("is kept with it: packages, environment file and versions of secrets, and not their values", () => {
    const [release] = ids(1) as [Release];
    const { releases } = ledger;
    const proven = { snapshot: other, image: other, more: false };
    releases.take(member, "shop", { ...put(release), secrets: { KEY: 4 }, proven });
    expect(releases.release(member, release)).toMatchObject({ secrets: { KEY: 4 }, proven });
    expect(describeMade(releases.release(member, release)!)).toBeUndefined(); // it was not set up yet
    const plan = servePlan.parse({
      start: "node .",
      services: [],
      network: [],
      port: 8080,
      health: {},
      made: { snapshot: other, environment: other },
    });
    releases.savePlan(member, release, plan);
    expect(describeMade(releases.release(member, release)!)).toEqual({ snapshot: other, environment: other, secrets: { KEY: 4 } });
    releases.savePlan(member, release, { ...plan, start: undefined });
    expect(describeMade(releases.release(member, release)!)).toEqual(plan.made); // a static site is given no secrets
    releases.savePlan(member, release, { ...plan, made: undefined });
    expect(describeMade(releases.release(member, release)!)).toBeUndefined(); // of a daemon of before
    releases.fail(member, release, { step: "start", reason: "no", log: "" });
    expect(releases.release(member, release)).toMatchObject({ env: {}, secrets: { KEY: 4 } });
  });
  it("are the packages of its receipt, where the same image and lockfiles could have made the same", () => {
    const seen = { commands: ["pip install"], files: [], unpinned: ["requirements.txt"], snapshot: "a".repeat(64) };
    const proven = { snapshot: other, image: other, more: false };
    expect(refuseOtherPackages(proven, seen, other)).toMatch(/^What was installed .* requirements\.txt leaves open which versions come/);
    expect(refuseOtherPackages(proven, { ...seen, environment: other }, other)).toBeUndefined(); // its commands see another checkout
    expect(refuseOtherPackages(proven, { ...seen, snapshot: other }, other)).toBeUndefined();
    expect(refuseOtherPackages(proven, { ...seen, unpinned: [] }, other)).toBeUndefined();
    expect(refuseOtherPackages({ ...proven, more: true }, seen, other)).toBeUndefined();
    expect(refuseOtherPackages(proven, seen, "c".repeat(64))).toBeUndefined();
  });
});

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
  it("keep the newest that was well, however many came after it", () => {
    const { releases } = ledger;
    const [good, ill, repair, next] = ids(4) as [Release, Release, Release, Release];
    const serve = (release: Release, well?: Release) => {
      releases.take(member, "shop", put(release));
      releases.switchTo({ member, project: "shop", release }, 1, well);
      const app = releases.app(member, "shop")!;
      return [listKeptReleases(app), keptOf(app, []).size];
    };
    expect([serve(good), serve(ill, good), serve(repair), serve(next)]).toEqual([
      [[], 1],
      [[good], 2],
      [[ill, good], 3],
      [[repair, good], 3],
    ]);
    const back = (to: Release, taken?: TakenBack) => {
      releases.switchBack(releases.app(member, "shop")!, to, 2, taken);
      return listKeptReleases(releases.app(member, "shop")!);
    };
    expect([back(repair), back(good, { release: repair, at: 2, reason: "ended", log: "" })]).toEqual([[next, good], []]);
    releases.remove(member, "shop");
  });
  it("know whether a newer one has changed the data, wholly or in part", () => {
    const { releases } = ledger;
    const [first, second, third] = ids(3) as [Release, Release, Release];
    const plan = servePlan.parse({ start: "node server.js", services: [], network: [], port: 8080, health: {}, migrate: "sh migrate.sh" });
    const say = () => [first, second, third].map((release) => isPastMigration(release, releases.releases(member, "shop")));
    for (const release of [first, second, third]) {
      releases.take(member, "shop", put(release));
      releases.switchTo({ member, project: "shop", release }, 1);
    }
    expect(say()).toEqual([false, false, false]);
    for (const release of [first, second]) releases.savePlan(member, release, plan);
    releases.noteMigrated(member, second);
    expect(say()).toEqual([true, false, false]);
    const broken = newId("rel", 1_700_000_001_000);
    releases.take(member, "shop", put(broken));
    releases.savePlan(member, broken, plan);
    releases.fail(member, broken, { step: "migrate", reason: "`sh migrate.sh` ended with 1.", log: "" });
    expect(say()).toEqual([true, true, true]);
    releases.remove(member, "shop");
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
    expect(ledger.history.notes(member, "shop").map(({ line }) => Number(line.text))).toEqual(
      Array.from({ length: 500 }, (_, at) => at + 10),
    );
  });
  it("know when a release ended by itself, as often as that counts, and its last crash", () => {
    const [first, second] = ids(2) as [`rel_${string}`, `rel_${string}`];
    const { history } = ledger;
    const end = (release: `rel_${string}`, at: number, code?: number) =>
      history.note(member, "shop", { release, at, text: "It ended.", ended: code === undefined ? {} : { code } });
    expect(history.lastCrash(member, "shop")).toBeUndefined();
    for (const at of [1, 5, 9]) end(first, at, 7);
    history.note(member, "shop", { release: first, at: 10, text: "This release serves now." });
    end(second, 11);
    expect([history.ends(member, "shop", first, 5), history.ends(member, "shop", second, 0)]).toEqual([[5, 9], [11]]);
    expect(history.lastCrash(member, "shop")).toEqual({ release: second, at: 11, stream: "platform", text: "It ended.", ended: {} });
    history.pardonEnds(member, "shop");
    end(first, 20, 137);
    expect([history.ends(member, "shop", first, 0), history.ends(member, "shop", second, 0)]).toEqual([[20], []]);
    expect(history.lastCrash(member, "shop")).toMatchObject({ at: 20, ended: { code: 137 } });
    expect(history.notes(member, "shop").map(({ line }) => line.ended?.code)).toEqual([7, 7, 7, undefined, undefined, 137]);
  });
  it("tell a note to who listens, each once, also those of one millisecond", () => {
    const release = newId("rel");
    const told: string[] = [];
    let row = 0;
    const stop = ledger.history.onNote(member, "shop", () => {
      const notes = ledger.history.notes(member, "shop", row);
      row = notes.at(-1)?.row ?? row;
      told.push(...notes.map(({ line }) => line.text));
    });
    for (const text of ["one", "two"]) ledger.history.note(member, "shop", { release, at: 1, text });
    ledger.history.note(member, "other", { release, at: 1, text: "of another app" });
    stop();
    ledger.history.note(member, "shop", { release, at: 2, text: "three" });
    expect(told).toEqual(["one", "two"]);
  });
  it("say of a release that was given up in the middle of its migration what stays, once", () => {
    const [first, second] = ids(2) as [`rel_${string}`, `rel_${string}`];
    const { releases } = ledger;
    releases.take(member, "shop", put(first));
    releases.noteCutOff(member, first, "It was cut off.");
    expect(releases.release(member, first)?.failed).toBeNull();
    releases.take(member, "shop", put(second));
    for (const _ of [1, 2]) releases.noteCutOff(member, first, "It was cut off.");
    const reason = "A newer release has taken its place. It was cut off.";
    expect(releases.release(member, first)?.failed).toEqual({ step: "migrate", reason, log: "" });
  });
});

describe("the health of a release whose environment file says nothing of it", () => {
  const expects = { port: 8080, path: "/posts", status: 200, contains: "<h1>" };
  it("is what its specification says of its address, where that is the port on which it is served", () => {
    expect(chooseHealth(8080, expects)).toEqual({ path: "/posts", status: 200, contains: "<h1>", seconds: 60 });
    const plain = { path: "/", status: 200, seconds: 60 };
    expect([chooseHealth(3000, expects), chooseHealth(8080, null), chooseHealth(8080, { ...expects, path: "/a#b" })]).toEqual([
      plain,
      plain,
      plain,
    ]);
  });
  it("is kept with the release until it is set up", () => {
    const [first, second] = ids(2) as [`rel_${string}`, `rel_${string}`];
    ledger.releases.take(member, "shop", { ...put(first), expects });
    ledger.releases.take(member, "shop", put(second));
    expect([ledger.releases.release(member, first)?.expects, ledger.releases.release(member, second)?.expects]).toEqual([expects, null]);
  });
});

describe("an app without a process", () => {
  it("says who keeps it down: its member before the plan, the plan before its own failing", () => {
    const { releases } = ledger;
    const [release] = ids(1) as [`rel_${string}`];
    releases.take(member, "shop", put(release));
    releases.switchTo({ member, project: "shop", release }, 1);
    const state = (ceiling: "running" | "stopped") => new LiveApp().describe(releases.app(member, "shop")!, ceiling, 2, []).state;
    expect([state("running"), state("stopped")]).toEqual(["restarting", "suspended"]);
    releases.noteCrashed(releases.app(member, "shop")!, "It ended.");
    expect([state("running"), state("stopped")]).toEqual(["crashed", "suspended"]);
    releases.savePower(releases.app(member, "shop")!, false);
    expect([state("running"), state("stopped")]).toEqual(["stopped", "stopped"]);
  });
});

describe("an app that sleeps without visitors", () => {
  const second = 1_000;
  const served = (release: `rel_${string}`) => {
    ledger.releases.take(member, "shop", put(release));
    ledger.releases.switchTo({ member, project: "shop", release }, 10 * second);
    return ledger.releases.app(member, "shop")!;
  };
  it("does so after the time since its switch or its last visitor, where its plan has it so", () => {
    const app = served((ids(1) as [`rel_${string}`])[0]);
    const live = new LiveApp(0);
    expect(live.decideRest(app, 10 * second + 4_999, 5 * second)).toBe(false);
    expect(live.decideRest(app, 15 * second, undefined)).toBe(false);
    expect(live.decideRest(app, 15 * second, 5 * second)).toBe(true);
    expect(live.describe(app, "running", 15 * second, []).state).toBe("asleep");
    live.visit(16 * second, 30);
    expect(live.decideRest(app, 17 * second, 5 * second)).toBe(false);
    expect(new LiveApp(16 * second).decideRest(app, 20 * second, 5 * second)).toBe(false);
    expect(live.decideRest({ ...app, crashed: "It ended." }, 99 * second, 5 * second)).toBe(false);
  });
  it("is waking from a visit on until it answers, and no longer than its health may take", () => {
    const app = served((ids(1) as [`rel_${string}`])[0]);
    const state = (live: LiveApp, now: number) => live.describe(app, "running", now, []).state;
    const [quick, stuck, awake] = [new LiveApp(0), new LiveApp(0), new LiveApp(0)];
    for (const live of [quick, stuck]) live.decideRest(app, 60 * second, 5 * second);
    for (const live of [quick, stuck, awake]) live.visit(60 * second, 30);
    expect([quick, stuck, awake].map((live) => state(live, 61 * second))).toEqual(["waking", "waking", "restarting"]);
    quick.noteAwake();
    expect([state(quick, 61 * second), state(stuck, 90 * second)]).toEqual(["restarting", "restarting"]);
    awake.visit(91 * second, 30, true); // its member starts what was stopped
    expect([state(awake, 92 * second), state(awake, 121 * second)]).toEqual(["waking", "restarting"]);
  });
});

describe("an app that ends by itself", () => {
  it("is started again ever later, and no more after five ends in two minutes", () => {
    const live = new LiveApp();
    const ends = [0, 1_000, 2_000, 3_000];
    const waits = ends.map((at, count) => (live.noteEnd(ends.slice(0, count + 1), false), live.nextStart - at));
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(live.noteEnd([...ends, 100_000], false)).toBe("crashed");
    expect([live.noteEnd([...ends, 100_000, 300_000], false), live.nextStart]).toEqual(["again", 301_000]);
  });
  it("is taken back at its second end while it is watched, however long after the first that is", () => {
    const live = new LiveApp();
    expect([live.noteEnd([0], true), live.noteEnd([0, 500_000], true)]).toEqual(["again", "take_back"]);
  });
  it("is watched as long once more after its first end in its watch time, and no longer", () => {
    const watched = (now: number, ends: number[]) => isInWatchTime(now, { switchedAt: 1_000_000, seconds: 60, ends });
    expect([watched(1_059_999, []), watched(1_060_000, [])]).toEqual([true, false]);
    expect([watched(1_080_000, [1_040_000]), watched(1_100_000, [1_040_000])]).toEqual([true, false]);
    expect([watched(1_130_000, [1_040_000, 1_080_000]), watched(1_070_000, [1_065_000])]).toEqual([false, false]);
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
