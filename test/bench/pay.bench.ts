import path from "node:path";
import type { Browser } from "playwright-core";
import Stripe from "stripe";
import { meOut } from "../../schema/account/account.ts";
import type { Entitlement } from "../../schema/billing/entitlement.ts";
import { type Payments, startPayments } from "../doubles/payments/server.ts";
import { openBrowser, openContext, signInAs } from "../harness/browser.ts";
import { eventually } from "../harness/eventually.ts";
import { type SignedIn, signIn } from "../local/identity.ts";
import { demoPrices, startPaymentDouble } from "../local/payments.ts";
import { openSecrets } from "../local/secrets.ts";
import { type Figure, makeFigure, type Series } from "./figures.ts";
import { type Bench, type Ground, turnStack } from "./ground.ts";
import { actorOut, isEvent, type Member, now, openMember } from "./member.ts";
import { measureRawPair } from "./raw.ts";

/** What a payment sets in motion: until the account says so, and until a new member's stack is ready. */
const [presses, changes] = [3, 40];

/**
 * The account as the member's own app asks for it, by one session token, which lives for a minute. The answer
 * waits until GET /me says `wanted`: milliseconds since `began`.
 */
async function watchAccount(edgeUrl: string, person: SignedIn) {
  const headers = { authorization: `Bearer ${await person.token()}` };
  return async (wanted: Entitlement, began: number): Promise<number> => {
    for (;;) {
      const answer = await fetch(`${edgeUrl}/me`, { headers });
      if (!answer.ok) throw new Error(`GET /me answered ${answer.status}: ${await answer.text()}`);
      const { entitlement } = meOut.parse(await answer.json());
      if (entitlement === wanted) return now() - began;
      if (now() - began > 30_000) throw new Error(`GET /me says ${entitlement} after 30 s, not ${wanted}`);
    }
  };
}
async function waitForReady(member: Member, began: number): Promise<number> {
  const { actor } = actorOut.parse(await member.call("GET", "/actors/me"));
  const stream = await member.events(actor.id);
  const isReady = (body: Record<string, unknown>) => body.step === "ready" && body.state === "done";
  const { at } = await stream.until("ready", (arrival) => isEvent(arrival, "provision.step", isReady), 120_000);
  await stream.close();
  return at - began;
}

/**
 * Of a new person, in milliseconds from the press of Pay: at GET /me, on the page that Stripe leads back to,
 * at the agent's events, in the app.
 */
type Press = { entitled: number; led: number; ready: number; seen: number };
async function pressPay(browser: Browser, { product, log }: Ground, name: string): Promise<Press> {
  const email = `${name}@example.com`;
  const context = await openContext(browser);
  try {
    const page = await context.newPage();
    await page.goto(product.url);
    await signInAs(page, email);
    await page.getByRole("link", { name: "Choose a plan instead" }).click();
    await page.getByRole("button", { name: "Pay now: Studio", exact: true }).click();
    const pay = page.getByRole("button", { name: /^Pay \$/ });
    await pay.focus();
    const person = await signIn(product.identityUrl!, email, name);
    const member = await openMember(product.edgeUrl, person);
    const entitledAfter = await watchAccount(product.edgeUrl, person);
    const began = now();
    const told = entitledAfter("active", began);
    await page.keyboard.press("Enter");
    const way = page.getByRole("link", { name: "Go to your agent" });
    await way.waitFor();
    const led = now() - began;
    const event = waitForReady(member, began);
    await way.click();
    await page.getByRole("heading", { name: /^Ready in/ }).waitFor({ timeout: 120_000 });
    const seen = now() - began;
    const [entitled, ready] = await Promise.all([told, event]);
    log(`pay: ${[entitled, led, ready, seen].map(Math.round).join(", ")} ms to entitled, way to the agent, ready, seen`);
    if (entitled > ready) throw new Error(`a stack was ready after ${ready} ms, before its member was entitled at ${entitled} ms`);
    await page.close(); // an app that is open asks its stack, which is stopped next
    const { actor } = await member.view();
    await turnStack({ member, agent: actor.id }, "stop");
    return { entitled, led, ready, seen };
  } finally {
    await context.close();
  }
}

async function measurePresses(ground: Ground): Promise<{ made: Press[]; figures: Figure[] }> {
  const made: Press[] = [];
  const [cold, raw]: [Series, Series] = [[], []];
  const browser = await openBrowser();
  try {
    for (let index = 0; index < presses; index++) {
      made.push(await pressPay(browser, ground, `pay${index}`));
      const other = await ground.ready(`pay-cold${index}`);
      cold.push(other.ms);
      await turnStack(other, "stop");
      const ports = { gitea: ground.instance.ports.spare, opencode: ground.instance.ports.spare + 1 };
      raw.push((await measureRawPair(`growqr-${ground.instance.name}-pay-raw-${index}`, ports)).cold);
    }
  } finally {
    await browser.close();
  }
  const seen = made.map((each) => each.seen);
  const entitled = made.map((each) => each.entitled);
  const figures = [
    makeFigure("press of Pay to entitled, a new member in Chromium", entitled),
    makeFigure("press of Pay to the stack seen ready, in Chromium, beside POST to ready of another new member", seen, cold),
    makeFigure("press of Pay to the stack seen ready, beside both containers by `docker run`", seen, raw, { contains: true }),
  ];
  return { made, figures };
}

/** The product's double of Stripe goes on in this process, which sees its calls, while `measure` runs. */
async function withPayments<T>({ product, instance }: Ground, tells: boolean, measure: (payments: Payments) => Promise<T>) {
  const { paymentKey: key, paymentSecret: secret } = await openSecrets(product.folder);
  const payments = await startPayments({
    ...{ port: instance.ports.payments, key, secret, prices: demoPrices },
    webhook: tells ? `${product.edgeUrl}/webhooks/stripe` : undefined,
    file: path.join(product.folder, "payments.json"),
  });
  try {
    return await measure(payments);
  } finally {
    await payments.close();
  }
}

/** No event is told: the page asks Stripe itself. */
async function measureUntold(ground: Ground, told: Press[]): Promise<Figure> {
  const browser = await openBrowser();
  const untold: Press[] = [];
  try {
    for (let index = 0; index < presses; index++) untold.push(await pressPay(browser, ground, `untold${index}`));
  } finally {
    await browser.close();
  }
  const [ours, beside] = [untold, told].map((made) => made.map(({ led }) => led));
  return makeFigure("press of Pay to the page's word that it is paid, without an event, beside with its events", ours!, beside!, {
    must: "p95 ≤ 2,000",
  });
}

/** Milliseconds of the reads at Stripe that the edge makes for an event (`stripe-read.ts`), without it. */
async function readDirectly(stripe: Stripe, customer: string, subscription: string, wanted: Entitlement): Promise<number> {
  const began = now();
  await stripe.subscriptions.list({ customer, status: "all", limit: 100, expand: ["data.schedule"] });
  const open = { customer, subscription, status: "open", limit: 100 } as const;
  await Promise.all([stripe.charges.list({ customer, limit: 100 }), ...(wanted === "grace" ? [stripe.invoices.list(open)] : [])]);
  return now() - began;
}
const countReads = ({ calls }: Payments, from: number) => calls.slice(from).filter((call) => call === "GET /v1/subscriptions").length;

/**
 * A paying member's month ends without a payment, and then the payment comes, again and again. The double
 * sends the first signed event of a change in the moment of the change.
 */
async function measureChanges(ground: Ground, payments: Payments): Promise<Figure[]> {
  const { product } = ground;
  const { bank, url } = payments;
  const email = `pay${presses - 1}@example.com`;
  const person = await signIn(product.identityUrl!, email);
  const customer = bank.ledger.customers.findLast((each) => each.email === email)!.id;
  const { id } = bank.subscriptionsOf(customer)[0]!;
  const { paymentKey } = await openSecrets(product.folder);
  const stripe = new Stripe(paymentKey, { host: "127.0.0.1", port: new URL(url).port, protocol: "http", maxNetworkRetries: 0 });
  const acts = { grace: () => bank.endPeriod(id, "failed"), active: () => bank.settle(id) };
  const change = async (wanted: keyof typeof acts): Promise<number> => {
    const entitledAfter = await watchAccount(product.edgeUrl, person);
    const from = payments.calls.length;
    const began = now();
    acts[wanted]();
    const events = bank.ledger.events.length;
    const ms = await entitledAfter(wanted, began);
    if (countReads(payments, from) === 0) throw new Error(`GET /me says ${wanted}, and nobody has asked the double`);
    await bank.sendEvents();
    await eventually("each event is followed", async () => countReads(payments, from) >= events);
    return ms;
  };
  const times = { grace: [] as number[], active: [] as number[] };
  const direct = { grace: [] as number[], active: [] as number[] };
  for (const wanted of ["grace", "active"] as const) await change(wanted); // not counted
  for (let index = 0; index < changes; index++)
    for (const wanted of ["grace", "active"] as const) {
      times[wanted].push(await change(wanted));
      direct[wanted].push(await readDirectly(stripe, customer, id, wanted));
    }
  const beside = "beside the same reads at the double";
  return [
    makeFigure(`a payment's webhook to entitled at GET /me, ${beside}`, times.active, direct.active, { contains: true }),
    makeFigure(`a failed payment's webhook to grace at GET /me, ${beside}`, times.grace, direct.grace, { contains: true }),
  ];
}

export const bench: Bench = {
  title: `a payment's webhook until the member is entitled, ${changes} times; press of Pay until the stack is ready`,
  seconds: 400,
  async run(ground) {
    const { product, instance, keep } = ground;
    const { made, figures } = await measurePresses(ground);
    await product.parts.get("payments")!.stop();
    try {
      const untold = await withPayments(ground, false, () => measureUntold(ground, made));
      const changed = await withPayments(ground, true, (payments) => measureChanges(ground, payments));
      return [...changed, untold, ...figures];
    } finally {
      keep(await startPaymentDouble(instance, product.folder, await openSecrets(product.folder), product.edgeUrl));
    }
  },
};
