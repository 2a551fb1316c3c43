import { expect, test } from "vitest";
import { addLogLines, logRetry, readLogLines } from "../../edge/app/project/log-lines.ts";
import { drawMinutes, greatestOf, sumMinutes } from "../../edge/app/project/minutes.ts";
import {
  describeOnline,
  describeProjectState,
  describeRelease,
  findNewsOfReleases,
  shortNameOf,
} from "../../edge/app/project/project-words.ts";
import { projectStates } from "../../schema/project/project.ts";
import { type ReleaseState, type ReleaseView, releaseStates, releaseSteps, releaseView } from "../../schema/release/release.ts";
import { mostLogLines } from "../../schema/release/release-host.ts";
import { newId } from "../../schema/wire/id.ts";
import { expectLinear, fillText } from "../harness/linear.ts";

const served = newId("rel", 1);
const line = (text: string) => ({ at: 1, release: served, stream: "out" as const, text });

test("lines of a log are read whole, however they are cut, and what is no line of ours is left out", () => {
  const text = `${JSON.stringify(line("one"))}\nnot json\n{"at":"x"}\n${JSON.stringify(line("two"))}\n${JSON.stringify(line("thr"))}`;
  for (const cut of [0, 1, 30, 70, text.length]) {
    const first = readLogLines("", text.slice(0, cut));
    const second = readLogLines(first.rest, text.slice(cut));
    expect([...first.lines, ...second.lines].map((each) => each.text)).toEqual(["one", "two"]);
    expect(second.rest).toBe(JSON.stringify(line("thr")));
  }
});

test("a line without an end and a log without an end do not grow without bounds", () => {
  expect(readLogLines("", "{".repeat(2_000_000)).rest).toBe("");
  expect(readLogLines("x".repeat(900_000), "y".repeat(50)).rest).toHaveLength(900_050);
  const many = Array.from({ length: mostLogLines + 5 }, (_none, n) => line(`line ${n}`));
  const kept = addLogLines(many.slice(0, 10), many.slice(10));
  expect([kept.length, kept[0]!.text]).toEqual([mostLogLines, "line 5"]);
  expect(addLogLines(kept, [])).toBe(kept);
  expectLinear("a line", 200_000, fillText("{"), (text) => readLogLines("", text));
  expectLinear("many lines", 100_000, fillText("{}\n"), (text) => readLogLines("", text));
});

test("a broken log is tried again soon, then less often, and never less than four times a minute", () => {
  expect([0, 1, 3, 50].map(logRetry)).toEqual([1_000, 2_000, 8_000, 15_000]);
});

test("minutes become lines with a break where nothing was measured", () => {
  const minute = (n: number, cpu: number) => ({ at: n * 60_000, cpu, memoryMb: 10, requests: n, errors: 1, p50: 1, p95: 2 });
  const minutes = [minute(1, 5), minute(2, 7), minute(9, 3)];
  expect(drawMinutes(minutes, ["cpu", "requests"])).toEqual([
    [60, 120, 180, 540],
    [5, 7, null, 3],
    [1, 2, null, 9],
  ]);
  expect([sumMinutes(minutes), greatestOf(minutes, "cpu"), greatestOf([], "cpu")]).toEqual([{ requests: 12, errors: 3 }, 7, 0]);
});

test("each state of a project and of a release has words, and a shape of its own where it matters", () => {
  expect(new Set(projectStates.map((state) => describeProjectState({ state }).text)).size).toBe(projectStates.length);
  for (const state of releaseStates)
    for (const step of [undefined, ...releaseSteps]) expect(describeRelease({ state, ...(step ? { step } : {}) }).text).not.toBe("");
  expect(describeRelease({ state: "failed", step: "health" }).text).toBe("Failed because it was not well");
});

test("what is on its way or failed last is news until a newer one serves; the newest that was replaced can be gone back to", () => {
  const release = (n: number, state: ReleaseState): ReleaseView => ({
    ...{ id: newId("rel", n), project: "bakery", commit: "a".repeat(40), receipt: newId("rct", n), state, by: "member", createdAt: n },
  });
  const list = (...states: ReleaseState[]) => states.map((state, n) => release(10 - n, state));
  expect(findNewsOfReleases(list("starting", "serving"))?.state).toBe("starting");
  expect(findNewsOfReleases(list("failed", "serving"))?.state).toBe("failed");
  expect(findNewsOfReleases(list("serving", "failed"))).toBeUndefined();
});

test("whether visitors see a project, and its newest version, is said with the one press that changes it", () => {
  const [old, main] = ["a".repeat(40), { can: true, reason: "It is proven.", commit: "b".repeat(40) }];
  const current = releaseView.parse({
    ...{ id: newId("rel"), project: "bakery", commit: old, receipt: newId("rct"), state: "serving", by: "member", createdAt: 1 },
  });
  const say = (view: object, head: Partial<typeof main> = {}, newest?: object) => {
    const idle = { state: "idle", published: false, current: undefined, reason: undefined, app: undefined } as const;
    const { text, press, failed } = describeOnline({ ...idle, ...view }, { ...main, ...head }, newest as typeof current);
    return [text, press?.title, press?.deploys, failed];
  };
  const serves = { state: "running", current };
  const same = { commit: old };
  expect(say({})).toEqual(["It is not online.", "Put it online…", true, undefined]);
  expect(say({}, { can: false, reason: "Nothing is on main yet." })).toEqual(["It is not online. Nothing is on main yet.", ...Array(3)]);
  expect(say({}, {}, { state: "failed", reason: "GET / answered 500." })).toEqual([
    "It is not online. The last try failed: GET / answered 500.",
    ...["Put it online…", true, true],
  ]);
  const taken = { state: "rolled_back", reason: "You went back." };
  expect(say({}, {}, taken)[0]).toBe("It is not online. The newest release was taken back: You went back.");
  expect(say({ state: "deploying" })).toEqual(["It is going online.", ...Array(3)]);
  expect(say({ ...serves, state: "deploying" })[0]).toContain("The one before is seen meanwhile");
  expect(say(serves, same)).toEqual(["It runs, and you alone see it at", "Show it to everybody…", false, undefined]);
  expect(say({ ...serves, published: true }, same)).toEqual(["Online. Everybody sees it at", ...Array(3)]);
  expect(say({ ...serves, published: true })).toEqual([
    "Visitors see the version before this one.",
    ...["Put this version online", true, undefined],
  ]);
  expect(say(serves)[0]).toBe("You alone see the version before this one.");
  expect(say({ ...serves, published: true }, { can: false })).toEqual(["Online. Everybody sees it at", ...Array(3)]); // it is being proven
  expect(say({ ...serves, state: "failing", app: "crashed" }, same)[0]).toBe("Not well: Has crashed too often and is not started again");
  expect(say({ ...serves, state: "suspended", published: true }, same)).toEqual(["Needs a plan to run", ...Array(3)]);
  expect(say({ ...serves, state: "asleep", published: true }, same)).toEqual(["Online. Everybody sees it at", ...Array(3)]); // a visit wakes it
  expect(say({ ...serves, state: "asleep" }, same)[0]).toBe("It sleeps until it is visited, and you alone see it at");
  expect(say({ state: "removing" })).toEqual(["Being taken away", ...Array(3)]);
});

test("the short name of a project is made of what people call it", () => {
  expect(["Lisa’s Bread!", "Čokoláda & cake", "2026 plans", "巧克力", "a - b -", `${"word ".repeat(12)}`].map(shortNameOf)).toEqual([
    ...["lisas-bread", "cokolada-cake", "plans", "", "a-b"],
    "word-word-word-word-word-word-word-word",
  ]);
});
