import { eq, getTableName, sql } from "drizzle-orm";
import { accessTokenTable } from "../../schema/account/access-token.table.ts";
import { type ExportPart, type StackExport, stackExport } from "../../schema/account/export.ts";
import type { MemberRow } from "../../schema/account/member.table.ts";
import { subscriptionTable } from "../../schema/billing/subscription.table.ts";
import { usageTable } from "../../schema/billing/usage.table.ts";
import { domainTable } from "../../schema/domain/domain.table.ts";
import { gitTokenTable } from "../../schema/git/git-token.table.ts";
import { projectSecretTable } from "../../schema/project/project-secret.table.ts";
import { registryProjectTable } from "../../schema/project/registry-project.table.ts";
import { modelChoiceTable } from "../../schema/provider/provider.table.ts";
import { receiptTable } from "../../schema/receipt/receipt.table.ts";
import { appAddressTable } from "../../schema/release/app-address.table.ts";
import { secretTable } from "../../schema/secret.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { findActor } from "../actor/actor-registry.ts";
import { askActor } from "../actor/rivet.ts";
import { exportAudit } from "../audit.ts";
import type { EdgeApp } from "../http.ts";
import { relayToHost } from "../stack/relay-client.ts";
import { type ZipEntry, zipEntries } from "./zip-stream.ts";

/** How far an export is. `files` is null until it is known how many there are. */
export type ExportProgress = { part: ExportPart; filesDone: number; files: number | null; bytes: number; missing: string[] };
/**
 * A member's own data as one archive that streams: nothing of it is kept, so it can be asked for again.
 */
export type Exporting = { vars: EdgeApp["Variables"]; member: MemberRow; signal: AbortSignal; progress: ExportProgress };

const exportEncoder = new TextEncoder();
async function* oneText(text: string): AsyncGenerator<Uint8Array> {
  yield exportEncoder.encode(text);
}
const jsonLine = (row: unknown) => exportEncoder.encode(`${JSON.stringify(row)}\n`);

const exportedTables = [
  ...[
    subscriptionTable,
    usageTable,
    modelChoiceTable,
    receiptTable,
    domainTable,
    appAddressTable,
    accessTokenTable,
    gitTokenTable,
    secretTable,
    projectSecretTable,
    registryProjectTable,
  ],
];
/** Values of secrets, and what tokens are known by: they leave for no archive. */
const withheld: ReadonlySet<string> = new Set(["sealed", "hash", "token"]);
const rowsAtOnce = 500;
async function* listRows({ vars, member }: Exporting, table: (typeof exportedTables)[number]): AsyncGenerator<Uint8Array> {
  for (let offset = 0; ; offset += rowsAtOnce) {
    const rows = await vars.db.select().from(table).where(eq(table.member, member.id)).orderBy(sql`rowid`).limit(rowsAtOnce).offset(offset);
    for (const row of rows) yield jsonLine(Object.fromEntries(Object.entries(row).filter(([name]) => !withheld.has(name))));
    if (rows.length < rowsAtOnce) return;
  }
}
const callerOf = ({ vars, member }: Exporting) => ({ config: vars.config, member: member.id, requestId: vars.requestId });
/**
 * The log of the agents: messages, answers, tasks, approvals, plans and proofs, in the order they came.
 */
async function* listLog(on: Exporting): AsyncGenerator<Uint8Array> {
  for (let seq = 0; ; ) {
    const page = await askActor(callerOf(on), "since", { seq });
    for (const event of page.events) yield jsonLine(event);
    const next = page.events.at(-1)?.seq;
    if (next === undefined || next >= page.last) return;
    seq = next;
  }
}
async function* listChunks(stream: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream ?? []) yield chunk;
}
const isAway = (error: unknown): error is AppError => error instanceof AppError && error.code !== "internal";

/** What only a member with an agent has. What could not be brought is noted in words. */
async function* listWork(on: Exporting): AsyncGenerator<ZipEntry> {
  const { progress } = on;
  const stack = await listStack(on);
  progress.files = fixedFiles + stack.repositories.length + stack.folders.length + 1;
  progress.part = "log";
  yield { name: "log.jsonl", bytes: untilBroken(on, listLog(on), "what was said and done") };
  progress.part = "repositories";
  for (const repository of stack.repositories) {
    const bytes = await openStackFile(on, `repositories/${repository}`, `the repository ${repository}: it could not be read`);
    if (bytes) yield { name: `repositories/${repository}.bundle`, bytes: untilBroken(on, bytes, `the repository ${repository}`) };
    else progress.filesDone++;
  }
  progress.part = "files";
  for (const folder of stack.folders) {
    const bytes = await openStackFile(on, `folders/${folder}`, `files of ${folder} that are in no repository: they could not be read`);
    if (bytes) yield { name: `files/${folder}.tar`, bytes: untilBroken(on, bytes, `files of ${folder} that are in no repository`) };
    else progress.filesDone++;
  }
}
/**
 * One part that breaks off ends there, which is noted, and the archive goes on: a part is an agent's
 * own doing.
 */
async function* untilBroken(on: Exporting, bytes: AsyncIterable<Uint8Array>, part: string): AsyncGenerator<Uint8Array> {
  const { vars, member, signal, progress } = on;
  try {
    yield* bytes;
  } catch (error) {
    if (signal.aborted) throw error; // nobody reads on
    vars.log("warn", "a part of an export broke off", { member: member.id, packing: progress.part, error });
    progress.missing.push(`${part}: it broke off, and its file here is not complete`);
  }
}
type Missing = string | ((error: AppError) => string);
/**
 * Asks the stack's host, which answers of one that runs only; undefined, and noted, where it does not.
 */
async function askStack({ vars, member, signal, progress }: Exporting, path: string, missing: Missing): Promise<Response | undefined> {
  const call = { member: member.id, path: `/exports${path}`, signal, requestId: vars.requestId };
  return relayToHost(vars.config, vars.db, call).catch((error: unknown) => {
    if (!isAway(error)) throw error;
    vars.log("warn", "a part of an export is missing", { member: member.id, packing: progress.part, error });
    progress.missing.push(typeof missing === "string" ? missing : missing(error));
    return undefined;
  });
}
async function listStack(on: Exporting): Promise<StackExport> {
  const answer = await askStack(on, "", stackAway);
  return answer ? stackExport.parse(await answer.json()) : { repositories: [], folders: [] };
}
const stackAway = ({ code }: AppError): string =>
  code === "unavailable"
    ? "the repositories and files: the stack does not run. Start it, and export again"
    : "the repositories and files: the stack's machine did not give them. Export again later";
/** Nothing, too, for a folder that has no such files. */
async function openStackFile(on: Exporting, path: string, missing: string): Promise<AsyncIterable<Uint8Array> | undefined> {
  const answer = await askStack(on, `/${path}`, missing);
  return answer?.status === 200 ? listChunks(answer.body) : undefined;
}

/** As many files has an archive of a member without a stack. */
const fixedFiles = exportedTables.length + 3;

/** What it could not bring is said in the archive itself. */
async function* listEntries(on: Exporting): AsyncGenerator<ZipEntry> {
  const { vars, member, progress } = on;
  const { id, name, email, createdAt } = member;
  yield { name: "account.json", bytes: oneText(`${JSON.stringify({ id, name, email, createdAt }, null, 2)}\n`) };
  for (const table of exportedTables) yield { name: `rows/${getTableName(table)}.jsonl`, bytes: listRows(on, table) };
  yield { name: "audit.ndjson", bytes: listChunks(exportAudit(vars.db, member.id)) };
  if (await findActor(vars.db, id)) yield* listWork(on);
  else progress.files = fixedFiles;
  yield { name: "README.md", bytes: oneText(describeArchive(progress.missing, Date.now())) };
}
/** Counts the files of the archive that are whole. */
async function* countFiles(entries: AsyncIterable<ZipEntry>, progress: ExportProgress): AsyncGenerator<ZipEntry> {
  async function* whole({ bytes }: ZipEntry): AsyncGenerator<Uint8Array> {
    yield* bytes;
    progress.filesDone++;
  }
  for await (const entry of entries) yield { name: entry.name, bytes: whole(entry) };
}

/** All of one member's, as a zip that streams. `progress` says at each moment how far it is. */
export const packExport = (on: Exporting): AsyncGenerator<Uint8Array> => zipEntries(countFiles(listEntries(on), on.progress));

const describeArchive = (missing: readonly string[], now: number) => `# Your data in GrowQR

Exported ${new Date(now).toISOString()}. All times in the files are milliseconds since 1970.

- account.json: your name and address
- log.jsonl: what you and your agents said and did, one event a line: messages, tasks, plans, approvals, proofs
- repositories/: each Git repository with all branches, tags and notes, as a bundle that Git opens:
  \`git clone repositories/growqr/memory.bundle memory\`. growqr/memory is what your agents remember
- files/: what your agents' folders, and that of your terminal (member.tar), hold and no repository does: files you
  attached, and work that was not pushed. A .tar file opens with \`tar -xf\`. What a command makes again, as
  node_modules, and folders that a repository ignores as a whole are left out
- audit.ndjson: every change that was made; verify-audit.mjs checks it
- rows/*.jsonl: plan, model use, receipts, domains, addresses, and the names of your secrets and tokens. Values of
  secrets are not here: nobody reads them back

Not here: what apps that are online keep in their databases and folders, and copies that others have.

${missing.length === 0 ? "Nothing is missing." : `Missing:\n${missing.map((each) => `- ${each}`).join("\n")}`}
`;
