import { execFileSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { growCommandLayers } from "../../../schema/approval/permission.ts";
import { commandPolicy } from "../../../schema/command/command-rule.ts";
import { judgeCommand } from "../../../schema/command/judge.ts";
import { long } from "../../harness/suite/long-run.ts";
import { chance, seed } from "../../harness/suite/seed.ts";

/** This machine's npm: its own reader of options is what an allowed command is held against. */
const npm = createRequire(realpathSync(execFileSync("which", ["npm"], { encoding: "utf8" }).trim()));
type Options = Record<string, unknown> & { argv: { remain: string[] } };
type Nopt = (types: object, shorthands: object, words: string[], skip: number) => Options;
const nopt = npm("nopt") as Nopt;
const { definitions, shorthands } = npm("@npmcli/config/lib/definitions") as {
  definitions: Record<string, { type: unknown }>;
  shorthands: Record<string, string[]>;
};
const { deref } = npm("../lib/utils/cmd-list.js") as { deref: (verb: string) => string | undefined };
const types = Object.fromEntries(Object.entries(definitions).map(([name, { type }]) => [name, type]));

const home = "/workspace/agents/agt_1/work";
const layers = growCommandLayers(commandPolicy.parse({}));
const verbs = "install i in add ci uninstall update audit dedupe rebuild".split(" ");
const names = [...Object.keys(types), ...Object.keys(shorthands).filter((name) => name.length > 1)];
const often = "global location registry prefix save-dev workspace omit loglevel cache audit no-audit include force silent depth".split(" ");
const operands = "x web global true false null y@1 ./lib @a/b https://x.example/a ../y".split(" ");

/** What npm would do of that which is to be asked. */
function faultsOf(words: string[]): string[] {
  const { argv, ...given } = nopt(types, shorthands, [...words], 0);
  const [verb = "", ...packages] = argv.remain;
  const wide = ["global", "location", "registry", "userconfig", "globalconfig", "proxy", "https-proxy"].filter((name) => given[name]);
  const prefix = typeof given.prefix === "string" && !given.prefix.startsWith(process.cwd()) ? ["prefix"] : [];
  const outside = packages.filter((name) => /^-|:\/\/|\.\./.test(name));
  return [...wide, ...prefix, ...outside, ...(verbs.map(deref).includes(deref(verb)) ? [] : [`runs ${verb}`])];
}

test("of an install that is allowed, npm itself reads nothing that is asked", () => {
  const random = chance(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const option = () => {
    if (random() < 0.35)
      return `-${Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick([..."DSEOPBfsqdywCgLlmpahcn"])).join("")}`;
    const name = random() < 0.6 ? pick(often) : pick(names);
    const begun = random() < 0.2 ? name.slice(0, 2 + Math.floor(random() * name.length)) : name;
    return `${pick(["--", "--", "--", "-", "---", "--no-"])}${begun}${random() < 0.3 ? `=${pick(operands)}` : ""}`;
  };
  const faults: string[] = [];
  let allowed = 0;
  for (let count = long ? 1_000_000 : 12_000; count > 0; count--) {
    const words = [pick(verbs)];
    for (let more = Math.floor(random() * 4); more >= 0; more--)
      words.splice(Math.floor(random() * (words.length + 1)), 0, random() < 0.6 ? option() : pick(operands));
    const command = `npm ${words.join(" ")}`;
    if (/^--version$/.test(words[0]!) || judgeCommand(layers, command, home).decision !== "allow") continue; // prints its version
    allowed++;
    const found = faultsOf(words);
    if (found.length > 0) faults.push(`${command}: ${found.join(", ")}`);
  }
  expect(faults.slice(0, 10), `seed ${seed}`).toEqual([]);
  expect(allowed).toBeGreaterThan(long ? 10_000 : 300);
  expect(faultsOf(["i", "-gf", "x"])).toEqual(["global"]);
  expect(faultsOf(["i", "--audit=https://x.example/a"])).toEqual(["https://x.example/a"]);
});
