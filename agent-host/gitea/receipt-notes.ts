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

const noCommit = 44;
/**
 * $1 the commit, $2 the ref of the notes, then git. Prints where the ref stands, or an empty line, and the
 * commit's note. Fails where git can't say whether there is one.
 */
const lookScript = `commit=$1 ref=$2; shift 2; "$@" cat-file -e "$commit^{commit}" || exit ${noCommit}
"$@" rev-parse -q --verify "$ref" || echo
"$@" notes --ref="$ref" show "$commit" || [ $? = 1 ]`;
/**
 * The same, with the bytes of the note as $3: it comes on the standard input, as one argument takes no more
 * than 128 kB. Prints where the ref stands then.
 */
const addScript = `commit=$1 ref=$2 bytes=$3; shift 3
head -c "$bytes" | "$@" notes --ref="$ref" add -f -F - "$commit" && "$@" rev-parse "$ref"`;

/**
 * Git notes of receipts, written by the platform in the bare repository. Each repository takes one at a
 * time.
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
  const settings = { env: noteEnvironment, user: "1000:1000" };
  const git = ["git", `--git-dir=/var/lib/gitea/repos/${repo.toLowerCase()}.git`];
  const looked = await execInContainer(host.engine, container, {
    ...settings,
    cmd: ["sh", "-c", lookScript, "look", commit, notesRef, ...git],
  });
  if (looked.code === noCommit) throw new AppError("not_found", { what: "commit", repo });
  if (looked.code !== 0) throw new AppError("upstream", { what: "notes", code: looked.code, err: looked.err.slice(-300) });
  const end = looked.out.indexOf("\n");
  const [hash, before] = [looked.out.slice(0, end), looked.out.slice(end + 1)];
  if (readReceiptNote(before).includes(receipt)) return { commit, ref: notesRef, hash, added: false };
  const input = Buffer.from(addReceiptToNote(before, receipt));
  const cmd = ["sh", "-c", addScript, "note", commit, notesRef, String(input.length), ...git];
  const out = await runInContainer(host.engine, container, { ...settings, cmd, input });
  return { commit, ref: notesRef, hash: out.trim(), added: true };
}
