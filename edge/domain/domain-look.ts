import type { DomainRow } from "../../schema/domain/domain.table.ts";
import { type DomainSeen, isDomainMove, judgeDomain, proofName, proofValue, waitForNextLook } from "../../schema/domain/domain.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { appHost } from "../preview/preview-address.ts";
import { findAppAddress } from "../project/app-address.ts";
import { ensureCertificate, removeCertificate } from "./certificate.ts";
import { findsTxt, leadsTo } from "./dns-lookup.ts";
import { type DomainWorld, tellDomainLost } from "./domain-notice.ts";
import { findDomainMode, findTaken, forgetDomain, isTaken, listDueDomains, proveDomain, takeDomain, writeDomain } from "./domain-row.ts";

/**
 * Looks at a domain: what its DNS says, how its certificate is, and what follows. One at a time does; all of
 * it may be done again. What can't be asked changes nothing.
 */
type DomainChange = Pick<DomainRow, "state" | "provenAt" | "missingAt" | "reason" | "certificate" | "txtFound" | "targetFound">;

async function lookAtDns({ config, db }: DomainWorld, row: DomainRow): Promise<DomainSeen> {
  const address = await findAppAddress(db, row.member, row.project);
  if (!address) return { txt: false, target: false, taken: false };
  const target = appHost(config, address.label).split(":")[0]!;
  const [txt, leads] = await Promise.all([findsTxt(config, proofName(row.name), proofValue(row.token)), leadsTo(config, row.name, target)]);
  return { txt, target: leads, taken: row.provenAt === null && txt && (await isTaken(db, row.member, row.name)) };
}

/** What a domain whose records are right is by its certificate. */
async function withCertificate({ config }: DomainWorld, row: DomainRow, change: DomainChange): Promise<DomainChange> {
  const { id, standing, reason } = await ensureCertificate(config, row.name, row.certificate);
  const kept = { ...change, certificate: id, reason: reason ?? null };
  if (standing === "active") return { ...kept, state: "active", reason: null };
  if (standing === "failed") return { ...kept, state: "failed" };
  // While one is renewed the old one serves.
  return change.state === "active" && id === row.certificate ? kept : { ...kept, state: "waiting_certificate" };
}

async function findChange(world: DomainWorld, row: DomainRow, now: number): Promise<DomainChange> {
  const seen = await lookAtDns(world, row);
  const first = row.provenAt === null && seen.txt && !seen.taken;
  const lost = first && !(await proveDomain(world.db, row, now)); // another one was first
  const judged = judgeDomain(row, lost ? { ...seen, taken: true } : seen, now);
  const found = { txtFound: seen.txt, targetFound: seen.target };
  const change: DomainChange = { ...judged, ...found, certificate: row.certificate };
  const asked = judged.state === "waiting_certificate" || (judged.state === "active" && judged.missingAt === null);
  const next = asked ? await askForCertificate(world, row, change) : change;
  if (next.provenAt !== null && next.state !== "failed") return next;
  if (row.provenAt !== null || judged.provenAt !== null) await removeCertificate(world.config, row.name, next.certificate);
  return { ...next, provenAt: null, certificate: null }; // nobody's again: whoever proves it has it
}
async function askForCertificate(world: DomainWorld, row: DomainRow, change: DomainChange): Promise<DomainChange> {
  try {
    return await withCertificate(world, row, change);
  } catch (error) {
    if (error instanceof AppError && error.code === "conflict") return { ...change, state: "failed", reason: error.message };
    throw error;
  }
}

/** Takes its certificate back, and forgets it. */
async function finishRemoval({ config, db }: DomainWorld, row: DomainRow): Promise<void> {
  if (row.provenAt !== null && findDomainMode(config) === "real") await removeCertificate(config, row.name, row.certificate);
  await forgetDomain(db, row);
}
const asDemo = async ({ db }: DomainWorld, row: DomainRow, now: number): Promise<DomainChange> => {
  const mine = row.provenAt !== null || (await proveDomain(db, row, now));
  const found = { txtFound: false, targetFound: false, certificate: null, missingAt: null };
  return mine
    ? { ...found, state: "active", provenAt: row.provenAt ?? now, reason: null }
    : { ...found, state: "failed", provenAt: null, reason: "Another account has this name already." };
};

/** Only who has taken it (`takeDomain`) looks. */
async function lookAtTaken(world: DomainWorld, row: DomainRow, now: number): Promise<void> {
  if (row.state === "removing") return finishRemoval(world, row);
  const demo = findDomainMode(world.config) === "demo";
  const change = demo ? await asDemo(world, row, now) : await findChange(world, row, now);
  if (!isDomainMove(row.state, change.state)) throw new AppError("internal", { from: row.state, to: change.state });
  const tries = change.state === row.state ? row.tries + 1 : 0;
  const wait = demo ? undefined : waitForNextLook(change.state, tries, change.missingAt !== null);
  const next = wait === undefined ? null : now + wait;
  if (await writeDomain(world.db, row, { ...change, tries, checkedAt: now, nextCheckAt: next })) {
    if (row.state === "active" && change.missingAt !== null) await tellDomainLost(world, row, row.missingAt ?? change.missingAt);
    return;
  }
  // Where it was removed meanwhile, what was asked for goes too.
  const left = await findTaken(world.db, row);
  if (left?.state === "removing") await finishRemoval(world, { ...left, certificate: change.certificate });
}
/** Looks at a domain now, unless somebody does. A failure to ask is tried again later, and told as such. */
export async function lookAtDomain(world: DomainWorld, id: Id<"dom">, now: number): Promise<void> {
  const row = await takeDomain(world.db, id, now);
  if (!row) return;
  try {
    await lookAtTaken(world, row, now);
  } catch (error) {
    const tries = row.tries + 1;
    world.log("warn", "a domain could not be looked at", { domain: id, error });
    const waits = row.state === "waiting_dns" || row.state === "waiting_certificate";
    const reason = waits ? "It could not be looked at just now. It is tried again by itself." : row.reason;
    await writeDomain(world.db, row, { tries, reason, nextCheckAt: now + (waitForNextLook("waiting_dns", tries, false) ?? 0) });
  }
}
/** Those that are due; at most a few a call, each of them on its own. */
export async function lookAtDueDomains(world: DomainWorld, now: number): Promise<void> {
  const due = await listDueDomains(world.db, now);
  await Promise.allSettled(due.map((id) => lookAtDomain(world, id, now)));
}
