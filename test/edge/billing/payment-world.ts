import { AsyncLocalStorage } from "node:async_hooks";
import { rmSync } from "node:fs";
import path from "node:path";
import { createClient } from "@libsql/client";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import { vi } from "vitest";
import type { z } from "zod";
import { migrate } from "../../../edge/deploy/migrate.ts";
import { parseEdgeSettings } from "../../../edge/settings-rules.ts";
import { type MemberRow, memberTable } from "../../../schema/account/member.table.ts";
import type { checkoutIn, planChangeIn } from "../../../schema/billing/payment.ts";
import type { SubscriptionRow } from "../../../schema/billing/subscription.table.ts";
import type { Instance } from "../../../schema/machine/instance.ts";
import type { StackRow } from "../../../schema/stack/registry.table.ts";
import type { Id } from "../../../schema/wire/id.ts";
import { newId } from "../../../schema/wire/id.ts";
import type { Logger } from "../../../schema/wire/log.ts";
import { type Payments, startPayments } from "../../doubles/payments/server.ts";
import { startLibsql } from "../../local/libsql.ts";
import { demoPrices } from "../../local/payments.ts";
import { root } from "../../local/process.ts";
import { keyBindings, openSecrets } from "../../local/secrets.ts";

/**
 * The edge's own code of payments in this process, before a libSQL server and the double of Stripe, with a
 * clock that a test sets for all of them, and with faults between any two of its lines: each call to either
 * of them may be lost, refused, or the last thing that its process did.
 */
type World = { config: object; db: LibSQLDatabase; log: Logger };
type Kept = object;
/** What is tried of the edge. Its files know types of the Worker's, which are not this program's. */
type Billing = {
  openDatabase: (config: object) => LibSQLDatabase;
  openCheckout: (world: World, member: MemberRow, body: z.infer<typeof checkoutIn>) => Promise<string>;
  changePlan: (world: World, member: Id<"mem">, body: z.infer<typeof planChangeIn>) => Promise<string | null>;
  setRenewal: (world: World, member: Id<"mem">, renews: boolean) => Promise<void>;
  readEventBody: (said: unknown) => object;
  keepPaymentEvent: (world: World, event: object, now: number) => Promise<Kept | undefined>;
  followPaymentEvent: (world: World, kept: Kept) => Promise<void>;
  followDueCharges: (world: World, now: number) => Promise<void>;
  syncDuePayments: (world: World, now: number) => Promise<void>;
  withCeiling: (db: LibSQLDatabase, stack: StackRow, plan: SubscriptionRow | undefined, now: number) => Promise<StackRow>;
};
const files = [
  "kernel/db",
  "billing/entitlement",
  "billing/checkout",
  "billing/plan-change",
  "billing/payment-event",
  "billing/payment-sync",
];
async function loadBilling(): Promise<Billing> {
  const loaded = await Promise.all(files.map((file) => import(new URL(`../../../edge/${file}.ts`, import.meta.url).href)));
  return Object.assign({}, ...loaded) as Billing;
}

/** `lost`: no answer, before it was done or after; `refused`: an error; `dies`: so does all that follows. */
export const faultKinds = ["lost before", "lost after", "refused", "dies before", "dies after"] as const;
/** What becomes of the call of that number, counted from 1, within one piece of work. */
export type Fault = { at: number; kind: (typeof faultKinds)[number] };
type Work = { calls: number; fault: Fault | undefined; isDead: boolean };

export type PaymentHistoryWorld = {
  billing: Billing;
  world: World;
  payments: Payments;
  /** Does a piece of work of the edge's, with its fault. Whatever it throws after that is the fault's. */
  work: (fault: Fault | undefined, act: () => Promise<unknown>) => Promise<unknown>;
  /** What happens once so many calls more were answered: their answers are old when they arrive. */
  after: (calls: number, happen: () => Promise<unknown>) => void;
  /** Stripe answers nobody until then, milliseconds since 1970. */
  awayUntil: (time: number) => void;
  /** A new member in a world where nobody else is. */
  newMember: () => Promise<MemberRow>;
  close: () => Promise<void>;
};
/** As long Stripe answers a repeat with its key as it answered the first, a failure included. */
const keyLives = 86_400_000;
const refuse = (isStripe: boolean) =>
  new Response('{"error":{"type":"api_error","message":"A failure that a test asked for."}}', {
    status: isStripe ? 500 : 503,
    headers: { "content-type": "application/json" },
  });
const wait = globalThis.setTimeout;
/** Waits between two tries take no time here; what ends a call that hangs keeps its own. */
const shortWait = ((act: () => void, ms = 0, ...rest: []) => wait(act, ms < 5_000 ? 0 : ms, ...rest)) as typeof setTimeout;

export async function openPaymentWorld(instance: Instance): Promise<PaymentHistoryWorld> {
  const folder = path.join(root, instance.folder, "payment-history");
  rmSync(folder, { recursive: true, force: true });
  const secrets = await openSecrets(folder);
  const libsql = await startLibsql(instance, folder);
  await migrate(libsql.url);
  const { paymentKey: key, paymentSecret: secret } = secrets;
  const payments = await startPayments({ port: 0, key, secret, prices: demoPrices, webhook: undefined });
  const nobody = "http://127.0.0.1:9";
  const parsed = parseEdgeSettings({
    ...{ INSTANCE: instance.name, ENVIRONMENT: "local", PUBLIC_URL: "http://localhost", IDENTITY_PARTIES: "http://localhost" },
    ...{ LIBSQL_URL: libsql.url, RIVET_URL: nobody, RIVET_TOKEN: "nobody", RELAY_URL: nobody, ...keyBindings(secrets) },
    ...{ IDENTITY: "local", IDENTITY_ISSUER: nobody, IDENTITY_JWT_KEY: "none", IDENTITY_URL: nobody },
    ...{ MODEL_URL: nobody, MODEL_KEY: "none", MODEL_NAME: "demo", STRIPE_URL: payments.url, STRIPE_KEY: key },
    ...{ STRIPE_WEBHOOK_SECRET: secret, STRIPE_PRICE_STUDIO: "price_demo_studio", STRIPE_PRICE_WORKSHOP: "price_demo_workshop" },
  });
  if ("problems" in parsed) throw new Error(parsed.problems.join("; "));
  const { config } = parsed;
  const billing = await loadBilling();
  const world: World = { config, db: billing.openDatabase(config), log: () => undefined };

  const works = new AsyncLocalStorage<Work>();
  let away = 0;
  let next: { calls: number; happen: () => Promise<unknown> } | undefined;
  async function letHappen(): Promise<void> {
    if (!next || --next.calls > 0) return;
    const { happen } = next;
    next = undefined;
    await happen();
  }
  const failed = new Map<string, number>();
  const real = globalThis.fetch;
  const failing: typeof fetch = async (input, init) => {
    const url = String(input instanceof Request ? input.url : input);
    const work = works.getStore();
    const isStripe = url.startsWith(payments.url);
    if (url.startsWith(nobody)) throw new TypeError("there is no engine here");
    if (!work) return real(input, init);
    work.calls += 1;
    const { fault, calls } = work;
    if (work.isDead) throw new TypeError("this process is gone");
    if (isStripe && Date.now() < away) throw new TypeError("Stripe is away");
    const key = isStripe ? new Headers(init?.headers).get("idempotency-key") : null;
    if (key !== null && Date.now() < (failed.get(key) ?? 0)) return refuse(isStripe);
    if (fault?.at !== calls) {
      const answer = await real(input, init);
      await letHappen();
      return answer;
    }
    work.isDead = fault.kind.startsWith("dies");
    if (fault.kind === "refused" && key !== null) failed.set(key, Date.now() + keyLives);
    if (fault.kind === "refused") return refuse(isStripe);
    if (fault.kind.endsWith("after")) await (await real(input, init)).arrayBuffer();
    throw new TypeError(`a call that was ${fault.kind}`);
  };
  vi.stubGlobal("fetch", failing);
  vi.stubGlobal("setTimeout", shortWait);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  const client = createClient({ url: libsql.url });
  return {
    billing,
    world,
    payments,
    work: (fault, act) => works.run({ calls: 0, fault, isDead: false }, act),
    after(calls, happen) {
      next = { calls, happen };
    },
    awayUntil: (time) => {
      away = time;
    },
    async newMember() {
      const { ledger } = payments.bank;
      for (const each of Object.values(ledger)) if (Array.isArray(each)) each.length = 0;
      Object.assign(ledger, { cards: {}, answered: {} });
      const id = newId("mem");
      const member = { id, subject: id, name: "Ada", email: `${id}@example.com`, createdAt: Date.now() };
      await client.batch(["delete from payment_event", "delete from payment_customer", "delete from subscription"], "write"); // of those before
      const [row] = await world.db.insert(memberTable).values(member).returning();
      return row!;
    },
    async close() {
      vi.useRealTimers();
      vi.unstubAllGlobals();
      client.close();
      await payments.close();
      await libsql.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
