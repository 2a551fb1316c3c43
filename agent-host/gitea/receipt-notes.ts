import type { z } from "zod";
import { dockerName } from "../../schema/machine/instance.ts";
import { addReceiptToNote, notesRef, readReceiptNote } from "../../schema/receipt/receipt.ts";
import type { noteIn, noteOut } from "../../schema/receipt/receipt-api.ts";
import { AppError } from "../../schema/wire/error.ts";
import { openLanes } from "../deadline.ts";
import { execInContainer, runInContainer } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";

const authors = ["AUTHOR", "COMMITTER"].flatMap((side) => [`GIT_${side}_NAME=GrowQR`, `GIT_${side}_EMAIL=growqr@agents.growqr.invalid`]);
const noteEnvironment = [...authors, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "HOME=/nonexistent", "LC_ALL=C.UTF-8"];

// The note comes on the standard input: one argument takes no more than 128 kB.
const pipeScript = 'bytes=$1; shift; head -c "$bytes" | "$@"';

/**
 * Git notes of receipts, written by the platform in the bare repository. Each repository takes one at a time.
 */
export class ReceiptNotes {
  private readonly lanes = openLanes();
  private readonly host: Host;

  constructor(host: Host) {
    this.host = host;
  }
  add(row: LedgerStackRow, input: z.infer<typeof noteIn>): Promise<z.infer<typeof noteOut>> {
    return this.lanes(`${row.member} ${input.repo}`, () => writeNote(this.host, row, input));
  }
}

async function writeNote(
  host: Host,
  row: LedgerStackRow,
  { repo, commit, receipt }: z.infer<typeof noteIn>,
): Promise<z.infer<typeof noteOut>> {
  const container = dockerName(host.instance, "gitea", row.member);
  const command = { env: noteEnvironment, user: "1000:1000" };
  const git = (...args: string[]) => ["git", `--git-dir=/var/lib/gitea/repos/${repo.toLowerCase()}.git`, ...args];
  const ask = (...args: string[]) => execInContainer(host.engine, container, { ...command, cmd: git(...args) });
  if ((await ask("cat-file", "-e", `${commit}^{commit}`)).code !== 0) throw new AppError("not_found", { what: "commit", repo });
  const ref = `--ref=${notesRef}`;
  const before = (await ask("notes", ref, "show", commit)).out;
  const added = !readReceiptNote(before).includes(receipt);
  if (added) {
    const input = Buffer.from(addReceiptToNote(before, receipt));
    const cmd = ["sh", "-c", pipeScript, "note", String(input.length), ...git("notes", ref, "add", "-f", "-F", "-", commit)];
    await runInContainer(host.engine, container, { ...command, cmd, input });
  }
  const hash = (await runInContainer(host.engine, container, { ...command, cmd: git("rev-parse", notesRef) })).trim();
  return { commit, ref: notesRef, hash, added };
}
