import { once } from "node:events";
import type { Writable } from "node:stream";
import { setTimeout as after } from "node:timers/promises";
import { z } from "zod";
import { type AppLogLine, appLogsIn, mostLogLines } from "../../schema/release/release-host.ts";
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
/** `stamp`: Docker's time of it, to the nanosecond; such stamps are in order as texts. */
type PrintedLine = { line: AppLogLine; stamp: string };
/** One frame with Docker's time before it, as a line without secrets. */
function readLogLine(release: ReadyRelease, { stream, text }: LogFrame, hide: (text: string) => string): PrintedLine {
  const space = text.indexOf(" ");
  const stamp = text.slice(0, space);
  const at = Date.parse(stamp);
  const printed = hide(text.slice(space + 1)).replace(/\r?\n$/, "");
  const line = { at: Number.isNaN(at) ? 0 : at, release: release.release, stream, text: printed.slice(0, mostLineChars) };
  return { line, stamp };
}

/** The last lines of a release's server or migration, the oldest first; none where it never ran. */
async function readLog(host: Host, release: ReadyRelease, job: AppJob, lines: number | "all"): Promise<PrintedLine[]> {
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
    .map(({ line }) => line.text)
    .join("\n")
    .slice(-4_000);
}

export const appLogsQuery = z.object({
  follow: z.enum(["true", "false"]).default("false"),
  lines: z.coerce.number().int().min(1).max(mostLogLines).default(200),
  search: z.string().max(200).default(""),
  release: id("rel").optional(),
  crash: appLogsIn.shape.crash,
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

/** How far a reader has come: the stamp of the last line of each release, and the row of the last note. */
export type LogPlace = { stamps: Map<Id<"rel">, string>; note: number };
/** The last lines that are asked for, of all releases by time, with what the host itself did among them. */
export async function readAppLogs(host: Host, app: AppRow, query: AppLogsQuery): Promise<{ lines: AppLogLine[]; place: LogPlace }> {
  const { releases, history } = host.ledger;
  const from = query.search === "" ? query.lines : "all";
  const logs = await Promise.all(listLogged(releases, app, query.release).map((release) => readLog(host, release, "serve", from)));
  const notes = history.notes(app.member, app.project);
  const ends = logs.flatMap((log) => log.slice(-1)).map(({ line, stamp }) => [line.release, stamp] as const);
  const all = [...logs.flat(), ...notes].map(({ line }) => line).filter(isWanted(query));
  const lines = all.sort((a, b) => a.at - b.at).slice(-query.lines);
  return { lines, place: { stamps: new Map(ends), note: notes.at(-1)?.row ?? 0 } };
}
/** What a release printed until it last ended by itself, and the note of that; empty where none ever did. */
export async function readLastCrash(host: Host, { member, project }: AppRow, { lines }: AppLogsQuery): Promise<AppLogLine[]> {
  const { releases, history } = host.ledger;
  const crash = history.lastCrash(member, project);
  if (!crash) return [];
  const release = releases.release(member, crash.release);
  const log = release?.plan ? await readLog(host, { ...release, plan: release.plan }, "serve", "all") : [];
  const before = log.map(({ line }) => line).filter(({ at }) => at <= crash.at);
  return [...before.slice(-lines), crash];
}

/**
 * Writes what comes from now on, after a place: of the release that serves, or of the one that is asked for,
 * and what the host does, at once. Where a release ends and begins again, so do its lines. A reader who is
 * slower than the app holds the app's log back here only.
 */
export async function followAppLogs(host: Host, app: AppRow, query: AppLogsQuery, place: LogPlace, to: Writable): Promise<void> {
  const gone = new AbortController();
  const end = () => gone.abort();
  to.once("close", end);
  const wanted = isWanted(query);
  const write = async (lines: AppLogLine[]) => {
    if (to.destroyed) return;
    const text = lines.filter(wanted).map((line) => `${JSON.stringify(line)}\n`);
    if (text.length > 0 && !to.write(text.join(""))) await once(to, "drain", { signal: gone.signal }).catch(() => undefined); // the reader has left
  };
  const tellNotes = () => {
    const notes = host.ledger.history.notes(app.member, app.project, place.note);
    place.note = notes.at(-1)?.row ?? place.note;
    return write(notes.map(({ line }) => line));
  };
  const hearNoMore = host.ledger.history.onNote(app.member, app.project, () => void tellNotes());
  try {
    await tellNotes();
    while (!to.destroyed) {
      const now = host.ledger.releases.app(app.member, app.project);
      if (!now) return;
      const release = listLogged(host.ledger.releases, now, query.release ?? now.current ?? undefined)[0];
      if (release) await followRelease(host, release, place.stamps, write, gone.signal);
      await after(1_000, undefined, { signal: gone.signal }).catch(() => undefined); // the reader has left
    }
  } finally {
    hearNoMore();
  }
}
/** Until the container ends. Notes in `stamps` how far it came. */
async function followRelease(
  host: Host,
  release: ReadyRelease,
  stamps: LogPlace["stamps"],
  write: (lines: AppLogLine[]) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const container = host.engine.docker.getContainer(jobContainer(host, release, "serve"));
  const told = stamps.get(release.release) ?? "";
  const since = told === "" ? 0 : Date.parse(told) / 1_000; // of the same millisecond all is read again
  const options = { follow: true, stdout: true, stderr: true, timestamps: true, since, abortSignal: signal } as const;
  const stream = await host.engine.call("app log", ifFound(container.logs(options))).catch(() => undefined); // just being removed
  if (!stream) return;
  const hide = await openSecretFilter(host, release, "serve");
  const frames = new LogFrames();
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const printed = frames.take(chunk).map((frame) => readLogLine(release, frame, hide));
      const fresh = printed.filter(({ stamp }) => stamp > told);
      const last = fresh.at(-1);
      if (last) stamps.set(release.release, last.stamp);
      await write(fresh.map(({ line }) => line));
    }
  } catch (error) {
    if (!signal.aborted) host.log("info", "a log was not followed to its end", { member: release.member, project: release.project, error });
  }
}
