import { z } from "zod";
import { instanceName } from "../../schema/machine/instance.ts";

const shape = z
  .object({
    GROWQR_INSTANCE: instanceName.default("main"),
    /** When the boot began, milliseconds since 1970, so that elapsed times count from there. */
    GROWQR_BEGAN: z.coerce.number().optional(),
    /** A real model: any OpenAI-compatible provider. */
    OPENAI_API_KEY: z.string().optional(),
    OPENAI_BASE_URL: z.url().default("https://api.openai.com/v1"),
    OPENAI_MODEL: z.string().default("gpt-5-mini"),
    /** What agent types call fast, standard and deep, where it is not that one. */
    OPENAI_MODEL_FAST: z.string().optional(),
    OPENAI_MODEL_STANDARD: z.string().optional(),
    OPENAI_MODEL_DEEP: z.string().optional(),
    /** Clerk instead of the double of it. */
    CLERK_PUBLISHABLE_KEY: z.string().optional(),
    CLERK_SECRET_KEY: z.string().optional(),
    /** The address of who enrols this machine: with Clerk, its person is made an operator at each start. */
    OPERATOR_EMAIL: z.email().toLowerCase().optional(),
    /** The way out of boxes, as `agent-host/README.md` says. */
    EGRESS_ALLOW: z.string().default(""),
    EGRESS_PUBLIC: z.string().default(""),
    EGRESS_TRUSTED: z.string().default(""),
    BOX_AUTHORITIES: z.string().default(""),
    /** A file with authorities beside the usual ones, for addresses that quests come from. */
    NODE_EXTRA_CA_CERTS: z.string().optional(),
    /** Origins of services beside this machine that members' agents may be bound to. */
    SERVICES_LOCAL: z.string().default(""),
    /** Mail by Resend's API, or one that speaks it; without a key the demo's mails stay on this machine. */
    MAIL_KEY: z.string().optional(),
    MAIL_URL: z.url().default("https://api.resend.com"),
    MAIL_FROM: z.string().optional(),
    /** Origins beside this machine that members' webhooks and browsers may have. */
    REMINDERS_LOCAL: z.string().default(""),
    /** Who makes certificates for members' domains, and who answers for their DNS; else they are a demo. */
    CERTIFICATES_URL: z.url().optional(),
    CERTIFICATES_ZONE: z.string().optional(),
    CERTIFICATES_TOKEN: z.string().optional(),
    DNS_OVER_HTTPS: z.url().optional(),
    /** Payments by Stripe; without them a double takes them, and no money moves. */
    STRIPE_KEY: z.string().optional(),
    STRIPE_WEBHOOK_SECRET: z.string().optional(),
    STRIPE_PRICE_STUDIO: z.string().optional(),
    STRIPE_PRICE_WORKSHOP: z.string().optional(),
    STRIPE_METER: z.string().optional(),
    STRIPE_TAX: z.string().optional(),
    /** What members write to. */
    SUPPORT_EMAIL: z.string().optional(),
    /** Milliseconds that a question waits until its member is reminded. */
    REMIND_AFTER: z.string().optional(),
    /** Milliseconds after which a turn is given up whose host answers nothing. */
    HOST_PATIENCE: z.string().optional(),
    /** Milliseconds for which nobody uses a stack until it is stopped. */
    IDLE_AFTER: z.string().optional(),
    /** A collector of OpenTelemetry's, for traces of all parts. */
    TRACES_URL: z.url().optional(),
    TRACES_HEADERS: z.string().optional(),
    TRACES_RATIO: z.string().optional(),
    /** How many stacks this machine takes; by its memory when absent. */
    HOST_STACKS: z.string().optional(),
    /** Where ready images are pulled from, and what may be: `agent-host/config.ts` reads them. */
    GROWQR_IMAGE_REGISTRY: z.string().optional(),
    GROWQR_IMAGE_DIGESTS: z.string().optional(),
    CI: z.string().optional(),
  })
  .refine((env) => !env.CLERK_PUBLISHABLE_KEY || (env.CLERK_SECRET_KEY && env.OPERATOR_EMAIL), {
    message:
      "with CLERK_PUBLISHABLE_KEY also set CLERK_SECRET_KEY and OPERATOR_EMAIL (the address of a person at Clerk who enrols this machine)",
  })
  .refine((env) => !env.MAIL_KEY || env.MAIL_FROM, { message: "with MAIL_KEY also set MAIL_FROM (GrowQR <reminders@your.domain>)" });

/** How programs that build images reach their sources from this machine. */
const buildName =
  /^(GO(PROXY|SUMDB|PRIVATE|NOSUMDB|NOPROXY|INSECURE|PATH|CACHE|MODCACHE)|PIP_[A-Z_]+|NPM_CONFIG_(REGISTRY|CAFILE)|(HTTPS?|NO|ALL)_PROXY|SSL_CERT_(FILE|DIR)|(REQUESTS|CURL)_CA_BUNDLE)$/i;

export type Settings = z.infer<typeof shape> & { building: Record<string, string> };
/** One parse of the environment; throws with what is wrong, never with values. */
export function readSettings(env: Record<string, string | undefined>): Settings {
  const parsed = shape.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== "")));
  if (!parsed.success)
    throw new Error(`settings: ${parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`.trim()).join("; ")}`);
  const building = Object.entries(env).flatMap(([name, value]) => (value && buildName.test(name) ? [[name, value] as const] : []));
  return { ...parsed.data, building: Object.fromEntries(building) };
}

const pickSettings = (settings: Settings, names: readonly (keyof z.infer<typeof shape>)[]): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (settings[name] === undefined ? [] : [[name, String(settings[name])]])));
/** The edge's settings for domains of members' own. */
export const domainBindings = (settings: Settings): Record<string, string> =>
  pickSettings(settings, ["CERTIFICATES_URL", "CERTIFICATES_ZONE", "CERTIFICATES_TOKEN", "DNS_OVER_HTTPS"]);
/** Every part's settings for traces. */
export const traceBindings = (settings: Settings): Record<string, string> =>
  pickSettings(settings, ["TRACES_URL", "TRACES_HEADERS", "TRACES_RATIO"]);
