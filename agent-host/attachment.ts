import { attachmentFolder, attachmentLimits } from "../schema/conversation/attachment.ts";
import { dockerName } from "../schema/machine/instance.ts";
import { box } from "../schema/stack/stack.ts";
import { AppError } from "../schema/wire/error.ts";
import { execInContainer, ifFound } from "./docker.ts";
import type { Host } from "./host.ts";
import type { LedgerAgentRow, LedgerStackRow } from "./ledger.ts";

// Both scripts run as the agent's own user: a link that the agent puts there leads nowhere that the agent
// could not go.
const writeScript = `set -e; umask 077; cd "$1" || exit 5; mkdir -p "$2"; cd "$2"
used=$(du -sb . | cut -f1); [ $((used + $4)) -le "$5" ] || exit 9
part=".$3.$$"; trap 'rm -f -- "$part"' EXIT
head -c "$4" >"$part"; [ "$(stat -c %s -- "$part")" = "$4" ]; mv -f -- "$part" "$3"`;
const readScript = `cd "$1/$2" 2>/dev/null && [ -f "$3" ] || exit 4
[ "$(stat -L -c %s -- "$3")" -le "$4" ] || exit 9
base64 -w0 -- "$3"`;

async function runAsAgent(host: Host, row: LedgerAgentRow, script: string, args: string[], input?: Buffer) {
  const user = `${box.uid(row.seat)}:${box.uid(row.seat)}`;
  const cmd = ["bash", "-c", script, "attachment", box.agentDirectory(row.agent), attachmentFolder, ...args];
  const name = dockerName(host.instance, "opencode", row.member);
  const isUp = async () =>
    (await host.engine.call("inspect", ifFound(host.engine.docker.getContainer(name).inspect())))?.State.Running === true;
  const result = await execInContainer(host.engine, name, { cmd, user, ms: 30_000, ...(input ? { input } : {}) }).catch(
    async (error: unknown) => {
      throw (await isUp()) ? error : notRunning(error);
    },
  );
  // A signal, or an error that Docker gives for a container that is ending: the stack was stopped meanwhile.
  if (result.code >= 128 || (![0, 4, 5, 9].includes(result.code) && !(await isUp()))) throw notRunning();
  return result;
}
const notRunning = (cause?: unknown) => new AppError("unavailable", { what: "stack is not running" }, { cause });
function requireAgentRow(host: Host, stack: LedgerStackRow, agent: string): LedgerAgentRow {
  const row = host.ledger.agent(stack.member, agent);
  if (!row) throw new AppError("not_found", { what: "agent" });
  return row;
}

/** Puts a member's file into an agent's directory, whole or not at all. */
export async function putAttachment(
  host: Host,
  stack: LedgerStackRow,
  file: { agent: string; name: string; bytes: Buffer },
): Promise<void> {
  const args = [file.name, String(file.bytes.length), String(attachmentLimits.allBytes)];
  const { code, err } = await runAsAgent(host, requireAgentRow(host, stack, file.agent), writeScript, args, file.bytes);
  if (code === 5) throw new AppError("not_found", { what: "agent" }); // its directory is not made yet
  if (code === 9) throw new AppError("too_large", { what: "attachments", agent: file.agent });
  if (code !== 0) throw new AppError("upstream", { what: "attachment", code, err: err.slice(-300) });
}

/** What the file holds now; the agent may have changed it. */
export async function readAttachment(host: Host, stack: LedgerStackRow, file: { agent: string; name: string }): Promise<Buffer> {
  const { code, out, err } = await runAsAgent(host, requireAgentRow(host, stack, file.agent), readScript, [
    file.name,
    String(attachmentLimits.bytes),
  ]);
  if (code === 4) throw new AppError("not_found", { what: "attachment" });
  if (code === 9) throw new AppError("too_large", { what: "attachment" });
  if (code !== 0) throw new AppError("upstream", { what: "attachment", code, err: err.slice(-300) });
  return Buffer.from(out, "base64");
}
