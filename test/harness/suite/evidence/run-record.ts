import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "../../../local/process.ts";

/** What a whole run came to, for whoever asks later which commit was tested. */
export type RunRecord = {
  tests: "all" | "default";
  passed: number;
  failed: number;
  /** Files that failed at first and passed alone. */
  flaky: number;
  seconds: number;
  /** How slow the machine was beside the reference. */
  calibration: number;
};

const git = (...args: string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
/** The commit that is checked out, and whether the work tree differs; nothing where there is no Git. */
function readCommit(): { commit?: string; dirty?: boolean } {
  try {
    return { commit: git("rev-parse", "HEAD"), dirty: git("status", "--porcelain") !== "" };
  } catch {
    return {}; // the sources came without their history
  }
}

/** Reads the commit when the run begins, and answers what writes `.growqr/results/run.json` when it ends. */
export function beginRecord(): (record: RunRecord) => void {
  const began = readCommit();
  return (record) => {
    const ended = readCommit();
    const dirty = began.dirty || ended.dirty || began.commit !== ended.commit;
    const folder = path.join(root, ".growqr/results");
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "run.json"), `${JSON.stringify({ commit: began.commit, dirty, ...record }, null, 1)}\n`);
  };
}
