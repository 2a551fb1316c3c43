import { type EdgeConfig, parseEdgeSettings } from "./settings-rules.ts";

/**
 * What Cloudflare (or Miniflare) hands in. Everything but the
 * bindings below is text and is parsed by `readEdgeConfig`.
 */
export type Bindings = {
  ASSETS: Fetcher;
  RATE: RateLimit;
  RATE_OPEN: RateLimit;
  RATE_VISITS: RateLimit;
  RATE_STRIPE: RateLimit;
  /** A way out that leads to the internet only. Cloudflare's own does; elsewhere it must be bound. */
  OUTSIDE?: Fetcher;
  [setting: string]: unknown;
};

export type { EdgeConfig };

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
  const parsed = parseEdgeSettings(env);
  if ("problems" in parsed) throw new Error(`settings of the edge: ${parsed.problems.join("; ")}`);
  return parsed.config;
}
