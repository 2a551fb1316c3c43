import { isUtf8 } from "node:buffer";
import { isCheckFile } from "../../schema/proof/check-file.ts";
import { settlesChecks } from "../../schema/proof/outputs.ts";
import type { CheckFailure, CommandCheck, RunIn } from "../../schema/proof/proof.ts";
import { isWithin } from "../../schema/wire/path.ts";
import { limitToTaken, runEachCheck } from "./check-sequence.ts";
import { withoutWork } from "./counter-example.ts";
import { execInRoom } from "./room/run-room.ts";
import type { ProofRoom } from "./room/workplace.ts";
import type { ChecksTold } from "./run-checks.ts";
import type { CommitFacts } from "./run-clone.ts";
import { makeFailure } from "./run-step.ts";
import { prepareWays, type WayText } from "./way.ts";

/** Texts, but for data, that a check has made beside the files of the commit, by their paths. */
export type MadeFiles = Readonly<Record<string, WayText>>;
const mostMade = { files: 300, bytes: 64 * 1024, all: 1024 * 1024 } as const;
const mostNamed = 8;
const listMadeScript = `cd "$1" || exit 0; exec 2>/dev/null
find . -name .git -prune -o '(' -type f -o -type l ')' -newerct "@$2" -size -${mostMade.bytes / 1024 + 1}k -printf '%s %P\\0' | head -c ${mostMade.all}`;
const readMadeScript = `cd "$1" || exit 0; shift; exec 2>/dev/null
for path; do [ ! -f "$path" ] || [ ! -r "$path" ] || { [ -x "$path" ] && printf + || printf -; head -c ${mostMade.bytes} -- "$path" | base64 -w0; }; echo; done`;
/** What a program makes for its own sake, and its judge may look at. */
const isData = (path: string) =>
  /\.(?:txt|md|json|jsonl|ndjson|csv|tsv|html?|xml|svg|css|map|log|out|sql)$/i.test(path) && !settlesChecks(path) && !isCheckFile(path);
const ofTools = /(?:^|\/)(?:__pycache__|node_modules)\//;
const foldersOf = (path: string) => path.split("/").map((_, at, parts) => parts.slice(0, at).join("/"));

/** What a check has made since then in the room's place. Of many files the smallest. */
export async function readMade(room: ProofRoom, since: string, { entries, changes }: CommitFacts): Promise<MadeFiles> {
  const as = { uid: room.place.uid, ms: 60_000 };
  const { work } = room.place;
  const { out } = await execInRoom(room, { cmd: ["bash", "-c", listMadeScript, "made", work, since], ...as });
  const known = [...entries.keys(), ...changes.map(({ path }) => path)];
  const [files, folders] = [new Set(known), new Set(known.flatMap(foldersOf))];
  const isKnown = (path: string) => files.has(path) || folders.has(path) || foldersOf(path).some((folder) => files.has(folder));
  const found = out.split("\0").flatMap((line) => {
    const [bytes = "", path = ""] = [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)];
    const strange = path === "" || isKnown(path) || ofTools.test(path) || room.installed.some((folder) => isWithin(folder, path));
    return strange ? [] : [{ path, bytes: Number(bytes) }];
  });
  let size = 0;
  const paths: string[] = [];
  for (const { path, bytes } of found.sort((a, b) => a.bytes - b.bytes).slice(0, mostMade.files)) {
    size += bytes;
    if (size <= mostMade.all) paths.push(path);
  }
  if (paths.length === 0) return {};
  const { out: texts } = await execInRoom(room, { cmd: ["bash", "-c", readMadeScript, "texts", work, ...paths], ...as });
  const made: Record<string, WayText> = {};
  for (const [index, line] of texts.split("\n").slice(0, paths.length).entries()) {
    const bytes = Buffer.from(line.slice(1), "base64");
    const [path, executable] = [paths[index]!, line.startsWith("+")];
    if (line !== "" && (executable || !isData(path)) && isUtf8(bytes) && !bytes.includes(0))
      made[path] = { text: bytes.toString("utf8"), executable, old: true };
  }
  return made;
}

/**
 * What a check makes as it runs must not be what it passes by: it is to fail with the work's files empty
 * where those are there as well. What is built from the work is built anew, for what was made before is
 * older.
 */
export async function judgeMade(
  room: ProofRoom,
  { checks, merged, byMember }: RunIn,
  known: CommitFacts,
  { checks: passed, made }: Pick<ChecksTold, "checks" | "made">,
): Promise<CheckFailure[]> {
  if (merged || byMember || known.changes.length === 0) return []; // its parts were proven, or have no outputs
  const { gone, restored } = withoutWork(known.changes);
  const empty = Object.fromEntries(gone.map((path) => [path, { text: "", executable: known.entries.get(path)?.mode === "100755" }]));
  const brief = limitToTaken(checks, passed, { times: 3, more: 3 });
  const failures: CheckFailure[] = [];
  for (const check of brief) {
    const texts = made.get(check.name) ?? {};
    const paths = Object.keys(texts);
    if (check.kind !== "command" || paths.length === 0) continue;
    const each = paths.length > 1 ? paths.slice(0, mostNamed).map((path) => ({ [path]: texts[path]! })) : [];
    const laid = [texts, {}, ...each].map((files) => ({ gone: [], restored, texts: { ...files, ...empty } }));
    const [all = "", none = "", ...single] = await prepareWays(room, known.base, laid);
    const passes = async (way: string) => (await runEachCheck(room, [check], way, "passed")).has(check.name);
    if (!(await passes(all)) || (await passes(none)) || !(await passes(all))) continue; // by chance, or it says nothing of the work
    const deciding: string[] = [];
    for (const [index, way] of single.entries()) if (await passes(way)) deciding.push(paths[index]!);
    failures.push(tellMade(check, deciding.length > 0 ? deciding : paths));
  }
  return failures;
}
function tellMade({ name, command }: CommandCheck, paths: readonly string[]): CheckFailure {
  const named = `${paths.slice(0, 3).join(", ")}${paths.length > 3 ? ", …" : ""}`;
  const reason = `\`${command}\` passes without the work where ${named} is there, which is made while it runs: so that decides. Have the check remove it before it begins, and end where one of its steps fails.`;
  return makeFailure(name, "checks_edited", reason);
}
