import { once } from "node:events";
import type { Writable } from "node:stream";
import { setTimeout as after } from "node:timers/promises";
import { z } from "zod";
import { type AppLogLine, mostLogLines } from "../../schema/release/release-host.ts";
import { type Id, id } from "../../schema/wire/id.ts";
import { ifFound } from "../docker.ts";
import type { Host } from "../host.ts";
import { type AppJob, jobContainer } from "./app-container.ts";
import { type LogFrame, LogFrames } from "./log-frames.ts";
import type { AppRow, ReadyRelease, ReleaseLedger } from "./release-ledger.ts";

/** Shorter values would take ordinary words out of a log. */
const leastSecret = 4;
/** What takes the values of secrets out of a text. */
export function makeSecretFilter(env: Readonly<Record<string, string>>): (text: string) => string {
  const parts = Object.values(env).flatMap((value) => [value, ...value.split(/\r?\n/)]);
  const secrets = [...new Set(parts.filter((part) => part.trim().length >= leastSecret))].sort((a, b) => b.length - a.length);
  return (text) => secrets.reduce((left, secret) => left.replaceAll(secret, "•••"), text);
}

/** That of a release: its secrets, and the password of its services, which stands in its container alone. */
async function openSecretFilter(host: Host, release: ReadyRelease, job: AppJob): Promise<(text: string) => string> {
  if (release.plan.services.length === 0) return makeSecretFilter(release.env);
  const container = host.engine.docker.getContainer(jobContainer(host, release, job));
  const given = (await host.engine.call("app inspect", ifFound(container.inspect())))?.Config.Env ?? [];
  const passwords = given.flatMap((line) => /^(?:PGPASSWORD=|REDIS_URL=redis:\/\/default:)([\w-]+)/.exec(line)?.[1] ?? []);
  return makeSecretFilter({ ...release.env, passwords: passwords.join("\n") });
}

const mostLineChars = 8_000;
/** One frame with Docker's time before it, as a line without secrets. */
function readLogLine(release: ReadyRelease, { stream, text }: LogFrame, hide: (text: string) => string): AppLogLine {
  const space = text.indexOf(" ");
  const at = Date.parse(text.slice(0, space));
  const line = hide(text.slice(space + 1)).replace(/\r?\n$/, "");
  return { at: Number.isNaN(at) ? 0 : at, release: release.release, stream, text: line.slice(0, mostLineChars) };
}

/** The last lines of a release's server or migration, the oldest first; none where it never ran. */
async function readLog(host: Host, release: ReadyRelease, job: AppJob, lines: number | "all"): Promise<AppLogLine[]> {
  const container = host.engine.docker.getContainer(jobContainer(host, release, job));
  const options = { stdout: true, stderr: true, timestamps: true, ...(lines === "all" ? {} : { tail: lines }) };
  const raw = await host.engine.call("app log", ifFound(container.logs(options)));
  const hide = await openSecretFilter(host, release, job);
  return (raw ? new LogFrames().take(raw) : []).map((frame) => readLogLine(release, frame, hide));
}
/** The end of it as text, for a reason. */
export async function readLogEnd(host: Host, release: ReadyRelease, job: AppJob): Promise<string> {
  const lines = await readLog(host, release, job, 60);
  return lines
    .map(({ text }) => text)
    .join("\n")
    .slice(-4_000);
}

export const appLogsQuery = z.object({
  follow: z.enum(["true", "false"]).default("false"),
  lines: z.coerce.number().int().min(1).max(mostLogLines).default(200),
  search: z.string().max(200).default(""),
  release: id("rel").optional(),
});
export type AppLogsQuery = z.infer<typeof appLogsQuery>;

/** Releases of an app whose logs are there: what serves, the one before, and what was taken back. */
function listLogged(ledger: ReleaseLedger, app: AppRow, asked: Id<"rel"> | undefined): ReadyRelease[] {
  const kept = [app.current, app.previous, app.taken_back?.release ?? null];
  const rows = [...new Set(kept)].flatMap((release) => (release === null ? [] : (ledger.release(app.member, release) ?? [])));
  return rows.flatMap((row) => (row.plan && (asked === undefined || row.release === asked) ? [{ ...row, plan: row.plan }] : []));
}
const isWanted = ({ search, release }: AppLogsQuery) => {
  const words = search.toLowerCase();
  return (line: AppLogLine) => (release === undefined || line.release === release) && line.text.toLowerCase().includes(words);
};

/** The last lines that are asked for, of all releases by time, with what the host itself did among them. */
export async function readAppLogs(host: Host, app: AppRow, query: AppLogsQuery): Promise<AppLogLine[]> {
  const { releases, history } = host.ledger;
  const from = query.search === "" ? query.lines : "all";
  const logs = await Promise.all(listLogged(releases, app, query.release).map((release) => readLog(host, release, "serve", from)));
  const all = [...logs.flat(), ...history.notes(app.member, app.project)].filter(isWanted(query));
  return all.sort((a, b) => a.at - b.at).slice(-query.lines);
}

/**
 * Writes what comes from now on: of the release that serves, or of the one that is asked for. Where it ends
 * and begins again, so do its lines. A reader who is slower than the app holds the app's log back here only.
 */
export async function followAppLogs(host: Host, app: AppRow, query: AppLogsQuery, since: number, to: Writable): Promise<void> {
  const gone = new AbortController();
  const end = () => gone.abort();
  to.once("close", end);
  const wanted = isWanted(query);
  const write = async (lines: AppLogLine[]) => {
    const text = lines.filter(wanted).map((line) => `${JSON.stringify(line)}\n`);
    if (text.length > 0 && !to.write(text.join(""))) await once(to, "drain", { signal: gone.signal }).catch(() => undefined); // the reader has left
  };
  let [told, noted] = [since, since];
  while (!to.destroyed) {
    const now = host.ledger.releases.app(app.member, app.project);
    if (!now) return;
    const notes = host.ledger.history.notes(app.member, app.project, noted);
    noted = notes.at(-1)?.at ?? noted;
    await write(notes);
    const release = listLogged(host.ledger.releases, now, query.release ?? now.current ?? undefined)[0];
    if (release) told = await followRelease(host, release, told, write, gone.signal);
    await after(1_000, undefined, { signal: gone.signal }).catch(() => undefined); // the reader has left
  }
}
/** Until the container ends. Answers the time of its last line. */
async function followRelease(
  host: Host,
  release: ReadyRelease,
  since: number,
  write: (lines: AppLogLine[]) => Promise<void>,
  signal: AbortSignal,
): Promise<number> {
  const container = host.engine.docker.getContainer(jobContainer(host, release, "serve"));
  const options = { follow: true, stdout: true, stderr: true, timestamps: true, since: since / 1_000, abortSignal: signal } as const;
  const stream = await host.engine.call("app log", ifFound(container.logs(options))).catch(() => undefined); // just being removed
  if (!stream) return since;
  const hide = await openSecretFilter(host, release, "serve");
  const frames = new LogFrames();
  let told = since;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const lines = frames.take(chunk).map((frame) => readLogLine(release, frame, hide));
      const fresh = lines.filter((line) => line.at > since);
      told = fresh.at(-1)?.at ?? told;
      await write(fresh);
    }
  } catch (error) {
    if (!signal.aborted) host.log("info", "a log was not followed to its end", { member: release.member, project: release.project, error });
  }
  return told;
}
