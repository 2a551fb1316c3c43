import { z } from "zod";
import { environmentShape, imageVariants } from "../../schema/environment/environment.ts";
import { type ReleaseMade, releaseMade } from "../../schema/release/release.ts";
import { type AppPut, appPut, type ReleaseFailure, releaseFailure } from "../../schema/release/release-host.ts";
import { projectName } from "../../schema/task/spec.ts";
import { commitHash } from "../../schema/task/task-command.ts";
import { type Id, id } from "../../schema/wire/id.ts";
import { type LedgerStore, writeTogether } from "../ledger-store.ts";

export const releaseTables = `
  CREATE TABLE IF NOT EXISTS app (
    member TEXT NOT NULL REFERENCES stack(member) ON DELETE CASCADE, project TEXT NOT NULL, current TEXT, previous TEXT,
    switched_at INTEGER NOT NULL DEFAULT 0, running INTEGER NOT NULL DEFAULT 1, restarts INTEGER NOT NULL DEFAULT 0, crashed TEXT, over INTEGER NOT NULL DEFAULT 0,
    taken_back TEXT, good TEXT, PRIMARY KEY (member, project)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS app_release (
    member TEXT NOT NULL REFERENCES stack(member) ON DELETE CASCADE, project TEXT NOT NULL, release TEXT NOT NULL, repo TEXT NOT NULL,
    commit_hash TEXT NOT NULL, env TEXT NOT NULL, watch_seconds INTEGER NOT NULL, plan TEXT, migrated INTEGER NOT NULL DEFAULT 0,
    served INTEGER NOT NULL DEFAULT 0, failed TEXT, reach TEXT NOT NULL DEFAULT '[]', expects TEXT, secrets TEXT, proven TEXT,
    PRIMARY KEY (member, release)
  ) STRICT;
`;

/** How a release is served, as its environment file or its files say. Without `start` it is a static site. */
export const servePlan = environmentShape.pick({ build: true, start: true, migrate: true, services: true, network: true }).extend({
  image: z.enum(imageVariants).default("workshop"),
  port: z.number().int(),
  site: z.string().optional(),
  health: environmentShape.shape.health.unwrap(),
  /** Absent of a release that was set up by a daemon of before. */
  made: releaseMade.pick({ snapshot: true, environment: true }).optional(),
});
export type ServePlan = z.infer<typeof servePlan>;

const json = <T extends z.ZodType>(shape: T) =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(shape);
const flag = z.number().transform((number) => number === 1);
export const releaseRow = z.object({
  member: id("mem"),
  project: projectName,
  release: id("rel"),
  repo: z.string(),
  commit_hash: commitHash,
  env: json(appPut.shape.env),
  /** Names that its member lets it reach. */
  reach: json(z.array(z.string())),
  /** What its specification says that it answers. */
  expects: json(appPut.shape.expects.unwrap()).nullable(),
  /** Which versions of its secrets `env` holds; null of a release of before. */
  secrets: json(releaseMade.shape.secrets.unwrap()).nullable(),
  /** The packages that its receipt names. */
  proven: json(appPut.shape.proven.unwrap()).nullable(),
  watch_seconds: z.number().int(),
  /** Null until it has been set up. */
  plan: json(servePlan).nullable(),
  migrated: flag,
  /** Whether it ever served. */
  served: flag,
  failed: json(releaseFailure).nullable(),
});
export type ReleaseRow = z.infer<typeof releaseRow>;
/** One that has been set up, and can be started. */
export type ReadyRelease = ReleaseRow & { plan: ServePlan };

const takenBack = z.object({ release: id("rel"), at: z.number(), reason: z.string(), log: z.string() });
export type TakenBack = z.infer<typeof takenBack>;
const appRow = z.object({
  member: id("mem"),
  project: projectName,
  current: id("rel").nullable(),
  previous: id("rel").nullable(),
  switched_at: z.number().int(),
  /** Whether its member wants it to run. */
  running: flag,
  restarts: z.number().int(),
  /** Why it is started no more. */
  crashed: z.string().nullable(),
  /** Of one that is started no more: it is so because it keeps more than it may. */
  over: flag,
  taken_back: json(takenBack).nullable(),
  /** The newest release that was well after its watch time when another one took its place. */
  good: id("rel").nullable(),
});
export type AppRow = z.infer<typeof appRow>;

/** So many releases of a project that have ended are remembered, to answer how they went. */
const keptReleases = 50;
const gone: ReleaseFailure = { step: "setup", reason: "A newer release has taken its place.", log: "" };

/** What runs, or ran, for the projects of this machine's members. */
export class ReleaseLedger {
  private readonly store: LedgerStore;
  constructor(store: LedgerStore) {
    this.store = store;
  }
  apps(member?: string): AppRow[] {
    const rows = this.store.prepare("SELECT * FROM app WHERE ?1 IS NULL OR member = ?1 ORDER BY member, project").all(member ?? null);
    return rows.map((row) => appRow.parse(row));
  }
  app(member: string, project: string): AppRow | undefined {
    const row = this.store.prepare("SELECT * FROM app WHERE member = ? AND project = ?").get(member, project);
    return row === undefined ? undefined : appRow.parse(row);
  }
  /** The newest first. */
  releases(member: string, project: string): ReleaseRow[] {
    const rows = this.store.prepare("SELECT * FROM app_release WHERE member = ? AND project = ? ORDER BY release DESC");
    return rows.all(member, project).map((row) => releaseRow.parse(row));
  }
  release(member: string, release: string): ReleaseRow | undefined {
    const row = this.store.prepare("SELECT * FROM app_release WHERE member = ? AND release = ?").get(member, release);
    return row === undefined ? undefined : releaseRow.parse(row);
  }

  /**
   * Takes a release. The newer one wins, by the order of their ids: what still starts of older ones is given
   * up, and so is this one where a newer one is known. Answers those that were given up.
   */
  take(member: Id<"mem">, project: string, asked: AppPut): Id<"rel">[] {
    const { release, repo, commit, env, secrets, reach, expects, proven, watchSeconds } = asked;
    const { write } = this.store;
    const text = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
    const before = this.releases(member, project);
    const older = before.some((row) => row.release > release);
    const unfinished = before.filter((row) => !row.served && !row.failed && row.release < release).map((row) => row.release);
    writeTogether(this.store, () => {
      write("INSERT OR IGNORE INTO app (member, project) VALUES (?, ?)", member, project);
      write(
        `INSERT INTO app_release (member, project, release, repo, commit_hash, env, secrets, reach, expects, proven, watch_seconds)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[member, project, release, repo, commit, JSON.stringify(env), text(secrets), JSON.stringify(reach)],
        ...[text(expects), text(proven), watchSeconds],
      );
      for (const each of older ? [release] : unfinished) this.fail(member, each, gone);
    });
    return older ? [release] : unfinished;
  }
  /** What its member lets it reach may have changed since it was taken. */
  saveReach(member: string, release: string, reach: readonly string[]): void {
    this.store.write("UPDATE app_release SET reach = ? WHERE member = ? AND release = ?", JSON.stringify(reach), member, release);
  }
  /** The same for all releases of a project, those among them that may be gone back to. */
  saveAppReach(member: string, project: string, reach: readonly string[]): void {
    const sql = "UPDATE app_release SET reach = ?1 WHERE member = ?2 AND project = ?3 AND reach <> ?1";
    this.store.write(sql, JSON.stringify(reach), member, project);
  }
  savePlan(member: string, release: string, plan: ServePlan): void {
    this.store.write("UPDATE app_release SET plan = ? WHERE member = ? AND release = ?", JSON.stringify(plan), member, release);
  }
  noteMigrated(member: string, release: string): void {
    this.store.write("UPDATE app_release SET migrated = 1 WHERE member = ? AND release = ?", member, release);
  }
  /** What it had migrated is gone. */
  forgetMigrated(member: string, release: string): void {
    this.store.write("UPDATE app_release SET migrated = 0 WHERE member = ? AND release = ?", member, release);
  }
  /** It will never serve; its secrets are not kept. One that served or failed before stays as it is. */
  fail(member: string, release: string, why: ReleaseFailure): void {
    const sql = "UPDATE app_release SET failed = ?, env = '{}' WHERE member = ? AND release = ? AND served = 0 AND failed IS NULL";
    this.store.write(sql, JSON.stringify(why), member, release);
  }
  /** One that was given up in the middle of its migration says so. */
  noteCutOff(member: string, release: string, words: string): void {
    const failed = this.release(member, release)?.failed;
    if (!failed || failed.reason.endsWith(words)) return;
    const said = { ...failed, step: "migrate", reason: `${failed.reason} ${words}` } satisfies ReleaseFailure;
    this.store.write("UPDATE app_release SET failed = ? WHERE member = ? AND release = ?", JSON.stringify(said), member, release);
  }
  /** Of releases that are not kept the newest are remembered, without their secrets. */
  prune(rows: readonly ReleaseRow[], kept: ReadonlySet<Id<"rel">>): void {
    const others = rows.filter((row) => !kept.has(row.release));
    for (const { member, release, env } of others)
      if (Object.keys(env).length > 0)
        this.store.write("UPDATE app_release SET env = '{}' WHERE member = ? AND release = ?", member, release);
    for (const { member, release } of others.slice(keptReleases))
      this.store.write("DELETE FROM app_release WHERE member = ? AND release = ?", member, release);
  }

  /**
   * From now on this release serves. `good`: the one before, where it was well. False where it was given up
   * meanwhile.
   */
  switchTo(row: Pick<ReleaseRow, "member" | "project" | "release">, now: number, good?: Id<"rel">): boolean {
    const { member, project, release } = row;
    let switched = false;
    writeTogether(this.store, () => {
      const sql = "UPDATE app_release SET served = 1 WHERE member = ? AND release = ? AND failed IS NULL";
      switched = this.store.write(sql, member, release).changes > 0;
      if (switched)
        this.store.write(
          `UPDATE app SET previous = CASE WHEN current = ?1 THEN previous ELSE current END, current = ?1, switched_at = ?2,
           running = 1, restarts = 0, crashed = NULL, good = coalesce(?3, good) WHERE member = ?4 AND project = ?5`,
          ...[release, now, good ?? null, member, project],
        );
    });
    return switched;
  }
  /** A kept release serves again. What is taken back by the host itself can't be gone back to. */
  switchBack({ member, project }: AppRow, to: Id<"rel">, now: number, taken?: TakenBack): void {
    const sql = `UPDATE app SET current = ?, previous = ${taken ? "NULL" : "current"}, switched_at = ?, running = 1, restarts = 0,
      crashed = NULL, taken_back = coalesce(?, taken_back) WHERE member = ? AND project = ?`;
    this.store.write(sql, to, now, taken ? JSON.stringify(taken) : null, member, project);
  }
  savePower({ member, project }: AppRow, running: boolean): void {
    const sql = "UPDATE app SET running = ?, crashed = CASE WHEN ?1 = 1 THEN NULL ELSE crashed END WHERE member = ? AND project = ?";
    this.store.write(sql, running ? 1 : 0, member, project);
  }
  noteRestart({ member, project }: AppRow): void {
    this.store.write("UPDATE app SET restarts = restarts + 1 WHERE member = ? AND project = ?", member, project);
  }
  /** Where another release serves meanwhile, that one has not. `over`: it keeps more than it may. */
  noteCrashed({ member, project, current }: AppRow, reason: string, over = false): void {
    const sql = "UPDATE app SET crashed = ?, over = ? WHERE member = ? AND project = ? AND current IS ?";
    this.store.write(sql, reason, over ? 1 : 0, member, project, current);
  }
  /** What ran here when the ledger was lost. */
  adopt({ member, project, current, previous, releases }: AdoptedApp, now: number): void {
    const { write } = this.store;
    const sql = "INSERT OR IGNORE INTO app (member, project, current, previous, switched_at) VALUES (?, ?, ?, ?, ?)";
    write(sql, member, project, current, previous, now);
    for (const { release, repo, commit_hash, env, reach, watch_seconds, plan } of releases)
      write(
        `INSERT OR IGNORE INTO app_release (member, project, release, repo, commit_hash, env, reach, watch_seconds, plan, migrated, served)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 1)`,
        ...[member, project, release, repo, commit_hash, JSON.stringify(env), JSON.stringify(reach), watch_seconds, JSON.stringify(plan)],
      );
  }
  /** False where there was none. */
  remove(member: string, project: string): boolean {
    let removed = false;
    writeTogether(this.store, () => {
      this.store.write("DELETE FROM app_release WHERE member = ? AND project = ?", member, project);
      removed = this.store.write("DELETE FROM app WHERE member = ? AND project = ?", member, project).changes > 0;
    });
    return removed;
  }
}

/** An app that is on the machine and not in the ledger, with the releases of it that are kept. */
export type AdoptedApp = Pick<AppRow, "member" | "project" | "current" | "previous"> & { releases: readonly ReadyRelease[] };

/**
 * What a release was made of; undefined until it has been set up. A static site is given no secrets, so it
 * has none that could be older than those that are kept.
 */
export function describeMade({ plan, secrets }: Pick<ReleaseRow, "plan" | "secrets">): ReleaseMade | undefined {
  return plan?.made && { ...plan.made, ...(secrets && plan.start !== undefined ? { secrets } : {}) };
}
/** Where a release is in its life: `starting` until it has served or failed. */
export function isStarting(row: ReleaseRow): boolean {
  return !row.served && !row.failed;
}
/** Releases of an app whose containers and volumes are kept. */
export function keptOf(app: AppRow, releases: readonly ReleaseRow[]): Set<Id<"rel">> {
  const starting = releases.filter(isStarting).map(({ release }) => release);
  return new Set([app.current, app.previous, app.good, app.taken_back?.release ?? null, ...starting].filter((each) => each !== null));
}
/** Those that can be gone back to: the one before, and the newest that was well. */
export function listKeptReleases({ current, previous, good }: AppRow): Id<"rel">[] {
  return [...new Set([previous, good])].filter((each): each is Id<"rel"> => each !== null && each !== current);
}
/**
 * Whether a migration of a newer release has changed the app's data, wholly or in part: nobody changes that
 * back.
 */
export function isPastMigration(release: Id<"rel">, releases: readonly ReleaseRow[]): boolean {
  const newer = releases.filter((row) => row.release > release && row.plan?.migrate !== undefined);
  return newer.some((row) => row.migrated || row.failed?.step === "migrate");
}
