import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** What is looked for: a name for people, and the letters themselves. */
export type Trace = { name: string; text: string };
/** A place where a part keeps bytes. `except`: names of files or folders in it that are not looked into. */
export type Store = { name: string; folders: string[]; except?: readonly string[] };
export type Found = { trace: string; store: string; file: string };

/** A text as it may stand among other bytes: by itself, in hex, in base64 by each of the three alignments. */
function formsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  const aligned = [0, 1, 2].map((shift) => {
    const letters = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
    const [from, to] = [Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6)];
    return letters.slice(from, to); // those at both ends hold bits of what stands beside
  });
  const hex = bytes.toString("hex");
  return [text, hex, hex.toUpperCase(), ...aligned, ...aligned.map((each) => each.replaceAll("+", "-").replaceAll("/", "_"))];
}

/** The lines that a command prints, each once. What it says of a file that is gone meanwhile is left out. */
async function linesOf(command: string, args: string[], input = "") {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "ignore"], env: { ...process.env, LC_ALL: "C" } });
  child.stdin.on("error", () => undefined); // of a command that reads none and has ended
  const failed = new Promise<never>((_, reject) => child.once("error", reject));
  child.stdin.end(input);
  const lines = new Set<string>();
  const read = async () => {
    for await (const line of createInterface({ input: child.stdout })) lines.add(line);
    return [...lines];
  };
  return Promise.race([read(), failed]);
}

/**
 * Which files of a store have which traces in any of their bytes or in their names, and how much was looked
 * through.
 */
export async function hunt(traces: readonly Trace[], { name: store, folders, except = [] }: Store) {
  const forms = new Map(traces.flatMap(({ name, text }) => formsOf(text).map((form) => [form, name] as const)));
  const skipped = except.flatMap((each) => [`--exclude=${each}`, `--exclude-dir=${each}`]);
  const pruned = except.flatMap((each) => ["-name", each, "-prune", "-o"]);
  const [inside, names] = await Promise.all([
    linesOf("grep", ["-raFosH", "--null", "-D", "skip", ...skipped, "-f", "-", "--", ...folders], [...forms.keys()].join("\n")),
    linesOf("find", [...folders, ...pruned, "-printf", "%y %s %p\\n"]),
  ]);
  const files = names.map((line) => /^(\S) (\d+) (.*)$/.exec(line)).filter((parts) => parts !== null);
  const found: Found[] = inside.map((line) => {
    const [file = "", form = ""] = line.split("\0");
    return { trace: forms.get(form) ?? form, store, file };
  });
  for (const [, , , file = ""] of files)
    for (const { name, text } of traces) if (file.includes(text)) found.push({ trace: name, store, file: `${file} (its name)` });
  const plain = files.filter(([, kind]) => kind === "f");
  return { found, files: plain.length, bytes: plain.reduce((sum, [, , size]) => sum + Number(size), 0) };
}
