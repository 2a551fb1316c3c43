import { z } from "zod";
import { pushKey } from "../schema/reminder/push-message.ts";
import { trimTail } from "../schema/wire/foreign-text.ts";
import { ticketKeys } from "../schema/wire/ticket.ts";
import { traceSettings } from "../schema/wire/trace-export.ts";

/**
 * What Cloudflare (or Miniflare) hands in. Everything but the
 * bindings below is text and is parsed by `readEdgeConfig`.
 */
export type Bindings = {
  ASSETS: Fetcher;
  RATE: RateLimit;
  RATE_OPEN: RateLimit;
  RATE_VISITS: RateLimit;
  /** A way out that leads to the internet only. Cloudflare's own does; elsewhere it must be bound. */
  OUTSIDE?: Fetcher;
  [setting: string]: unknown;
};

const filledText = z.string().min(1);
const commaList = z
  .string()
  .default("")
  .transform((value) =>
    value
      .split(",")
      .map((item) => item.trim())
      .filter(Boolean),
  );
const jsonText = z.string().transform((value, context): unknown => {
  try {
    return JSON.parse(value);
  } catch {
    context.addIssue({ code: "custom", message: "not JSON" });
    return z.NEVER;
  }
});
const base = z.url().transform((url) => trimTail(url, "/"));

/** Whether neither of two host names lies within the other: a browser then lets them share no cookie. */
const isApart = (domain: string, other: string) => domain !== other && !domain.endsWith(`.${other}`) && !other.endsWith(`.${domain}`);

const hostName = z.string().regex(/^[a-z0-9.-]+(:[0-9]+)?$/, "must be a host name, in lower case, with its port where it has one");

/** `pk_test_` or `pk_live_`, then the host name of its Frontend API and a dollar sign in base64. */
function isPublishableKey(key: string): boolean {
  const [, told] = /^pk_(?:test|live)_([A-Za-z0-9+/=]+)$/.exec(key) ?? [];
  try {
    return told !== undefined && /^[a-z0-9-]+(\.[a-z0-9-]+)+\$$/.test(atob(told));
  } catch {
    return false; // not base64
  }
}

const edgeSettings = z
  .object({
    INSTANCE: filledText,
    ENVIRONMENT: z.enum(["local", "production"]),
    PUBLIC_URL: base,
    LIBSQL_URL: base,
    LIBSQL_TOKEN: filledText.optional(),
    RIVET_URL: base,
    RIVET_TOKEN: filledText,
    RELAY_URL: base,
    SIGNING_KEYS: jsonText.pipe(ticketKeys),
    KEKS: jsonText.pipe(z.record(z.string(), z.string().regex(/^[A-Za-z0-9_-]{43}$/, "32 bytes in base64url"))),
    KEK_CURRENT: filledText,
    IDENTITY: z.enum(["local", "clerk"]),
    IDENTITY_ISSUER: filledText,
    IDENTITY_JWT_KEY: filledText,
    IDENTITY_KEY_ID: filledText.optional(),
    IDENTITY_PARTIES: commaList.pipe(z.array(filledText).min(1)),
    IDENTITY_URL: base.optional(),
    CLERK_PUBLISHABLE_KEY: z.string().refine(isPublishableKey, "is not a publishable key of Clerk's").optional(),
    /** What Clerk signs its words to POST /webhooks/clerk with; absent: none is taken. */
    CLERK_WEBHOOK_SECRET: z
      .string()
      .regex(/^whsec_[A-Za-z0-9+/]{24,}={0,2}$/, "is not a signing secret of Clerk's")
      .optional(),
    /** Deletes the sign-in accounts of people who have theirs erased; absent: those stay with Clerk. */
    CLERK_SECRET_KEY: z.string().startsWith("sk_").optional(),
    CLERK_API_URL: base.default("https://api.clerk.com"),
    OPERATORS: commaList,
    MODEL_URL: base,
    MODEL_KEY: filledText,
    MODEL_NAME: filledText,
    MODEL_FAST: filledText.optional(),
    MODEL_STANDARD: filledText.optional(),
    MODEL_DEEP: filledText.optional(),
    MODEL_DEMO: z.string().optional(),
    /** Where the providers' own APIs are; a member's or the platform's key of theirs is sent there alone. */
    OPENAI_URL: base.default("https://api.openai.com/v1"),
    ANTHROPIC_URL: base.default("https://api.anthropic.com/v1"),
    GOOGLE_URL: base.default("https://generativelanguage.googleapis.com/v1beta"),
    /** Origins not on the internet that an OpenAI-compatible provider may have. */
    MODELS_LOCAL: commaList.pipe(z.array(z.url({ protocol: /^https?$/ }).transform((url) => new URL(url).origin))),
    MODEL_SILENCE: z.coerce.number().int().positive().default(60_000),
    MODEL_LONGEST: z.coerce.number().int().positive().default(540_000),
    MAIL_URL: base.optional(),
    MAIL_KEY: filledText.optional(),
    MAIL_FROM: filledText.optional(),
    MAIL_PAGE: base.optional(),
    PUSH_KEY: jsonText.pipe(pushKey).optional(),
    /** Below it each preview has a host name of its own; a registrable domain apart from PUBLIC_URL's. */
    PREVIEW_DOMAIN: hostName.optional(),
    /** Below it what serves of each project has a host name; apart from both of the other domains. */
    APPS_DOMAIN: hostName.optional(),
    /** A resolver that answers in JSON; what members' domains say is asked there. */
    DNS_OVER_HTTPS: base.default("https://cloudflare-dns.com/dns-query"),
    /** Cloudflare's API: the zone that makes certificates for members' domains. */
    CERTIFICATES_URL: base.default("https://api.cloudflare.com/client/v4"),
    CERTIFICATES_ZONE: z
      .string()
      .regex(/^[0-9a-f]{32}$/, "the id of a zone")
      .optional(),
    CERTIFICATES_TOKEN: filledText.optional(),
    /** Another address of Stripe's API. */
    STRIPE_URL: base.optional(),
    STRIPE_KEY: filledText.optional(),
    STRIPE_WEBHOOK_SECRET: filledText.optional(),
    /** Prices of the paid plan: the first is sold, the others still count. */
    STRIPE_PRICE_STUDIO: commaList,
    /**
     * The name of the events of a meter at Stripe, which sums their values: cents. Absent: nothing is told.
     */
    STRIPE_METER: filledText.optional(),
    /** With `1` Stripe Tax is asked to add what is due, by the payer's address. */
    STRIPE_TAX: z.enum(["0", "1"]).default("0"),
    REMINDERS_LOCAL: commaList.pipe(z.array(z.url({ protocol: /^https?$/ }).transform((url) => new URL(url).origin))),
    ...traceSettings,
  })
  .refine((env) => env.IDENTITY !== "local" || env.ENVIRONMENT !== "production", "the local identity page is refused in production")
  .refine((env) => env.IDENTITY !== "local" || env.IDENTITY_URL !== undefined, "IDENTITY_URL is missing")
  .refine((env) => env.IDENTITY !== "clerk" || env.CLERK_PUBLISHABLE_KEY !== undefined, "CLERK_PUBLISHABLE_KEY is missing")
  .refine((env) => env.MAIL_URL === undefined || (env.MAIL_KEY && env.MAIL_FROM), "with MAIL_URL, MAIL_KEY and MAIL_FROM are needed")
  .refine(
    (env) => (env.STRIPE_KEY === undefined) === (env.STRIPE_WEBHOOK_SECRET === undefined || env.STRIPE_PRICE_STUDIO.length === 0),
    "STRIPE_KEY, STRIPE_WEBHOOK_SECRET and STRIPE_PRICE_STUDIO are given together",
  )
  .refine(
    (env) => env.ENVIRONMENT === "local" || !env.STRIPE_URL?.startsWith("http:"),
    "a STRIPE_URL without https, as the local double has, is refused in production",
  )
  .refine(
    (env) => (env.CERTIFICATES_ZONE === undefined) === (env.CERTIFICATES_TOKEN === undefined),
    "CERTIFICATES_ZONE and CERTIFICATES_TOKEN are given together",
  )
  .refine(
    (env) => env.ENVIRONMENT === "local" || env.PREVIEW_DOMAIN === undefined || isApart(env.PREVIEW_DOMAIN, new URL(env.PUBLIC_URL).host),
    "PREVIEW_DOMAIN lies within the domain of PUBLIC_URL, or the other way round: pages that agents make would share its cookies",
  )
  .refine(
    (env) => env.ENVIRONMENT === "local" || env.APPS_DOMAIN === undefined || isApart(env.APPS_DOMAIN, new URL(env.PUBLIC_URL).host),
    "APPS_DOMAIN lies within the domain of PUBLIC_URL, or the other way round: what members run would share its cookies",
  )
  .refine(
    (env) => env.APPS_DOMAIN === undefined || env.PREVIEW_DOMAIN === undefined || isApart(env.APPS_DOMAIN, env.PREVIEW_DOMAIN),
    "APPS_DOMAIN and PREVIEW_DOMAIN lie within one another: a name would be an app's and a preview's",
  )
  .refine((env) => !env.SIGNING_KEYS.some(({ x }) => x === env.PUSH_KEY?.x), "PUSH_KEY is a key of SIGNING_KEYS too: a key has one end")
  .refine((env) => env.KEKS[env.KEK_CURRENT] !== undefined, "KEK_CURRENT names no key of KEKS");
export type EdgeConfig = z.infer<typeof edgeSettings>;

/** Their names, and which a Worker can't do without. */
export const listEdgeSettings = (): { name: string; needed: boolean }[] =>
  Object.entries(edgeSettings.shape).map(([name, shape]) => ({ name, needed: !shape.safeParse(undefined).success }));

const configs = new WeakMap<Bindings, EdgeConfig>();
/**
 * The parsed settings. A Worker has no start: the first request parses, and the others of its isolate get the
 * same `env` object.
 */
export function readEdgeConfig(env: Bindings): EdgeConfig {
  const config = configs.get(env) ?? parseConfig(env);
  configs.set(env, config);
  return config;
}
function parseConfig(env: Bindings): EdgeConfig {
  const strings = Object.entries(env).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  const parsed = edgeSettings.safeParse(Object.fromEntries(strings));
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
    throw new Error(`settings of the edge: ${problems}`); // names and reasons, never values
  }
  return parsed.data;
}
