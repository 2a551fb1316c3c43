import { dockerName } from "../../schema/machine/instance.ts";
import { AppError } from "../../schema/wire/error.ts";
import { execInContainer, runInContainer } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";

/** Beside the repositories, in a volume that no agent sees. */
const printsPath = "/var/lib/gitea/secret-prints";
const keepScript = `umask 077; head -c "$2" >"$1.new" && mv "$1.new" "$1"`;
/** By what pushes to the member's projects are looked through, in place of what was known before. */
export async function keepSecretPrints(host: Host, row: LedgerStackRow, text: string): Promise<{ kept: true }> {
  const input = Buffer.from(text);
  const cmd = ["sh", "-c", keepScript, "keep", printsPath, String(input.length)];
  await runInContainer(host.engine, dockerName(host.instance, "gitea", row.member), { cmd, user: "1000:1000", input });
  return { kept: true };
}
/** Names of the secrets whose values stand in what these commits bring; none where no value is known. */
export async function findSecretsInCommits(host: Host, row: LedgerStackRow, repo: string, revisions: readonly string[]): Promise<string[]> {
  const folder = `/var/lib/gitea/repos/${repo.toLowerCase()}.git`;
  const cmd = ["bash", "-c", 'cd "$1" && shift && exec /usr/bin/find-secrets "$@"', "find", folder, ...revisions];
  const settings = { user: "1000:1000", env: ["HOME=/nonexistent", "LC_ALL=C.UTF-8"], ms: 60_000 };
  const { code, out, err } = await execInContainer(host.engine, dockerName(host.instance, "gitea", row.member), { cmd, ...settings });
  if (code !== 0) throw new AppError("upstream", { what: "secrets in commits", code, err: err.slice(-300) });
  return out.split("\n").filter(Boolean);
}
