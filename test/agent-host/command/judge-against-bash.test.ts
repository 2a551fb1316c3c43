import { afterAll, beforeAll, expect, it } from "vitest";
import { readImageTags } from "../../../agent-host/images.ts";
import { typeCommandPolicy } from "../../../schema/agent/agent-type.ts";
import type { CommandPolicy } from "../../../schema/command/command-rule.ts";
import { commandSets, deniedCommands } from "../../../schema/command/command-set.ts";
import { judgeCommand } from "../../../schema/command/judge.ts";
import { limit } from "../../harness/suite/limit.ts";
import { long, times } from "../../harness/suite/long-run.ts";
import { chance, seed } from "../../harness/suite/seed.ts";
import { type Box, openBox, type Recorded } from "./recorder/box.ts";
import { allowedCommands } from "./recorder/commands.ts";
import { unnamed, work } from "./recorder/compare.ts";
import { shrunk } from "./recorder/shrink.ts";

/** All that an agent type without an interpreter may run: what an interpreter does can't be named. */
const unresolved = ["git tag", "git cherry-pick", "git revert", "git reset", "git merge-tree", "git notes", "curl", "kill"];
/** What installs is here for the words it is given. Not `source`: what it reads may have been made before. */
const installs = commandSets.install.filter((match) => match !== "source" && match !== ".");
const type = typeCommandPolicy({ default: "ask", sets: ["look", "edit", "git"], allow: [...unresolved, ...installs], ask: [], deny: [] });
const layers: CommandPolicy[] = [type, { default: "ask", rules: [...deniedCommands] }];
const judged = (command: string) => judgeCommand(layers, command, work);
const isAllowed = (command: string) => judged(command).decision === "allow";
const count = times({ few: 600, all: 2_400, long: 60_000 });
const start = long ? Math.floor(Math.random() * 2 ** 31) : seed; // a long run looks for what this one has not seen

let boxes: Box[] = [];
beforeAll(() => {
  boxes = [1, 2].map(() => openBox(readImageTags().opencode));
});
afterAll(() => {
  for (const box of boxes) box.end();
});

/** Each box takes its share of the commands, a few hundred at a time. */
async function record(commands: readonly string[]): Promise<Recorded[]> {
  const recorded: Recorded[] = [];
  let next = 0;
  const share = async (box: Box) => {
    for (let from = next; from < commands.length; from = next) {
      next += 300;
      const done = await box.record(commands.slice(from, from + 300));
      for (const [at, each] of done.entries()) recorded[from + at] = each;
    }
  };
  await Promise.all(boxes.map(share));
  return recorded;
}
/** What was not named; on a busy machine a command may be late once. */
async function faultsOf(commands: readonly string[]): Promise<Map<string, string[]>> {
  const recorded = await record(commands);
  const late = commands.filter((_, at) => recorded[at]!.late);
  const again = new Map((await record(late)).map((each, at) => [late[at]!, each]));
  const found = commands.map((command, at) => [command, unnamed(again.get(command) ?? recorded[at]!, judged(command).does)] as const);
  return new Map(found.filter(([, faults]) => faults.length > 0));
}

it("what fails is shown as short as it still fails", async () => {
  const fails = async (commands: string[]) =>
    commands.map((command) => /\.\/evil/.test(command) && !/["']/.test(command.replace(/"[^"]*"/g, "")));
  expect(await shrunk('ls -la "a b" && { echo x | ./evil "$(cat c)"; } > out', fails)).toBe("./evil");
});

it("the recorder sees what is started and written, whatever bash calls it", async () => {
  const nothing = { runs: [], writes: [] };
  const [global] = await record(["X=-g; npm install left-pad $X"]);
  expect(unnamed(global!, { runs: ["npm"], writes: [] })).toEqual(["gave npm install left-pad -g"]);
  const wild = [
    "./evil",
    "echo a > ~/out",
    'x="a[\\$(./evil)]"; echo $((x))',
    "mkdir ~/n && mv a.txt ~/n",
    "exec -a ls ./evil",
    "ln -s a.txt ../b",
    "rm -r sub",
  ];
  const seen = (await record(wild)).map((each) => unnamed(each, nothing).join(" "));
  for (const [at, mark] of ["work/evil", "agt_1/out", "work/evil", "agt_1/n", "work/evil", "agt_1/b", "work/sub/c.txt"].entries())
    expect(seen[at], wild[at]).toContain(mark);
});

it(
  "a command that is allowed starts and writes nothing but what the judge names",
  async () => {
    const { commands, made } = allowedCommands(count, chance(start), isAllowed);
    const faults = await faultsOf(commands);
    const fails = async (shorter: string[]) => {
      const found = await faultsOf(shorter.filter(isAllowed));
      return shorter.map((command) => found.has(command));
    };
    const shown: string[] = [];
    for (const fault of [...faults.keys()].slice(0, 3)) {
      const least = await shrunk(fault, fails);
      shown.push(`${JSON.stringify(least)}: ${((await faultsOf([least])).get(least) ?? []).join(", ")}`);
    }
    console.info(`judge against bash: seed ${start}, ${made} made, ${commands.length} allowed and run, ${faults.size} faults`);
    expect(shown, `seed ${start}: ${faults.size} of ${commands.length}`).toEqual([]);
    expect(commands.length).toBe(count);
  },
  limit(long ? 3_000_000 : 240_000),
);
