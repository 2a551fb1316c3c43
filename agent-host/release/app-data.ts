import { z } from "zod";
import type { Host } from "../host.ts";
import { runProgram } from "../program.ts";
import { type AppName, findDataFolder } from "./app-container.ts";

/** So many files and folders an app may keep in its `/data`. How many megabytes, its member's plan says. */
export const mostDataFiles = 200_000;
/** Of these shares its log tells. */
const largeShare = 0.8;
/** How long a look at it may take. */
const measureMs = 20_000;

/** `late`: it could not be told in time. */
export type DataUse = { mb: number; files: number } | "late";
const duFailure = z.object({ stdout: z.string().catch(""), killed: z.boolean().catch(false) });
/** What `du` adds up; undefined where it can't say it at all. Files that go away meanwhile are no failure. */
async function addUp(folder: string, option: string): Promise<number | "late" | undefined> {
  const ended = await runProgram("du", [option, "-sx", folder], { timeout: measureMs }).then(
    ({ stdout }) => ({ stdout, killed: false }),
    (error: unknown) => duFailure.parse(error),
  );
  if (ended.killed) return "late";
  const sum = Number.parseInt(ended.stdout, 10);
  return Number.isNaN(sum) ? undefined : sum;
}
/** What an app keeps; undefined where this machine can't say it. */
export async function readDataUse(host: Host, app: AppName): Promise<DataUse | undefined> {
  const folder = await findDataFolder(host, app);
  if (folder === undefined) return { mb: 0, files: 0 };
  const [mb, files] = await Promise.all([addUp(folder, "-m"), addUp(folder, "--inodes")]);
  if (mb === "late" || files === "late") return "late";
  return mb === undefined || files === undefined ? undefined : { mb, files };
}

/** What was found of an app's data the last time. */
export type DataFinding = "fine" | "large" | "late";
/** `words`: what is said of it, where something is. `isOver`: the app is stopped. */
export type DataVerdict = { finding: DataFinding; words?: string; isOver: boolean };
/** What follows from a look at an app's data. What can't be measured twice in a row is too much. Pure. */
export function judgeData(use: DataUse, before: DataFinding, mostMb: number): DataVerdict {
  if (use === "late") {
    const words = `Its /data could not be measured within ${measureMs / 1_000} s: it holds too many files.`;
    return { finding: "late", words, isOver: before === "late" };
  }
  const { mb, files } = use;
  const tooMany = files / mostDataFiles > mb / mostMb;
  const share = tooMany ? files / mostDataFiles : mb / mostMb;
  if (share <= largeShare) return { finding: "fine", isOver: false };
  const words = tooMany
    ? `Its /data holds ${files} files and folders; an app may keep ${mostDataFiles}.`
    : `Its /data holds ${mb} MB; an app may keep ${mostMb} MB.`;
  return { finding: "large", words, isOver: share > 1 };
}
