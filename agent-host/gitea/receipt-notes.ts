import type { z } from "zod";
import { dockerName } from "../../schema/machine/instance.ts";
import type { noteIn, noteOut } from "../../schema/proof/proof.ts";
import { addReceiptToNote, notesRef, readReceiptNote } from "../../schema/receipt/receipt.ts";
import { AppError } from "../../schema/wire/error.ts";
import { openLanes } from "../deadline.ts";
import { exec, run } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";

const who = ["AUTHOR", "COMMITTER"].flatMap((side) => [`GIT_${side}_NAME=GrowQR`, `GIT_${side}_EMAIL=growqr@agents.growqr.invalid`]);
const env = [...who, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "HOME=/nonexistent", "LC_ALL=C.UTF-8"];

// By the standard input: one argument takes no more than 128 kB.
const given = 'bytes=$1; shift; head -c "$bytes" | "$@"';

/** Git notes of receipts, written by the platform in the bare repository itself; one repository's follow one another. */
export function openNotes(host: Host) {
  const serial = openLanes();

  const write = async (row: LedgerStackRow, of: z.infer<typeof noteIn>): Promise<z.infer<typeof noteOut>> => {
    const container = dockerName(host.instance, "gitea", row.member);
    const git = (...args: string[]) => ["git", `--git-dir=/var/lib/gitea/repos/${of.repo.toLowerCase()}.git`, ...args];
    const ask = (...args: string[]) => exec(host.engine, container, { cmd: git(...args), env, user: "1000:1000" });
    if ((await ask("cat-file", "-e", `${of.commit}^{commit}`)).code !== 0)
      throw new AppError("not_found", { what: "commit", repo: of.repo });
    const ref = `--ref=${notesRef}`;
    const before = (await ask("notes", ref, "show", of.commit)).out;
    const added = !readReceiptNote(before).includes(of.receipt);
    const input = Buffer.from(addReceiptToNote(before, of.receipt));
    if (added) {
      const cmd = ["sh", "-c", given, "note", String(input.length), ...git("notes", ref, "add", "-f", "-F", "-", of.commit)];
      await run(host.engine, container, { cmd, env, user: "1000:1000", input });
    }
    const hash = (await run(host.engine, container, { cmd: git("rev-parse", notesRef), env, user: "1000:1000" })).trim();
    return { commit: of.commit, ref: notesRef, hash, added };
  };
  const add = (row: LedgerStackRow, of: z.infer<typeof noteIn>): Promise<z.infer<typeof noteOut>> =>
    serial(`${row.member} ${of.repo}`, () => write(row, of));
  return { add };
}
export type Notes = ReturnType<typeof openNotes>;
