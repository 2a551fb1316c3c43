import { createRoute } from "@hono/zod-openapi";
import { eq, getTableName, sql } from "drizzle-orm";
import { z } from "zod";
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
import { type EdgeApp, middlewares, newApp, refusalAnswers } from "../http.ts";
import { requireSession } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";
import { seeSignIn } from "../kernel/sign-in.ts";
import { relayToHost } from "../stack/relay-client.ts";
import { type ZipEntry, zipEntries } from "./zip-stream.ts";

/** A member's own data as one archive that streams: nothing of it is kept, so it can be asked for again. */
type Exporting = { vars: EdgeApp["Variables"]; member: MemberRow; signal: AbortSignal };

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
/** The log of the agents: messages, answers, tasks, approvals, plans and proofs, in the order they came. */
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
const isAway = (error: unknown): boolean => error instanceof AppError && error.code !== "internal";

/** What only a member with an agent has. `missing`: what could not be brought, in words. */
async function* listWork(on: Exporting, missing: string[]): AsyncGenerator<ZipEntry> {
  const { vars, member } = on;
  yield { name: "log.jsonl", bytes: listLog(on) };
  const known = await askActor(callerOf(on), "repos", {}).catch((error: unknown) => {
    if (!isAway(error)) throw error;
    missing.push("the repositories: the stack does not run. Start it, and export again");
    return { repos: [] };
  });
  const branches = known.repos.flatMap(({ repo, branches }) => branches.map(({ name }) => ({ repo, name })));
  for (const { repo, name } of branches) {
    const path = `/git/api/v1/repos/${repo}/archive/${name.split("/").map(encodeURIComponent).join("/")}.bundle`;
    const call = { member: member.id, path, signal: on.signal, requestId: vars.requestId };
    const answer = await relayToHost(vars.config, vars.db, call).catch((error: unknown) => {
      if (!isAway(error)) throw error;
      missing.push(`the branch ${name} of the repository ${repo}: it could not be read`);
      return undefined;
    });
    if (answer) yield { name: `repositories/${repo}/${name}.bundle`, bytes: listChunks(answer.body) };
  }
}

/** The bytes, as long as the sign-in lasts by which they are asked for; then it breaks off. */
async function* whileSignedIn(bytes: AsyncGenerator<Uint8Array>, db: Database, signIn: string): AsyncGenerator<Uint8Array> {
  let lookedAt = Date.now();
  for await (const chunk of bytes) {
    const now = Date.now();
    if (now - lookedAt >= 1_000) {
      await seeSignIn(db, signIn);
      lookedAt = now;
    }
    yield chunk;
  }
}

/** What it could not bring is said in the archive itself. */
async function* listEntries(on: Exporting): AsyncGenerator<ZipEntry> {
  const { vars, member } = on;
  const missing: string[] = [];
  const { id, name, email, createdAt } = member;
  yield { name: "account.json", bytes: oneText(`${JSON.stringify({ id, name, email, createdAt }, null, 2)}\n`) };
  for (const table of exportedTables) yield { name: `rows/${getTableName(table)}.jsonl`, bytes: listRows(on, table) };
  yield { name: "audit.ndjson", bytes: listChunks(exportAudit(vars.db, member.id)) };
  if (await findActor(vars.db, id)) yield* listWork(on, missing);
  yield { name: "README.md", bytes: oneText(describeExport(missing, Date.now())) };
}

const describeExport = (missing: readonly string[], now: number) => `# Your data in GrowQR

Exported ${new Date(now).toISOString()}. All times in the files are milliseconds since 1970.

- account.json: your name and address
- log.jsonl: what you and your agents said and did, one event a line: messages, tasks, plans, approvals, proofs
- repositories/: each branch of each Git repository, with its history, as a bundle that Git opens:
  \`git clone repositories/growqr/memory/main.bundle memory\` (it names the branch "bundle").
  growqr/memory is what your agents remember
- audit.ndjson: every change that was made; verify-audit.mjs checks it
- rows/*.jsonl: plan, model use, receipts, domains, addresses, and the names of your secrets and tokens. Values of
  secrets are not here: nobody reads them back

${missing.length === 0 ? "Nothing is missing." : `Missing:\n${missing.map((each) => `- ${each}`).join("\n")}`}
`;

/** A stream of what a generator gives; when its reader goes, so does the generator. */
function streamOf(bytes: AsyncGenerator<Uint8Array>, fail: (error: unknown) => void): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await bytes.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        fail(error);
        controller.error(error); // the download breaks off, and is no whole archive
      }
    },
    cancel: async () => void (await bytes.return(undefined)),
  });
}

export const exportRoutes = newApp().openapi(
  createRoute({
    method: "get",
    path: "/account/export",
    tags: ["Account"],
    summary: "All your data as one zip: repositories, what was said and done, audit, use; names of secrets, never their values",
    security: [{ session: [] }],
    middleware: middlewares(requireSession),
    responses: {
      200: { description: "The archive", content: { "application/octet-stream": { schema: z.string() } } },
      ...refusalAnswers,
    },
  }),
  async (c) => {
    const { db, member, signIn, log, requestId } = c.var;
    const entries = listEntries({ vars: c.var, member, signal: c.req.raw.signal });
    const body = streamOf(whileSignedIn(zipEntries(entries), db, signIn), (error) =>
      log("warn", "an export broke off", { member: member.id, requestId, error }),
    );
    const headers = { "content-type": "application/octet-stream", "content-disposition": 'attachment; filename="growqr-export.zip"' };
    return new Response(body, { headers }) as never; // bytes as they come; Hono's type knows JSON and text
  },
);
