import { z } from "zod";
import { AppError } from "../../schema/wire/error.ts";
import { mendText, startOfText } from "../../schema/wire/foreign-text.ts";
import type { EdgeConfig } from "../env.ts";

/**
 * Certificates for members' domains, by Cloudflare for SaaS: a "custom hostname" of the zone. A hostname and
 * its certificate are each verified on their own; only where both are active does the name answer.
 */
const customHostname = z.looseObject({
  id: z.string().min(1).max(100),
  hostname: z.string(),
  status: z.string().default("pending"),
  ssl: z
    .looseObject({
      status: z.string().default("initializing"),
      validation_errors: z.array(z.looseObject({ message: z.string() })).nullish(),
    })
    .nullish(),
  verification_errors: z.array(z.string()).nullish(),
});
type CustomHostname = z.infer<typeof customHostname>;
const envelope = z.looseObject({
  success: z.boolean(),
  errors: z.array(z.looseObject({ code: z.number(), message: z.string() })).nullish(),
  result: z.unknown(),
});
const duplicate = 1406;
const certificateMs = 8_000;
export type Certificate = { id: string; standing: "active" | "pending" | "failed"; reason: string | undefined };
type Answer = { status: number; said: z.infer<typeof envelope> };

async function askCertificates(config: EdgeConfig, method: string, path: string, body?: object): Promise<Answer> {
  const { CERTIFICATES_URL, CERTIFICATES_ZONE, CERTIFICATES_TOKEN } = config;
  const failed = (cause: unknown, meta = {}) => new AppError("unavailable", { what: "certificates", method, ...meta }, { cause });
  const response = await fetch(`${CERTIFICATES_URL}/zones/${CERTIFICATES_ZONE}/custom_hostnames${path}`, {
    method,
    headers: { authorization: `Bearer ${CERTIFICATES_TOKEN}`, ...(body ? { "content-type": "application/json" } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
    redirect: "manual",
    signal: AbortSignal.timeout(certificateMs),
  }).catch((error: unknown) => {
    throw failed(error);
  });
  const said = envelope.safeParse(await response.json().catch(() => undefined));
  // A wrong token or a full quota is the platform's trouble, and says nothing of the domain.
  const ours = response.status === 401 || response.status === 403 || response.status === 429 || response.status >= 500;
  if (!said.success || ours) throw failed(said.data?.errors?.[0]?.message ?? "no answer of its kind", { status: response.status });
  return { status: response.status, said: said.data };
}

const ended = /^(blocked|moved|deleted)$/;
const stuck = /(_timed_out|^expired|^deleted|^inactive)$/;
function readCertificate(found: unknown): Certificate {
  const { id, status, ssl, verification_errors: unverified }: CustomHostname = customHostname.parse(found);
  const words = ssl?.validation_errors?.[0]?.message ?? unverified?.[0];
  const reason = words === undefined ? undefined : startOfText(mendText(words), 300);
  if (status === "active" && ssl?.status === "active") return { id, standing: "active", reason: undefined };
  if (ended.test(status))
    return { id, standing: "failed", reason: reason ?? `The provider of certificates says that the name is ${status}.` };
  if (stuck.test(ssl?.status ?? "")) return { id, standing: "failed", reason: reason ?? "No certificate could be made for it in time." };
  return { id, standing: "pending", reason };
}

async function findCertificate(config: EdgeConfig, name: string): Promise<Certificate | undefined> {
  const { said } = await askCertificates(config, "GET", `?${new URLSearchParams({ hostname: name })}`);
  const found = z
    .array(customHostname)
    .parse(said.result ?? [])
    .find(({ hostname }) => hostname === name);
  return found && readCertificate(found);
}
/** The certificate of a name, asked for where there is none. The same again finds the one that there is. */
export async function ensureCertificate(config: EdgeConfig, name: string, known: string | null): Promise<Certificate> {
  if (known !== null) {
    const { status, said } = await askCertificates(config, "GET", `/${encodeURIComponent(known)}`);
    if (status === 200 && said.success) return readCertificate(said.result);
  }
  const ssl = { method: "http", type: "dv", settings: { min_tls_version: "1.2" } };
  const { said } = await askCertificates(config, "POST", "", { hostname: name, ssl });
  if (said.success) return readCertificate(said.result);
  const [error] = said.errors ?? [];
  const there = error?.code === duplicate ? await findCertificate(config, name) : undefined;
  if (there) return there;
  const message = `The provider of certificates refused it: ${startOfText(mendText(error?.message ?? "it did not say why"), 300)}`;
  throw new AppError("conflict", { what: "certificate", code: error?.code }, { message });
}
/** One that is not there is gone already. */
export async function removeCertificate(config: EdgeConfig, name: string, known: string | null): Promise<void> {
  const id = known ?? (await findCertificate(config, name))?.id;
  if (id === undefined) return;
  const { status, said } = await askCertificates(config, "DELETE", `/${encodeURIComponent(id)}`);
  if (status !== 404 && !said.success)
    throw new AppError("unavailable", { what: "certificates" }, { cause: said.errors?.[0]?.message ?? `it answered ${status}` });
}
