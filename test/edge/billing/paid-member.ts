import { inject } from "vitest";
import { z } from "zod";
import { paymentPage } from "../../../schema/billing/payment.ts";
import type { PaidChoice } from "../../../schema/billing/subscription-plan.ts";
import { readInstance } from "../../../schema/machine/instance.ts";
import { newId } from "../../../schema/wire/id.ts";
import { edgeEndpoints } from "../../doubles/payments/endpoint.ts";
import { type Payments, startPayments } from "../../doubles/payments/server.ts";
import { eventually } from "../../harness/eventually.ts";
import { demoPrices } from "../../local/payments.ts";
import { openSecrets } from "../../local/secrets.ts";
import { ask, edgeUp, joinMachine, newMember, signed, sql, type TestMachine, type TestMember } from "../client.ts";

/** The double of Stripe that this edge asks; it tells the edge of its events, or nobody. */
export async function openPayments({ tells = true, prices = demoPrices } = {}): Promise<Payments> {
  const webhook = tells ? `${edgeUp.url}/webhooks/stripe` : undefined;
  const { paymentKey: key, paymentSecret: secret } = await openSecrets(edgeUp.folder);
  const { payments: port } = readInstance(edgeUp.instance).ports;
  return startPayments({ port, key, secret, prices, webhook, mock: inject("stripeMock"), endpoints: edgeEndpoints });
}

export const press = (url: string, act: string) => fetch(url, { method: "POST", body: new URLSearchParams({ act }), redirect: "manual" });
/** A member who has paid the plan on the double's page. `look`: by which the edge hears of it untold. */
export async function payMember(
  payments: Payments,
  choice: PaidChoice = { plan: "studio", quantity: 1 },
  look?: (member: TestMember) => Promise<unknown>,
) {
  const member = await newMember();
  const answer = await ask("POST", "/billing/checkout", { body: choice, token: await member.token() });
  const { url } = paymentPage.parse(answer.json);
  await press(url, "pay");
  await look?.(member);
  await eventually("a paid plan", async () => ((await planOf(member.actor.member)).status === "active" ? true : undefined));
  const [row] = await sql("select customer from payment_customer where member = ?", [member.actor.member]);
  const customer = z.string().parse(row?.customer);
  return { ...member, customer, subscription: payments.bank.subscriptionsOf(customer)[0]! };
}
/** A row of the ledger for each cost, in millionths of a dollar. */
export async function spend({ actor }: Pick<TestMember, "actor">, micros: readonly number[], at = Date.now()): Promise<void> {
  const rows = micros.map(
    (cost) => `('${newId("usg")}', '${actor.member}', '${actor.id}', 's', 'r', 'demo', 'standard', 1, 1, ${cost}, ${at})`,
  );
  const names = "id, member, agent, session, request_id, model, alias, input_tokens, output_tokens, cost_micros, at";
  for (let from = 0; from < rows.length; from += 500)
    await sql(`insert into usage (${names}) values ${rows.slice(from, from + 500).join(",")}`);
}
export async function planOf(member: string) {
  const [row] = await sql("select * from subscription where member = ?", [member]);
  return z.looseObject({ plan: z.string(), status: z.string(), period_end: z.number() }).parse(row);
}

/** A host whose heartbeats are each the half minute in which what is due is looked at. */
export async function openHost(): Promise<{ host: TestMachine; beat: (stacks?: object[]) => Promise<void> }> {
  const host = await joinMachine("host");
  let beats = 0;
  const beat = async (stacks: object[] = []) => {
    beats += 6;
    const capacity = { cpus: 4, memoryMb: 8192, stacks: 0 };
    const answer = await signed(host, "POST", `/hosts/${host.id}/heartbeat`, { sequence: beats, capacity, stacks });
    if (answer.status !== 200) throw new Error(`the heartbeat answered ${answer.status}: ${answer.text}`);
  };
  return { host, beat };
}
