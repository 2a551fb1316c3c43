import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { Bank } from "./bank.ts";
import { lastChargeOf, listCharges, listDisputes, listInvoicePayments, openDisputeOf } from "./charge.ts";
import { expireCheckout, listCheckouts, makeCheckout } from "./checkout-call.ts";
import { passTime } from "./clock.ts";
import { CustomerDesk } from "./customer-call.ts";
import { judgeCall, keepVerdicts, type Verdicts } from "./endpoint.ts";
import { expansionsIn, PaymentRefusal, readPaymentForm, refuseMissing } from "./form.ts";
import { listInvoiceLines, listInvoices, previewInvoice, voidInvoice } from "./invoice-call.ts";
import { writePdf } from "./invoice-pdf.ts";
import { inSeconds, newPaymentId, type PaidSubscription } from "./ledger.ts";
import { answerMeters, takeMeterEvent } from "./meter.ts";
import { askPage, checkoutPage, describeInvoice, invoicePage, portalPage } from "./page.ts";
import { asPrice, knownPrice, type SoldPrices } from "./price.ts";
import { changeSchedule, makeSchedule, releaseSchedule } from "./schedule-call.ts";
import { changeSubscription, endSubscription, listSubscriptions } from "./subscription-call.ts";
import { asCharge, asCheckout, asDispute, asSchedule, asSubscription } from "./wire.ts";

/**
 * A double of Stripe for what the edge calls of it: customers, checkouts, the portal, subscriptions and
 * their schedules, invoices, a meter, charges, disputes and signed events. Forms come in, JSON goes out; a
 * key answers a repeat with its first answer.
 */
export type Payments = {
  url: string;
  bank: Bank;
  customers: CustomerDesk;
  /** Of each call to the API: method and path. */
  calls: string[];
  /**
   * From here on calls are answered with this status; none: they are taken again. `path`: those of it alone,
   * and with `said` only those whose query says that.
   */
  refuse: (status?: number, path?: string, said?: string) => void;
  /** From here on each answer is asked what holds it, once it is made: it is old when it arrives. */
  hold: (by: Hold) => void;
  close: () => Promise<void>;
};
type Hold = (path: string) => Promise<unknown> | undefined;
export type PaymentSettings = {
  port: number;
  key: string;
  secret: string;
  prices: SoldPrices;
  webhook: string | undefined;
  file?: string;
  /** Stripe's own mock server: what it does not know of is refused here too. */
  mock?: string;
  /** By name the only endpoints that whoever is tested may ask; with `mock` alone. */
  endpoints?: object;
};
type ApiCall = { method: string; path: string; query: URLSearchParams; body: string };

async function read(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text;
}
function makePortal(bank: Bank, body: string): object {
  const form = readPaymentForm(body, "portals");
  const { id: customer } = bank.find("customers", form.get("customer") ?? "");
  const made = { id: newPaymentId("bps"), customer, return_url: form.get("return_url") ?? "" };
  bank.ledger.portals.push(made);
  return { object: "billing_portal.session", livemode: false, created: inSeconds(), ...made, url: `${bank.base}/portal/${made.id}` };
}
function answerApi(bank: Bank, customers: CustomerDesk, call: ApiCall): object {
  const { method, path, body, query } = call;
  const [, , noun = "", id = "", act] = path.split("/");
  const where = `${method} ${path}`;
  if (where === "POST /v1/customers") return customers.make(body);
  if (where === "GET /v1/customers/search") return customers.search(query);
  customers.requireListed(query);
  if (method === "GET" && noun === "customers" && id) return customers.read(id);
  if (method === "POST" && noun === "customers" && id) return customers.change(id, body);
  if (where === "POST /v1/checkout/sessions") return makeCheckout(bank, body);
  if (method === "POST" && id === "sessions" && act && path.endsWith("/expire")) return expireCheckout(bank, act);
  if (where === "POST /v1/billing_portal/sessions") return makePortal(bank, body);
  if (where === "POST /v1/billing/meter_events") return takeMeterEvent(bank.ledger, body);
  if (where === "POST /v1/subscription_schedules") return makeSchedule(bank, body);
  if (method === "POST" && noun === "subscription_schedules" && act === "release") return releaseSchedule(bank, id, body);
  if (method === "POST" && noun === "subscription_schedules" && !act) return changeSchedule(bank, id, body);
  if (method === "POST" && noun === "subscriptions" && id) return changeSubscription(bank, id, body);
  if (method === "POST" && noun === "invoices" && act === "void") return voidInvoice(bank, id, body);
  if (where === "POST /v1/invoices/create_preview") return previewInvoice(bank, body);
  if (method === "GET" && path.startsWith("/v1/billing/meters")) return answerMeters(bank.ledger, path, query);
  if (method === "GET" && noun === "invoices" && act === "lines") return listInvoiceLines(bank, id, query);
  if (where === "GET /v1/invoices") return listInvoices(bank, query);
  if (where === "GET /v1/subscriptions") return listSubscriptions(bank, query);
  if (where === "GET /v1/charges") return listCharges(bank.ledger, query);
  if (where === "GET /v1/disputes") return listDisputes(bank.ledger, query);
  if (where === "GET /v1/checkout/sessions") return listCheckouts(bank, query);
  if (where === "GET /v1/invoice_payments") return listInvoicePayments(bank, query);
  if (method === "DELETE" && noun === "subscriptions") return endSubscription(bank, id);
  if (method === "DELETE" && noun === "customers") return customers.remove(id);
  if (method === "GET") {
    const found = findNoun(bank, noun, noun === "checkout" ? (act ?? "") : id, query);
    if (found) return found;
  }
  throw new PaymentRefusal(404, "invalid_request_error", `Unrecognized request URL (${where}).`);
}
function findNoun(bank: Bank, noun: string, id: string, query: URLSearchParams): object | undefined {
  if (noun === "subscriptions") return asSubscription(bank.find("subscriptions", id), bank, expansionsIn(query));
  if (noun === "subscription_schedules") return asSchedule(bank.find("schedules", id));
  if (noun === "charges") return asCharge(bank.find("charges", id));
  if (noun === "disputes") return asDispute(bank.find("disputes", id));
  if (noun === "checkout") return asCheckout(bank.find("checkouts", id), bank);
  return noun === "prices" ? asPrice(id, knownPrice(bank.prices, id), expansionsIn(query)) : undefined;
}
const keyLives = 86_400;
/** A repeat with its key hears the first answer, for a day; the key with another body is refused. */
function answerOnce(bank: Bank, customers: CustomerDesk, call: ApiCall, key: string | undefined): string {
  const known = key === undefined ? undefined : bank.ledger.answered[key];
  const before = known && known.at + keyLives > inSeconds() ? known : undefined;
  const asked = `${call.path} ${call.body}`;
  if (before && before.body !== asked)
    throw new PaymentRefusal(
      400,
      "idempotency_error",
      "Keys for idempotent requests can only be used with the same parameters they were first used with.",
    );
  if (before) return before.answer;
  const answer = JSON.stringify(answerApi(bank, customers, call));
  if (key !== undefined) bank.ledger.answered[key] = { body: asked, status: 200, answer, at: inSeconds() };
  if (call.method !== "GET") bank.save();
  return answer;
}

const checkoutActs = z.enum(["pay", "decline", "ask", "code"]);
const week = 7 * 86_400;
const portalActs = z.enum(["fail", "renew", "week", "settle", "cancel", "resume", "dispute", "win", "works", "declines", "asks"]);
function doAct(bank: Bank, { id, customer }: PaidSubscription, act: z.infer<typeof portalActs>): void {
  // A card that was declined is so at the next tries, too, until somebody pays.
  if (act === "fail") bank.setCard(customer, "declines");
  if (act === "settle") bank.setCard(customer, "works");
  if (act === "fail" || act === "renew") bank.endPeriod(id, act === "fail" ? "failed" : "paid");
  else if (act === "week") passTime(bank, customer, week);
  else if (act === "settle") bank.settle(id);
  else if (act === "cancel" || act === "resume") bank.cancelAtEnd(id, act === "cancel");
  else if (act === "dispute") {
    const charge = lastChargeOf(bank.ledger, customer);
    if (charge && !charge.disputed) bank.dispute(charge.invoice);
  } else if (act === "win") {
    const dispute = openDisputeOf(bank.ledger, customer);
    if (dispute) bank.closeDispute(dispute.id, "won");
  } else bank.setCard(customer, act);
}
type PageAnswer = { html: string } | { location: string } | { file: string; name: string };
function answerCheckout(bank: Bank, id: string, { method, path, body, query }: ApiCall): PageAnswer {
  const session = bank.find("checkouts", id);
  const form = new URLSearchParams(body);
  const act = method === "POST" ? checkoutActs.parse(form.get("act")) : undefined;
  if (act === "decline") return { location: `${path}?declined=1` };
  if (act === "ask") return { location: `${path}?asks=1` };
  if (act === "code") return { location: bank.takeCode(session, form.get("code") ?? "") ? path : `${path}?invalid=1` };
  if (act === "pay") bank.setCard(session.customer, "works"); // what pays the page is what pays the months
  if (act === "pay") bank.pay(session);
  if (act === "pay") return { location: session.success_url.replaceAll("{CHECKOUT_SESSION_ID}", session.id) };
  if (query.has("asks") && session.status === "open") return { html: askPage() };
  const refused = query.has("declined") ? "Your card was declined." : query.has("invalid") ? "This code is not valid." : undefined;
  return { html: checkoutPage(session, bank.prices, refused) };
}
/** A page, a file, or where the browser goes next. */
function answerPage(bank: Bank, call: ApiCall): PageAnswer {
  const { method, path, body } = call;
  const [, kind, id = "", part] = path.split("/");
  if (kind === "pay") return answerCheckout(bank, id, call);
  const act = method === "POST" ? new URLSearchParams(body).get("act") : undefined;
  if (kind === "portal") {
    const { customer, return_url } = bank.find("portals", id);
    const [subscription] = bank.subscriptionsOf(customer);
    if (act !== undefined && subscription) doAct(bank, subscription, portalActs.parse(act));
    return act === undefined ? { html: portalPage(bank, return_url, subscription, bank.invoicesOf(customer)) } : { location: path };
  }
  if (kind === "invoice") {
    const invoice = bank.find("invoices", id);
    if (part === "pdf") return { file: writePdf(describeInvoice(invoice)), name: `Invoice-${invoice.number}.pdf` };
    if (act === "pay") bank.payInvoice(id);
    return act === undefined ? { html: invoicePage(invoice) } : { location: path };
  }
  throw refuseMissing("page", path);
}

/** More than a test makes, which counts them. */
const mostCalls = 100_000;
export async function startPayments(settings: PaymentSettings): Promise<Payments> {
  const calls: string[] = [];
  let refused: { status: number; path: string; said: string } | undefined;
  let hold: Hold = () => undefined;
  const wrongCalls: string[] = [];
  const verdicts: Verdicts = new Map();
  const bank = new Bank({
    file: settings.file,
    secret: settings.secret,
    prices: settings.prices,
    deliver: async (body, signature) => {
      if (settings.webhook === undefined) return false; // a test delivers
      const headers = { "content-type": "application/json; charset=utf-8", "stripe-signature": signature };
      const signal = AbortSignal.timeout(10_000);
      const answer = await fetch(settings.webhook, { method: "POST", body, headers, redirect: "manual", signal });
      await answer.body?.cancel();
      return answer.ok;
    },
  });
  const customers = new CustomerDesk(bank);
  const json = (response: ServerResponse, status: number, text: string) =>
    response.writeHead(status, { "content-type": "application/json", "request-id": newPaymentId("req") }).end(text);
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<ServerResponse> {
    const url = new URL(request.url ?? "/", bank.base);
    const call = { method: request.method ?? "GET", path: url.pathname, query: url.searchParams, body: await read(request) };
    if (call.path === "/health") return json(response, 200, '{"ok":true}');
    if (!call.path.startsWith("/v1/")) {
      const page = answerPage(bank, call);
      if ("location" in page) return response.writeHead(303, { location: page.location }).end();
      if ("file" in page) {
        const headers = { "content-type": "application/pdf", "content-disposition": `attachment; filename="${page.name}"` };
        return response.writeHead(200, headers).end(page.file);
      }
      const csp = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
      return response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": csp }).end(page.html);
    }
    calls.push(`${call.method} ${call.path}`);
    calls.splice(0, Math.max(0, calls.length - mostCalls));
    if (request.headers.authorization !== `Bearer ${settings.key}`)
      throw new PaymentRefusal(401, "invalid_request_error", "Invalid API Key provided.");
    const unknown = settings.mock === undefined ? undefined : await judgeCall(settings.mock, call, verdicts, settings.endpoints);
    if (unknown !== undefined) wrongCalls.push(`${call.method} ${call.path}: ${unknown}`);
    if (unknown !== undefined) throw new PaymentRefusal(400, "invalid_request_error", unknown);
    if (refused && call.path.startsWith(refused.path) && call.query.toString().includes(refused.said)) {
      const { status } = refused;
      const type = status === 429 ? "rate_limit_error" : status < 500 ? "invalid_request_error" : "api_error";
      throw new PaymentRefusal(status, type, "A failure that a test asked for.", status < 500 ? { code: "refused_by_test" } : {});
    }
    const said = answerOnce(bank, customers, call, [request.headers["idempotency-key"]].flat()[0]);
    await hold(call.path);
    return json(response, 200, said);
  }
  const server = createServer((request, response) => {
    // Another name may lead here, by DNS: a stranger's page must not pay.
    if (!/^(localhost|127\.0\.0\.1)(:\d+)?$/.test(request.headers.host ?? "")) return void response.writeHead(421).end();
    answer(request, response).catch((error: unknown) => {
      if (error instanceof PaymentRefusal) return void json(response, error.status, JSON.stringify(error.body));
      json(response, 400, JSON.stringify({ error: { type: "invalid_request_error", message: "This can't be read." } }));
    });
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(settings.port, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  bank.base = `http://localhost:${port}`;
  void bank.sendEvents();
  const close = async () => {
    await bank.close();
    if (settings.mock !== undefined) keepVerdicts(settings.mock, verdicts);
    await new Promise<void>((resolve) => server.close(() => resolve()).closeAllConnections());
    if (wrongCalls.length > 0) throw new Error(`Not of Stripe's API, or not in endpoint.ts:\n${wrongCalls.join("\n")}`);
  };
  return {
    url: `http://127.0.0.1:${port}`,
    bank,
    customers,
    calls,
    refuse(status, path = "", said = "") {
      refused = status === undefined ? undefined : { status, path, said };
    },
    hold: (by) => {
      hold = by;
    },
    close,
  };
}
