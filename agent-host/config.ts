import path from "node:path";
import { z } from "zod";
import { type Instance, instanceName, readInstance } from "../schema/machine/instance.ts";
import { type ImageDigests, imageDigests } from "./images.ts";

const hostSettings = z.object({
  GROWQR_INSTANCE: instanceName.default("main"),
  STATE_FOLDER: z.string().min(1),
  /** Taken from the join token when absent. */
  EDGE_URL: z.url().optional(),
  DOCKER_SOCKET: z.string().default("/var/run/docker.sock"),
  /** Where runners reach this machine; the mutual-TLS port listens there. */
  HOST_ADDRESS: z.string().max(253).optional(),
  HOST_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  /** How many stacks this machine takes; by its memory when absent. */
  HOST_STACKS: z.coerce.number().int().min(0).optional(),
  /**
   * Names that boxes may reach through the CONNECT proxy: `example.org`, `.example.org` for all below it.
   * None by default.
   */
  EGRESS_ALLOW: z
    .string()
    .default("")
    .transform((text) => text.split(",").filter(Boolean)),
  GROWQR_IMAGE_REGISTRY: z.string().optional(),
  /**
   * What may be pulled, by content: `opencode=sha256:…,gitea=sha256:…,debian=sha256:…`. What is not named is
   * built here.
   */
  GROWQR_IMAGE_DIGESTS: imageDigests.optional(),
  IMAGE_CACHE: z.string().optional(),
});

export type HostSettings = {
  instance: Instance;
  state: string;
  edgeUrl?: string | undefined;
  dockerSocket: string;
  address?: string | undefined;
  port: number;
  stacks?: number | undefined;
  egressAllow: string[];
  images: { registry?: string | undefined; digests?: ImageDigests | undefined; cache: string };
};

/** One parse of the environment, at start; throws with the names that are wrong. */
export function readHostSettings(env: Record<string, string | undefined>): HostSettings {
  const parsed = hostSettings.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== "")));
  if (!parsed.success) throw new Error(`settings: ${z.prettifyError(parsed.error)}`);
  const instance = readInstance(parsed.data.GROWQR_INSTANCE);
  const state = path.resolve(parsed.data.STATE_FOLDER);
  return {
    instance,
    state,
    edgeUrl: parsed.data.EDGE_URL?.replace(/\/$/, ""),
    dockerSocket: parsed.data.DOCKER_SOCKET,
    address: parsed.data.HOST_ADDRESS,
    port: parsed.data.HOST_PORT ?? instance.ports.host,
    stacks: parsed.data.HOST_STACKS,
    egressAllow: parsed.data.EGRESS_ALLOW,
    images: {
      registry: parsed.data.GROWQR_IMAGE_REGISTRY,
      digests: parsed.data.GROWQR_IMAGE_DIGESTS,
      cache: parsed.data.IMAGE_CACHE ?? path.join(state, "cache"),
    },
  };
}
