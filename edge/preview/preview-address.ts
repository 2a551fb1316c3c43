import { previewLabel, readPreviewHost } from "../../schema/preview/preview-access.ts";
import { readAppLabel } from "../../schema/release/app-address.ts";
import { AppError } from "../../schema/wire/error.ts";
import { trimTail } from "../../schema/wire/foreign-text.ts";
import type { EdgeConfig } from "../env.ts";

type Domain = "PREVIEW_DOMAIN" | "APPS_DOMAIN";
type Domains = Pick<EdgeConfig, "PUBLIC_URL" | "IDENTITY_PARTIES" | Domain>;
const localNames = { PREVIEW_DOMAIN: "preview.localhost", APPS_DOMAIN: "apps.localhost" } as const;
/**
 * Below which domain previews or apps are: the setting, or on a developer's machine a name that leads to it.
 */
function siteDomain(config: Domains, setting: Domain): string | undefined {
  if (config[setting] !== undefined) return config[setting];
  const { hostname, port } = new URL(config.PUBLIC_URL);
  return hostname === "localhost" || hostname === "127.0.0.1" ? `${localNames[setting]}${port ? `:${port}` : ""}` : undefined;
}

/** The origin of a preview. Refuses where no domain is set for them. */
export function previewOrigin(config: Domains, preview: string): string {
  const domain = siteDomain(config, "PREVIEW_DOMAIN");
  if (domain === undefined) throw new AppError("forbidden", { what: "PREVIEW_DOMAIN" }, { message: "Previews are not set up here." });
  return `${new URL(config.PUBLIC_URL).protocol}//${previewLabel(preview)}.${domain}`;
}
/** The host at which what serves of a project is seen. Refuses where no domain is set for it. */
export function appHost(config: Domains, label: string): string {
  const domain = siteDomain(config, "APPS_DOMAIN");
  if (domain === undefined) throw new AppError("forbidden", { what: "APPS_DOMAIN" }, { message: "Deployments are not set up here." });
  return `${label}.${domain}`;
}
export const appOrigin = (config: Domains, label: string): string => `${new URL(config.PUBLIC_URL).protocol}//${appHost(config, label)}`;

/** The host names of the product, without ports. */
export function listOwnHosts(config: Domains): string[] {
  const domains = [siteDomain(config, "PREVIEW_DOMAIN"), siteDomain(config, "APPS_DOMAIN")];
  const origins = [config.PUBLIC_URL, ...config.IDENTITY_PARTIES].filter((each) => URL.canParse(each));
  return [...origins.map((origin) => new URL(origin).hostname), ...domains.flatMap((domain) => domain?.split(":")[0] ?? [])];
}

export type AskedHost =
  | { kind: "app" }
  | { kind: "nothing" }
  | { kind: "preview"; id: `pvw_${string}` }
  | { kind: "released"; label: string }
  /** A name that is none of the product's: a member's domain, or nobody's. */
  | { kind: "domain"; name: string };
const isBelow = (host: string, domain: string | undefined): domain is string =>
  domain !== undefined && (host === domain || host.endsWith(`.${domain}`));
const readName = (host: string) => trimTail(host.split(":")[0]!, ".");
/** A name with a dot that is none of ours. Addresses of digits and single words lead to the app. */
function isForeign(config: Domains, host: string): boolean {
  const name = readName(host);
  return /\.[a-z][a-z0-9-]*$/.test(name) && !listOwnHosts(config).includes(name);
}
/**
 * Whether a request is for the app, for a preview, for what serves of a project, or for no name of theirs.
 */
export function readHost(config: Domains, host: string): AskedHost {
  const [previews, apps] = [siteDomain(config, "PREVIEW_DOMAIN"), siteDomain(config, "APPS_DOMAIN")];
  if (isBelow(host, apps)) {
    const label = readAppLabel(host, apps);
    return label === undefined ? { kind: "nothing" } : { kind: "released", label };
  }
  if (!isBelow(host, previews)) return isForeign(config, host) ? { kind: "domain", name: readName(host) } : { kind: "app" };
  const preview = readPreviewHost(host, previews);
  return preview === undefined ? { kind: "nothing" } : { kind: "preview", id: preview };
}
