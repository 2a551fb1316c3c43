import { and, eq, gt, isNull, sql } from "drizzle-orm";
import { base64url } from "jose";
import { z } from "zod";
import { type JoinIn, type JoinOut, type MachineRole, machineRole } from "../../schema/machine/host.ts";
import { joinTokenTable, type MachineRow, machineEventTable, machineTable } from "../../schema/machine/machine.table.ts";
import { fingerprint } from "../../schema/machine/machine.ts";
import type { joinTokenIn, joinTokenMade } from "../../schema/machine/machine-view.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, id, newId } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import type { EdgeConfig } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { drawSecretText } from "../kernel/secret-text.ts";
import { authority, certify, readCsr } from "./certificate-authority.ts";

/**
 * What a join token says: who may join is in the database; the
 * joiner learns where the edge is and which CA it must answer with.
 */
const tokenBody = z.strictObject({
  id: id("jtk"),
  secret: z.string().min(20),
  edge: z.string(),
  ca: z.string(),
  /** For the joiner, who is told early which program it is for. */
  role: machineRole.optional(),
});

async function hashOf(secret: string): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret))));
}

/** A token that lets one machine in within a quarter of an hour; only the hash of its secret is kept. */
export async function newJoinToken(
  config: EdgeConfig,
  db: Database,
  { role, cell }: z.infer<typeof joinTokenIn>,
  createdBy: Id<"mem">,
): Promise<z.infer<typeof joinTokenMade>> {
  const ca = await authority(config, db);
  const secret = drawSecretText();
  const createdAt = Date.now();
  const expiresAt = createdAt + limits.joinToken * 1000;
  const token = newId("jtk");
  await db.insert(joinTokenTable).values({ id: token, hash: await hashOf(secret), role, cell, createdBy, createdAt, expiresAt });
  const said = { id: token, secret, edge: config.PUBLIC_URL, ca: await fingerprint(ca.certificate), role };
  return { id: token, token: `gqj_${base64url.encode(JSON.stringify(said))}`, expiresAt };
}

async function readToken(db: Database, token: string) {
  const parsed = (() => {
    try {
      return tokenBody.safeParse(JSON.parse(new TextDecoder().decode(base64url.decode(token.replace(/^gqj_/, "")))));
    } catch {
      return undefined; // not even JSON: forged
    }
  })();
  if (!token.startsWith("gqj_") || !parsed?.success) throw new AppError("unauthenticated", { what: "join token" });
  const row = await db.select().from(joinTokenTable).where(eq(joinTokenTable.id, parsed.data.id)).get();
  // both sides are hashes: how long the comparison takes says nothing of the secret
  if (!row || row.hash !== (await hashOf(parsed.data.secret))) throw new AppError("unauthenticated", { what: "join token" });
  if (parsed.data.role !== undefined && parsed.data.role !== row.role) throw new AppError("unauthenticated", { what: "join token" });
  return row;
}

/** Binds the token to this key, once; the same key may come again, after a lost answer. */
async function use(db: Database, row: { id: Id<"jtk">; role: MachineRole }, publicKey: string) {
  const now = Date.now();
  const machine = row.role === "host" ? newId("hst", now) : newId("rnr", now);
  await db
    .update(joinTokenTable)
    .set({ publicKey, machine })
    .where(
      and(
        eq(joinTokenTable.id, row.id),
        isNull(joinTokenTable.publicKey),
        isNull(joinTokenTable.withdrawnAt),
        gt(joinTokenTable.expiresAt, now),
      ),
    );
  const used = await db.select().from(joinTokenTable).where(eq(joinTokenTable.id, row.id)).get();
  if (!used?.machine) throw new AppError("join_token_expired");
  if (used.publicKey !== publicKey) throw new AppError("join_token_used");
  return { machine: used.machine, certificate: used.certificate };
}

const hostWords = z.object({ address: z.string(), port: z.number(), capacity: z.looseObject({}) });
/** A host must say where it is and what it can take. */
function requireHostWords(input: JoinIn): void {
  const said = hostWords.safeParse(input);
  if (said.success) return;
  const issues = said.error.issues.map((issue) => ({ path: issue.path.join("."), message: "a host must say this" }));
  throw new AppError("invalid", { issues });
}

function newMachine(input: JoinIn, role: MachineRole, cell: string): Omit<MachineRow, "id" | "publicKey" | "certificateEnds"> {
  const { cpus = 0, memoryMb = 0, stacks = 0 } = input.capacity ?? {};
  return {
    role,
    name: input.name,
    state: role === "host" ? "joining" : "ready",
    address: input.address ?? null,
    port: input.port ?? null,
    zone: input.zone,
    cell,
    owner: null,
    cpus,
    memoryMb,
    stacks,
    nextPublicKey: null,
    heartbeatSequence: -1,
    lastHeartbeat: null,
    full: false,
    closed: false,
    lastProbe: null,
    versions: null,
    image: null,
    load: null,
    createdAt: Date.now(),
  };
}

/**
 * Lets a machine in: its key certified, its row made. Repeating it with the same key gives the same answer.
 */
export async function joinMachine(config: EdgeConfig, db: Database, input: JoinIn): Promise<JoinOut> {
  const token = await readToken(db, input.token);
  const { role } = token;
  if (role === "host") requireHostWords(input);
  const { csr, publicKey } = await readCsr(input.csr);
  const ca = await authority(config, db);
  const { machine: id, certificate: before } = await use(db, token, publicKey);
  const known = await db.select().from(machineTable).where(eq(machineTable.id, id)).get();
  if (known?.state === "revoked")
    throw new AppError("forbidden", { machine: id }, { message: "This machine was revoked. Join with a new key." });
  if (before && known) return { id, role, certificate: before, ca: ca.certificate, expiresAt: known.certificateEnds };
  const { certificate, expiresAt, serial } = await certify(config, ca, csr, id, input.address);
  const row = { ...newMachine(input, role, token.cell), id, publicKey, certificateEnds: expiresAt };
  await db.batch([
    // A join that runs twice tells itself once.
    db.run(
      sql`insert into ${machineEventTable} (machine, kind, at, by, serial, certificate_ends) select ${id}, 'joined', ${row.createdAt}, ${token.createdBy}, ${serial}, ${expiresAt} where not exists (select 1 from ${machineTable} where ${machineTable.id} = ${id})`,
    ),
    db.insert(machineTable).values(row).onConflictDoNothing(),
    db.update(joinTokenTable).set({ certificate }).where(eq(joinTokenTable.id, token.id)),
  ]);
  return { id, role, certificate, ca: ca.certificate, expiresAt };
}
