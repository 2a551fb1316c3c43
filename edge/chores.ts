import { closeEndedTokens, forgetAccessTokens } from "./account/access-token.ts";
import { driveErasures } from "./account/erase.ts";
import { followDueWords, forgetIdentityEvents } from "./account/identity-event.ts";
import { chainStaleAudits } from "./audit.ts";
import { settleExpiredCalls } from "./billing/model-budget.ts";
import { compareDuePayments } from "./billing/payment-comparison.ts";
import { followDueCharges, forgetPaymentEvents } from "./billing/payment-event.ts";
import { syncDuePayments } from "./billing/payment-sync.ts";
import { tellDuePlans } from "./billing/plan-notice.ts";
import { lookAtDueDomains } from "./domain/domain-look.ts";
import type { Bindings } from "./env.ts";
import type { EdgeApp } from "./http.ts";
import type { Database } from "./kernel/db.ts";
import { forgetAnswers } from "./kernel/idempotency.ts";
import { forgetIdentityKeys, refreshIdentityKeys } from "./kernel/identity-keys.ts";
import { forgetEndedSignIns } from "./kernel/sign-in.ts";
import { forgetCalls } from "./machine/machine-auth.ts";
import { forgetMachineEvents } from "./machine/machine-event.ts";
import { forgetDeliveries } from "./reminder/reminder-delivery.ts";
import { tellLapsed } from "./stack/lapse.ts";
import { callNextInLine } from "./stack/line.ts";
import { forgetAgentTime } from "./stack/stack-use.ts";
import { lookForTrouble } from "./stack/trouble-watch.ts";

export type ChoreWorld = { env: Bindings } & Pick<EdgeApp["Variables"], "config" | "db" | "log" | "requestId">;

/**
 * What is due by the clock, whoever is there: each takes its own rows, so that any number of callers at once
 * do each of them once. Hosts bring it about with their heartbeats, and Cloudflare's clock where no host is.
 */
export const runChores = (world: ChoreWorld, now: number): Promise<unknown> =>
  Promise.allSettled([
    lookAtDueDomains(world, now),
    chainStaleAudits(world),
    syncDuePayments(world, now),
    followDueCharges(world, now),
    compareDuePayments(world, now),
    tellDuePlans(world, now),
    settleExpiredCalls(world.db, now),
    followDueWords(world, now),
    closeEndedTokens(world, now),
    driveErasures(world, now),
    refreshIdentityKeys(world, now),
    lookForTrouble(world.config, world.db, now),
    tellLapsed(world.config, world.db, now),
    callNextInLine(world.config, world.db, now),
  ]).then((all) => {
    for (const each of all) if (each.status === "rejected") world.log("error", "a chore failed", { error: each.reason });
  });
/** Rows that have served their time, by the clock alone. */
export const forgetOldRows = (db: Database, now: number): Promise<unknown> =>
  Promise.all([
    forgetCalls(db, now),
    forgetAnswers(db, now),
    forgetDeliveries(db, now),
    forgetMachineEvents(db, now),
    forgetPaymentEvents(db, now),
    forgetIdentityEvents(db, now),
    forgetIdentityKeys(db, now),
    forgetEndedSignIns(db, now),
    forgetAccessTokens(db, now),
    forgetAgentTime(db, now),
  ]);
