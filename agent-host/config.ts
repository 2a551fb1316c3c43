import path from "node:path";
import { z } from "zod";
import { type Instance, instanceName, readInstance } from "../schema/machine/instance.ts";
import { publicEgressNames, registryNames } from "../schema/stack/egress-names.ts";
import { type AddressRange, parseAddressRange } from "../schema/wire/public-address.ts";
import { readTraceTarget, type TraceTarget, traceSettings } from "../schema/wire/trace-export.ts";
import { type ImageDigests, imageDigests } from "./images.ts";

const commaList = z
  .string()
  .default("")
  .transform((text) => text.split(",").filter(Boolean));
const hostSettings = z.object({
  GROWQR_INSTANCE: instanceName.default("main"),
  STATE_FOLDER: z.string().min(1),
  /** Taken from the join token when absent. */
  EDGE_URL: z.url().optional(),
  DOCKER_SOCKET: z.string().default("/var/run/docker.sock"),
  /** Docker's own folder, for a daemon in a container, which sees it only where it was mounted. */
  DOCKER_FOLDER: z.string().optional(),
  /** Where runners reach this machine; the mutual-TLS port listens there. */
  HOST_ADDRESS: z.string().max(253).optional(),
  HOST_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  /** How many stacks this machine takes; by its memory when absent. */
  HOST_STACKS: z.coerce.number().int().min(0).optional(),
  /**
   * Names that boxes may reach through the CONNECT proxy beside those of `publicEgressNames`: `example.org`,
   * `.example.org` for all below it.
   */
  EGRESS_ALLOW: commaList,
  /** `off`: boxes reach the names of EGRESS_ALLOW alone. */
  EGRESS_PUBLIC: z.enum(["on", "off"]).default("on"),
  /** Inner addresses that names on the list may have, of a mirror for instance: `10.1.2.0/24,10.3.4.5`. */
  EGRESS_TRUSTED: commaList.transform((ranges, context) =>
    ranges.flatMap((text) => {
      const range = parseAddressRange(text);
      if (!range) context.addIssue({ code: "custom", message: `${text.slice(0, 80)} is no IPv4 address or range` });
      return range ? [range] : [];
    }),
  ),
  /** A file of certificate authorities (PEM) that programs in boxes trust beside the usual ones. */
  BOX_AUTHORITIES: z.string().optional(),
  /** How long the installation of what one commit needs may take. */
  SETUP_SECONDS: z.coerce.number().int().min(1).max(1_500).default(900),
  APP_REST_SECONDS: z.coerce.number().int().min(1).max(86_400).default(1_800),
  GROWQR_IMAGE_REGISTRY: z.string().optional(),
  /**
   * What may be pulled, by content: `opencode=sha256:…,gitea=sha256:…,debian=sha256:…`. What is not named is
   * built here.
   */
  GROWQR_IMAGE_DIGESTS: imageDigests.optional(),
  IMAGE_CACHE: z.string().optional(),
  ...traceSettings,
});

export type HostSettings = {
  instance: Instance;
  state: string;
  edgeUrl?: string | undefined;
  dockerSocket: string;
  dockerFolder?: string | undefined;
  address?: string | undefined;
  port: number;
  stacks?: number | undefined;
  egress: { names: string[]; registries: string[]; trusted: AddressRange[] };
  authorities?: string | undefined;
  setupSeconds: number;
  /** After so long without a visitor an app sleeps, where its member's plan has it so. */
  appRestSeconds: number;
  images: { registry?: string | undefined; digests?: ImageDigests | undefined; cache: string };
  traces: TraceTarget | undefined;
};

/** One parse of the environment, at start; throws with the names that are wrong. */
export function readHostSettings(env: Record<string, string | undefined>): HostSettings {
  const parsed = hostSettings.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== "")));
  if (!parsed.success) throw new Error(`settings: ${z.prettifyError(parsed.error)}`);
  const instance = readInstance(parsed.data.GROWQR_INSTANCE);
  const isPublic = parsed.data.EGRESS_PUBLIC === "on";
  const state = path.resolve(parsed.data.STATE_FOLDER);
  return {
    instance,
    state,
    edgeUrl: parsed.data.EDGE_URL?.replace(/\/$/, ""),
    dockerSocket: parsed.data.DOCKER_SOCKET,
    dockerFolder: parsed.data.DOCKER_FOLDER,
    address: parsed.data.HOST_ADDRESS,
    port: parsed.data.HOST_PORT ?? instance.ports.host,
    stacks: parsed.data.HOST_STACKS,
    egress: {
      names: [...(isPublic ? publicEgressNames.map(({ name }) => name) : []), ...parsed.data.EGRESS_ALLOW],
      registries: [...(isPublic ? registryNames : []), ...parsed.data.EGRESS_ALLOW],
      trusted: parsed.data.EGRESS_TRUSTED,
    },
    authorities: parsed.data.BOX_AUTHORITIES,
    setupSeconds: parsed.data.SETUP_SECONDS,
    appRestSeconds: parsed.data.APP_REST_SECONDS,
    images: {
      registry: parsed.data.GROWQR_IMAGE_REGISTRY,
      digests: parsed.data.GROWQR_IMAGE_DIGESTS,
      cache: parsed.data.IMAGE_CACHE ?? path.join(state, "cache"),
    },
    traces: readTraceTarget(parsed.data),
  };
}
