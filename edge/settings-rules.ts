import { z } from "zod";
import { settingsShape } from "./settings-shape.ts";

/**
 * What must hold between the settings of the edge, and how their texts are read. It runs in the Worker, and
 * on the machine of who deploys.
 */

/** Whether neither of two host names lies within the other: a browser then lets them share no cookie. */
const isApart = (domain: string, other: string) => domain !== other && !domain.endsWith(`.${other}`) && !other.endsWith(`.${domain}`);

type ParsedSettings = z.output<typeof settingsShape>;
/** What must hold between settings; it is asked where each of `names` is good by itself. */
type Relation = { names: readonly (keyof ParsedSettings)[]; holds: (env: ParsedSettings) => boolean; otherwise: string };
const relation = (names: Relation["names"], holds: Relation["holds"], otherwise: string): Relation => ({ names, holds, otherwise });
const isGivenTogether = (...values: unknown[]) => new Set(values.map((value) => value === undefined)).size === 1;
/** Whether a key of Clerk's or Stripe's is one of a test, by its name. */
const isTestKey = (key: string) => key.split("_")[1] !== "live";
const isLoopback = (address: string) => ["localhost", "127.0.0.1"].includes(new URL(address).hostname);

const relations: readonly Relation[] = [
  relation(
    ["IDENTITY", "ENVIRONMENT"],
    (env) => env.IDENTITY !== "local" || env.ENVIRONMENT === "local",
    "the local identity page is refused in production",
  ),
  relation(
    ["IDENTITY_ISSUER", "ENVIRONMENT"],
    (env) => env.ENVIRONMENT === "local" || env.IDENTITY_ISSUER.startsWith("https:") || isLoopback(env.IDENTITY_ISSUER),
    "an IDENTITY_ISSUER without https is refused but on the same machine: whoever is on the way would say who people are",
  ),
  relation(
    ["CLERK_API_URL", "ENVIRONMENT"],
    (env) => env.ENVIRONMENT === "local" || env.CLERK_API_URL.startsWith("https:") || isLoopback(env.CLERK_API_URL),
    "a CLERK_API_URL without https is refused but on the same machine: CLERK_SECRET_KEY is sent there",
  ),
  relation(["IDENTITY", "IDENTITY_URL"], (env) => env.IDENTITY !== "local" || env.IDENTITY_URL !== undefined, "IDENTITY_URL is missing"),
  relation(
    ["IDENTITY", "CLERK_PUBLISHABLE_KEY"],
    (env) => env.IDENTITY !== "clerk" || env.CLERK_PUBLISHABLE_KEY !== undefined,
    "CLERK_PUBLISHABLE_KEY is missing",
  ),
  relation(
    ["CLERK_PUBLISHABLE_KEY", "CLERK_SECRET_KEY"],
    ({ CLERK_PUBLISHABLE_KEY: open, CLERK_SECRET_KEY: secret }) =>
      open === undefined || secret === undefined || isTestKey(open) === isTestKey(secret),
    "CLERK_PUBLISHABLE_KEY and CLERK_SECRET_KEY are of different instances: one is a live key, the other a test key",
  ),
  relation(
    ["CLERK_PUBLISHABLE_KEY", "ENVIRONMENT"],
    ({ CLERK_PUBLISHABLE_KEY: open, ENVIRONMENT }) =>
      open === undefined || ENVIRONMENT === "local" || isTestKey(open) === (ENVIRONMENT === "preview"),
    "CLERK_PUBLISHABLE_KEY is of the other environment: production has a live key, preview a test key",
  ),
  relation(
    ["STRIPE_KEY", "ENVIRONMENT"],
    ({ STRIPE_KEY: key, ENVIRONMENT }) => key === undefined || ENVIRONMENT === "local" || isTestKey(key) === (ENVIRONMENT === "preview"),
    "STRIPE_KEY is of the other environment: production has a live key, preview a test key",
  ),
  relation(
    ["INGRESS_ID", "INGRESS_SECRET"],
    (env) => isGivenTogether(env.INGRESS_ID, env.INGRESS_SECRET),
    "INGRESS_ID and INGRESS_SECRET are given together",
  ),
  relation(
    ["INGRESS_ID", "LIBSQL_URL", "RIVET_URL", "RELAY_URL"],
    ({ INGRESS_ID, ...env }) =>
      INGRESS_ID === undefined ||
      [env.LIBSQL_URL, env.RIVET_URL, env.RELAY_URL].every((url) => !url.startsWith("http:") || isLoopback(url)),
    "with INGRESS_ID the cell's addresses begin with https: whoever is on the way would read its secret",
  ),
  relation(
    ["MAIL_URL", "MAIL_KEY", "MAIL_FROM"],
    (env) => isGivenTogether(env.MAIL_URL, env.MAIL_KEY, env.MAIL_FROM),
    "MAIL_URL, MAIL_KEY and MAIL_FROM are given together",
  ),
  relation(
    ["STRIPE_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_PRICE_STUDIO"],
    (env) => isGivenTogether(env.STRIPE_KEY, env.STRIPE_WEBHOOK_SECRET, env.STRIPE_PRICE_STUDIO[0]),
    "STRIPE_KEY, STRIPE_WEBHOOK_SECRET and STRIPE_PRICE_STUDIO are given together",
  ),
  relation(
    ["STRIPE_KEY", "STRIPE_PRICE_WORKSHOP"],
    (env) => env.STRIPE_KEY !== undefined || env.STRIPE_PRICE_WORKSHOP.length === 0,
    "STRIPE_PRICE_WORKSHOP is given without STRIPE_KEY",
  ),
  relation(
    ["STRIPE_PRICE_STUDIO", "STRIPE_PRICE_WORKSHOP"],
    (env) => !env.STRIPE_PRICE_STUDIO.some((price) => env.STRIPE_PRICE_WORKSHOP.includes(price)),
    "a price stands in STRIPE_PRICE_STUDIO and in STRIPE_PRICE_WORKSHOP: it is of one plan",
  ),
  relation(
    ["ENVIRONMENT", "STRIPE_URL"],
    (env) => env.ENVIRONMENT === "local" || !env.STRIPE_URL?.startsWith("http:"),
    "a STRIPE_URL without https, as the local double has, is refused in production",
  ),
  relation(
    ["CERTIFICATES_ZONE", "CERTIFICATES_TOKEN"],
    (env) => isGivenTogether(env.CERTIFICATES_ZONE, env.CERTIFICATES_TOKEN),
    "CERTIFICATES_ZONE and CERTIFICATES_TOKEN are given together",
  ),
  relation(
    ["ENVIRONMENT", "PREVIEW_DOMAIN", "PUBLIC_URL"],
    (env) => env.ENVIRONMENT === "local" || env.PREVIEW_DOMAIN === undefined || isApart(env.PREVIEW_DOMAIN, new URL(env.PUBLIC_URL).host),
    "PREVIEW_DOMAIN lies within the domain of PUBLIC_URL, or the other way round: pages that agents make would share its cookies",
  ),
  relation(
    ["ENVIRONMENT", "APPS_DOMAIN", "PUBLIC_URL"],
    (env) => env.ENVIRONMENT === "local" || env.APPS_DOMAIN === undefined || isApart(env.APPS_DOMAIN, new URL(env.PUBLIC_URL).host),
    "APPS_DOMAIN lies within the domain of PUBLIC_URL, or the other way round: what members run would share its cookies",
  ),
  relation(
    ["APPS_DOMAIN", "PREVIEW_DOMAIN"],
    (env) => env.APPS_DOMAIN === undefined || env.PREVIEW_DOMAIN === undefined || isApart(env.APPS_DOMAIN, env.PREVIEW_DOMAIN),
    "APPS_DOMAIN and PREVIEW_DOMAIN lie within one another: a name would be an app's and a preview's",
  ),
  relation(
    ["SIGNING_KEYS", "PUSH_KEY"],
    (env) => !env.SIGNING_KEYS.some(({ x }) => x === env.PUSH_KEY?.x),
    "PUSH_KEY is a key of SIGNING_KEYS too: a key has one end",
  ),
  relation(["KEKS", "KEK_CURRENT"], (env) => Object.hasOwn(env.KEKS, env.KEK_CURRENT), "KEK_CURRENT names no key of KEKS"),
];
const edgeSettings = relations.reduce(
  (shape, { names, holds, otherwise }) =>
    shape.refine(holds, {
      error: otherwise,
      when: ({ issues }) => !issues.some(({ path }) => names.some((name) => name === path?.[0])),
    }),
  settingsShape,
);
export type EdgeConfig = ParsedSettings;

export type EdgeSetting = {
  name: string;
  about: string;
  isSecret: boolean;
  /** A Worker can't do without it. */
  needed: boolean;
  /** What it is where it is absent, as its text; undefined where it is then nothing. */
  otherwise: string | undefined;
};
const settingNotes = z.object({ about: z.string(), secret: z.boolean().default(false) });
/** All settings that there are, in their order. */
export const listEdgeSettings = (): EdgeSetting[] =>
  Object.entries(settingsShape.shape).map(([name, shape]) => {
    const { about, secret } = settingNotes.parse(shape.meta());
    const absent = shape.safeParse(undefined);
    const otherwise = typeof absent.data === "string" || typeof absent.data === "number" ? String(absent.data) : undefined;
    return { name, about, isSecret: secret, needed: !absent.success, otherwise };
  });

/** Settings from texts, without the spaces around them. */
export function parseEdgeSettings(env: Readonly<Record<string, unknown>>): { config: EdgeConfig } | { problems: string[] } {
  const texts = Object.entries(env).flatMap(([name, value]) => (typeof value === "string" ? [[name, value.trim()] as const] : []));
  const { data, error } = edgeSettings.safeParse(Object.fromEntries(texts), {
    error: ({ input }) => (input === undefined ? "is missing" : undefined),
  });
  // Names and reasons, never values: a path within a setting may be one.
  return error
    ? { problems: error.issues.map(({ path: [name], message }) => (name === undefined ? message : `${String(name)}: ${message}`)) }
    : { config: data };
}
