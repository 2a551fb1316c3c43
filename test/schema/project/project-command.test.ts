import { expect, it } from "vitest";
import { countToldBytes, longestToldLine, mostToldBytes, PrintedLines, ToldBudget } from "../../../schema/project/host-command.ts";
import { commandStates, isCommandMove, isCommandUnderWay } from "../../../schema/project/project-command.ts";

function cut(...texts: string[]): string[] {
  const lines: string[] = [];
  const printed = new PrintedLines((line) => lines.push(line));
  for (const text of texts) printed.add(text);
  printed.end();
  return lines;
}

it("tells what is printed line by line, wherever it was torn, and the last one without its end", () => {
  expect(cut("one\ntw", "o\r\n", "\nthree")).toEqual(["one", "two", "", "three"]);
  expect(cut()).toEqual([]);
  expect(cut("", "\n")).toEqual([""]);
});

it("tells a long line in pieces, before its end is printed", () => {
  const long = "x".repeat(longestToldLine);
  expect(cut(`${long}yz`)).toEqual([long, "yz"]);
  expect(cut(long, long, "\n")).toEqual([long, long]);
  expect(cut(`${long}${long}y\nz`)).toEqual([long, long, "y", "z"]);
});

it("tells 64 kB of lines as they are stored, 16 kB of them of the setup, and nothing of a source after what was left out", () => {
  const budget = new ToldBudget();
  const take = (from: "setup" | "command", line: string, times: number) =>
    Array.from({ length: times }, () => budget.take({ from, line })).filter(Boolean).length;
  expect(take("command", "", 10)).toBe(10);
  const setup = take("setup", "x".repeat(1_000), 100);
  expect(setup).toBe(Math.floor(mostToldBytes.setup / countToldBytes({ from: "setup", line: "x".repeat(1_000) })));
  expect([budget.cut, take("setup", "", 1)]).toEqual([true, 0]);
  expect(take("command", "", 100_000) * countToldBytes({ from: "command", line: "" })).toBeLessThanOrEqual(mostToldBytes.all);
  expect(take("command", "", 1)).toBe(0);
});

it("moves on from where it waits and runs alone", () => {
  for (const from of commandStates)
    for (const to of commandStates) expect(isCommandMove(from, to) && !isCommandUnderWay(from), `${from} ${to}`).toBe(false);
  expect([isCommandMove("queued", "complete"), isCommandMove("running", "queued")]).toEqual([false, true]);
});

it("tears no character of two halves", () => {
  const lines = cut(`${"x".repeat(longestToldLine - 1)}\u{1F600}${"y".repeat(longestToldLine)}\n`);
  expect(lines).toEqual(["x".repeat(longestToldLine - 1), `\u{1F600}${"y".repeat(longestToldLine - 2)}`, "yy"]);
});
