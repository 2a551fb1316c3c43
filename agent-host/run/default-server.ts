import { quoteWords } from "../../schema/command/shell-word.ts";
import { environmentPath, readEnvironment } from "../../schema/environment/environment.ts";
import { chooseServing } from "../../schema/environment/serving.ts";
import { setupFiles } from "../../schema/environment/setup-paths.ts";
import type { RoomCheck, RunIn } from "../../schema/proof/proof.ts";
import type { CleanRoom } from "./room/run-room.ts";
import { type CommitFacts, readTextAt } from "./run-clone.ts";

type UrlCheck = Extract<RoomCheck, { kind: "url" }>;
const portOf = ({ url }: UrlCheck): string => new URL(url).port || "80";
/** The check's own server, or that of another check for the same port. */
export function findServeCommand(check: UrlCheck, all: readonly RoomCheck[]): string | undefined {
  const same = all.find((other) => other.kind === "url" && other.serve !== undefined && portOf(other) === portOf(check));
  return check.serve ?? (same?.kind === "url" ? same.serve : undefined);
}

/**
 * The checks, where no command is given that serves an address: what serves the project itself, as its
 * environment file or its files say.
 */
export async function addDefaultServers(room: CleanRoom, input: RunIn, { entries }: CommitFacts): Promise<RunIn> {
  const lacks = (check: RoomCheck): check is UrlCheck => check.kind === "url" && findServeCommand(check, input.checks) === undefined;
  if (!input.checks.some(lacks)) return input;
  const serve = await findServer(room, input.commit, [...entries.keys()]);
  return serve
    ? { ...input, checks: input.checks.map((check) => (lacks(check) ? { ...check, serve: serve(portOf(check)) } : check)) }
    : input;
}
async function findServer(room: CleanRoom, commit: string, paths: readonly string[]): Promise<((port: string) => string) | undefined> {
  const said = paths.includes(environmentPath) ? await readTextAt(room, commit, environmentPath) : undefined;
  const environment = said ? readEnvironment(said) : undefined;
  const manifest = paths.includes("package.json") ? await readTextAt(room, commit, "package.json") : undefined;
  const there = setupFiles.filter((name) => paths.includes(name)).map((name) => [name, name === "package.json" ? (manifest ?? "") : ""]);
  const serving = chooseServing(paths, Object.fromEntries(there), environment?.ok ? environment.value : undefined);
  if (serving === undefined) return undefined;
  const { start, site } = serving;
  const migrate = environment?.ok && environment.value.services.length > 0 ? environment.value.migrate : undefined;
  const before = migrate === undefined ? "" : `( ${migrate}\n) || exit 1; `; // the room's database is empty
  if (start !== undefined) return (port) => `export PORT=${port}; ${before}${start}`;
  return (port) => `exec python3 -m http.server ${port} --bind 127.0.0.1 --directory ${quoteWords([`./${site}`])}`;
}
