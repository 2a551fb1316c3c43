import { type Client, createClient } from "@libsql/client";
import { z } from "zod";
import { sealedColumns } from "../../schema/provider/sealed-columns.ts";
import { fetchThroughIngress, ingressHeaders } from "../kernel/ingress.ts";
import type { EdgeConfig } from "../settings-rules.ts";
import { ClerkUnread, readClerkKey } from "./clerk-instance.ts";
import { migrate, NotMigrated } from "./migrate.ts";
import type { DatabasePlace } from "./operator.ts";
import { listStripeLooks } from "./reach-stripe.ts";

/**
 * What a deployment must reach, asked from the machine that deploys, with the credentials of its settings.
 */
export type ReachTarget = {
  config: EdgeConfig;
  /** Where this machine reaches the database. */
  database: DatabasePlace;
  /** Clerk is asked for the key of its tokens: the settings do not say it. */
  asksClerk: boolean;
  /** Absent: not deployed there. */
  account?: Account;
  /** The database may have had migrations after ours. */
  mayBeAhead?: boolean;
};
type ReachLook = {
  /** What is looked at, in words. */
  about: string;
  /** Throws with the reason where it is not as it must be. */
  look: () => Promise<unknown>;
  /** Where it does not answer the deployment goes on, for this reason. */
  mayBeAway?: string;
};

const reachWithin = 15_000;
/** What a payment is judged by: with a restricted key none of it may be missing. */
const readAtStripe = ["subscriptions", "invoices", "invoice_payments", "charges", "disputes"];
/** A reason in words of ours. Those of others may show what was sent, or what was answered. */
class Unreached extends Error {}
/** It is there, and takes another credential. */
class CredentialRefused extends Unreached {}
const knownCode = z.looseObject({ code: z.string().regex(/^[A-Z][A-Z0-9_]{2,40}$/) });
function reasonOf(error: unknown): string {
  if (error instanceof Unreached || error instanceof NotMigrated || error instanceof ClerkUnread) return error.message;
  const chain: unknown[] = [error];
  for (let each = error; each instanceof Error && each.cause !== undefined && chain.length < 8; each = each.cause) chain.push(each.cause);
  if (chain.some((each) => each instanceof Error && each.name === "TimeoutError")) return `no answer within ${reachWithin / 1000} s`;
  const [code] = chain.flatMap((each) => knownCode.safeParse(each).data?.code ?? []).slice(-1);
  return code === undefined ? "no answer that could be read" : `no answer (${code})`;
}
const inTime = <T>(work: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Unreached(`no answer within ${reachWithin / 1000} s`)), reachWithin);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });

const bearer = (key: string | undefined) => ({ authorization: `Bearer ${key ?? ""}` });
/**
 * One GET; throws with the status, never with what was sent or answered. `passes`: statuses that are well.
 */
async function get(url: string, headers: Record<string, string> = {}, passes: readonly number[] = []): Promise<Response> {
  const answer = await fetch(url, { headers, redirect: "manual", signal: AbortSignal.timeout(reachWithin) });
  if (answer.ok || passes.includes(answer.status)) return answer;
  await answer.body?.cancel();
  if (answer.status === 401 || answer.status === 403) throw new CredentialRefused(`it refuses the credential (${answer.status})`);
  throw new Unreached(`it does not answer well (${answer.status})`);
}
/** Whether anything answers there at all: for what has no address that could be asked without an effect. */
async function getAny(url: string): Promise<void> {
  const answer = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(reachWithin) });
  await answer.body?.cancel();
}

/** Throws where a part of the cell answers somebody without the ingress' credential. */
async function expectClosed(url: string): Promise<void> {
  const answer = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(reachWithin) }).catch(() => undefined);
  await answer?.body?.cancel();
  if (answer?.ok) throw new Unreached("it lets in whoever shows no INGRESS_ID and INGRESS_SECRET: an Access policy has to stand before it");
}

/** The account at Cloudflare that the Worker goes to, by the variables that wrangler reads. */
export type Account = { token: string | undefined; id: string | undefined; api: string };
export const readAccount = (env: Readonly<Record<string, string | undefined>>): Account => ({
  token: env.CLOUDFLARE_API_TOKEN || undefined,
  id: env.CLOUDFLARE_ACCOUNT_ID || undefined,
  api: env.CLOUDFLARE_API_BASE_URL || "https://api.cloudflare.com/client/v4",
});
const accounts = z.object({ result: z.array(z.object({ id: z.string() })) });
/** The account that is meant, once it is known that the token may read its Workers. */
async function findAccount({ api, token, id }: Account): Promise<string> {
  const listed = async () => accounts.parse(await (await get(`${api}/accounts`, bearer(token))).json()).result.map((each) => each.id);
  const [found, more] = id === undefined ? await listed() : [id];
  if (found === undefined) throw new Unreached("CLOUDFLARE_API_TOKEN opens no account");
  if (more !== undefined) throw new Unreached("CLOUDFLARE_API_TOKEN opens several accounts: name one in CLOUDFLARE_ACCOUNT_ID");
  await get(`${api}/accounts/${encodeURIComponent(found)}/workers/scripts`, bearer(token));
  return found;
}
const zones = z.object({ result: z.array(z.object({ name: z.string() })) });
/** Whether a zone of the account has this name below it. */
async function findZone({ api, token }: Account, account: string, host: string): Promise<void> {
  const labels = host.split(".");
  for (let at = 0; at < labels.length - 1; at++) {
    const name = labels.slice(at).join(".");
    const query = new URLSearchParams({ name, "account.id": account });
    const answer = await get(`${api}/zones?${query}`, bearer(token));
    if (zones.parse(await answer.json()).result.some((zone) => zone.name === name)) return;
  }
  throw new Unreached("no zone of the account is that name or a part of it");
}
async function reachCloudflare(account: Account, hosts: readonly string[]): Promise<void> {
  if (account.token === undefined) throw new Unreached("CLOUDFLARE_API_TOKEN is not in the environment");
  const id = await findAccount(account);
  const looks = hosts.map((host) =>
    findZone(account, id, host).then(
      () => [],
      (error: unknown) => [`a zone for ${host}: ${reasonOf(error)}`],
    ),
  );
  const missing = (await Promise.all(looks)).flat();
  if (missing.length > 0) throw new Unreached(missing.join("; "));
}

/** Which of `KEKS` the database's sealed records need. */
export async function listWrappers(client: Pick<Client, "execute">): Promise<string[]> {
  const { rows } = await client.execute("select name from sqlite_master where type = 'table'");
  const there = new Set(rows.map(({ name }) => String(name)));
  const queries = Object.entries(sealedColumns).flatMap(([table, column]) =>
    there.has(table) ? [`select json_extract("${column}", '$.k') as k from "${table}" where json_valid("${column}")`] : [],
  );
  if (queries.length === 0) return [];
  const found = await client.execute(`select distinct k from (${queries.join(" union all ")}) where k is not null`);
  return found.rows.map(({ k }) => String(k));
}
/** Throws where the database has records that no key of the settings opens, or is of another version. */
export async function reachDatabase(place: DatabasePlace, { KEKS }: EdgeConfig, mayBeAhead = false): Promise<void> {
  const { url, token, ingress = {} } = place;
  const client = createClient({ url, fetch: fetchThroughIngress(ingress), ...(token ? { authToken: token } : {}) });
  try {
    const lost = (await listWrappers(client)).filter((name) => !Object.hasOwn(KEKS, name));
    if (lost.length > 0)
      throw new Unreached(`it has records that KEKS has no key for: ${lost.length === 1 ? "one is" : `${lost.length} are`} missing`);
  } finally {
    client.close();
  }
  await migrate(url, token, { dryRun: true, ingress, mayBeAhead });
}

const models = z.object({ data: z.array(z.object({ id: z.string() })) });
async function reachModel({ MODEL_URL, MODEL_KEY, ...config }: EdgeConfig): Promise<void> {
  const answer = await get(`${MODEL_URL}/models`, bearer(MODEL_KEY), [404, 405]); // not all that speak Chat Completions list models
  const found = models.safeParse(answer.ok ? await answer.json().catch(() => undefined) : undefined);
  if (!found.success) return void (await answer.body?.cancel().catch(() => undefined));
  const names = [config.MODEL_NAME, config.MODEL_FAST, config.MODEL_STANDARD, config.MODEL_DEEP].flatMap((name) => name ?? []);
  const missing = names.filter((name) => !found.data.data.some(({ id }) => id === name || id === `models/${name}`));
  if (missing.length > 0) throw new Unreached(`it has no model ${missing.join(" and no ")}`);
}

function listLooks({ config, database, asksClerk, account, mayBeAhead }: ReachTarget, told: { clerk?: ClerkKey }): ReachLook[] {
  const { RIVET_URL, RIVET_TOKEN, RELAY_URL, MAIL_URL, TRACES_URL, CLERK_SECRET_KEY, CLERK_API_URL, CERTIFICATES_ZONE } = config;
  const { STRIPE_KEY, STRIPE_URL = "https://api.stripe.com" } = config;
  const hosts = [new URL(config.PUBLIC_URL).hostname, config.PREVIEW_DOMAIN, config.APPS_DOMAIN].filter((host) => host !== undefined);
  const cell = "its part of the cell comes up after the edge";
  const askClerk = async () => {
    told.clerk = await readClerkKey(config.IDENTITY_ISSUER);
  };
  const looks: (ReachLook | false)[] = [
    { about: "the database", look: () => reachDatabase(database, config, mayBeAhead) },
    {
      about: "the engine",
      look: () => get(`${RIVET_URL}/namespaces`, { ...bearer(RIVET_TOKEN), ...ingressHeaders(config) }),
      mayBeAway: cell,
    },
    { about: "the runner's relay", look: () => get(`${RELAY_URL}/health`, ingressHeaders(config)), mayBeAway: cell },
    ...[RIVET_URL, RELAY_URL].map(
      (part) =>
        account !== undefined &&
        config.INGRESS_ID !== undefined && { about: `the ingress at ${new URL(part).host}`, look: () => expectClosed(`${part}/health`) },
    ),
    asksClerk && { about: "Clerk", look: askClerk },
    CLERK_SECRET_KEY !== undefined && {
      about: "Clerk's API",
      look: () => get(`${CLERK_API_URL}/v1/users/count`, bearer(CLERK_SECRET_KEY)),
    },
    { about: "the model's provider", look: () => reachModel(config) },
    ...listStripeLooks(config).map(({ about, path, differs }) => ({
      about,
      look: async () => {
        const answer = await get(`${STRIPE_URL}${path}`, bearer(STRIPE_KEY));
        const different = differs(await answer.json().catch(() => undefined));
        if (different.length > 0) throw new Unreached(different.join("; "));
      },
    })),
    ...(STRIPE_KEY === undefined ? [] : readAtStripe).map((noun) => ({
      about: `Stripe's ${noun}, which the key must be allowed to read`,
      look: () => get(`${STRIPE_URL}/v1/${noun}?limit=1`, bearer(STRIPE_KEY)),
    })),
    MAIL_URL !== undefined && { about: "the mail service", look: () => getAny(MAIL_URL) },
    TRACES_URL !== undefined && {
      about: "the collector of traces",
      look: () => getAny(TRACES_URL),
      mayBeAway: "traces are lost meanwhile, and nothing else",
    },
    CERTIFICATES_ZONE !== undefined && {
      about: "the zone that makes certificates",
      look: () =>
        get(`${config.CERTIFICATES_URL}/zones/${CERTIFICATES_ZONE}/custom_hostnames?per_page=1`, bearer(config.CERTIFICATES_TOKEN)),
    },
    account !== undefined && { about: "Cloudflare", look: () => reachCloudflare(account, hosts) },
  ];
  return looks.filter((look) => look !== false);
}

export type ClerkKey = Awaited<ReturnType<typeof readClerkKey>>;
/**
 * Looks at each part behind the edge and each service that the settings name, all at once. Gives what keeps
 * the deployment from being made, what is away but may be, a sentence each without a value, and what Clerk
 * has said.
 */
export async function reachAll(deployment: ReachTarget): Promise<{ wrong: string[]; away: string[]; clerk: ClerkKey | undefined }> {
  const told: { clerk?: ClerkKey } = {};
  const found = await Promise.all(
    listLooks(deployment, told).map(({ about, look, mayBeAway }) =>
      inTime(look()).then(
        () => undefined,
        (error: unknown) => ({
          said: `${about}: ${reasonOf(error)}`,
          mayBeAway: error instanceof CredentialRefused ? undefined : mayBeAway,
        }),
      ),
    ),
  );
  const failed = found.filter((each) => each !== undefined);
  return {
    wrong: failed.filter(({ mayBeAway }) => mayBeAway === undefined).map(({ said }) => said),
    away: failed.flatMap(({ said, mayBeAway }) => (mayBeAway === undefined ? [] : [`${said}; ${mayBeAway}`])),
    clerk: told.clerk,
  };
}
