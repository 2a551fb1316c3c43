import { chmod, lchown, lstat, readdir } from "node:fs/promises";
import path from "node:path";
import { ifAlive } from "./box-process.ts";
import { serverFolder } from "./opencode-config.ts";

/**
 * What an agent's server keeps, on the disk. File tools run in the server's own process: whoever exchanges a
 * folder for a link at the right moment has it write anywhere that its user may. A server has its database
 * and its log open from its start, and opens nothing else but long outputs for writing. So while it runs all
 * the rest belongs to root: what is open stays open, and no path leads into it any more.
 */
type ServedAgent = { containerPid: number; agent: string; uid: number };
const rootUser = 0;
/** Below the server's folder: what it makes while it runs. */
const outputFolder = "data/opencode/tool-output";

/** Each file and folder in it, the folder itself first; no link is followed. */
async function* walkFolder(folder: string, skip?: string): AsyncGenerator<{ at: string; isFolder: boolean }> {
  const found = await ifAlive(lstat(folder));
  if (!found || folder === skip) return;
  const isFolder = found.isDirectory();
  yield { at: folder, isFolder };
  if (isFolder) for (const name of await readdir(folder)) yield* walkFolder(path.join(folder, name), skip);
}
const stateFolder = ({ containerPid, agent }: ServedAgent) => path.join(`/proc/${containerPid}/root`, serverFolder(agent));

/**
 * Call when the server has begun and nothing of its agent runs yet. Its user still passes through the
 * folders, and reads the log.
 */
export async function lockServerState(server: ServedAgent): Promise<void> {
  const folder = stateFolder(server);
  for await (const { at, isFolder } of walkFolder(folder, path.join(folder, outputFolder))) {
    await lchown(at, rootUser, server.uid);
    if (isFolder) await chmod(at, 0o710);
  }
  await chmod(path.join(folder, "log"), 0o640);
}
/** Call before a server begins and before its state is removed, when nothing runs under its uid. */
export async function unlockServerState(server: ServedAgent): Promise<void> {
  for await (const { at, isFolder } of walkFolder(stateFolder(server))) {
    await lchown(at, server.uid, server.uid);
    if (isFolder) await chmod(at, 0o700);
  }
}
