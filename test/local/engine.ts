import { execFileSync } from "node:child_process";
import path from "node:path";
import type { Instance } from "../../schema/machine/instance.ts";
import { answers, root, type Started, start } from "./process.ts";

/**
 * 127.0.0.9 with quick acknowledgements where we may add a route, else 127.0.0.1. Without them a message
 * stalls for 40 ms, because the runner's client does not set TCP_NODELAY.
 */
export function engineAddress(): string {
  try {
    execFileSync("ip", ["route", "replace", "local", "127.0.0.9", "dev", "lo", "table", "local", "quickack", "1"], { stdio: "ignore" });
    return "127.0.0.9";
  } catch {
    return "127.0.0.1";
  }
}

/** The Rivet engine on loopback, failing over within seconds. `token` opens everything in it. */
export function startEngine(instance: Instance, folder: string, token: string): Promise<Started & { url: string; endpoint: string }> {
  const address = engineAddress();
  const { engine, enginePeer, engineMetrics } = instance.ports;
  const url = `http://${address}:${engine}`;
  return start({
    name: "engine",
    command: path.join(root, "node_modules/@rivetkit/engine-cli-linux-x64-musl/rivet-engine"),
    args: ["start"],
    folder,
    env: {
      RUST_BACKTRACE: "0", // anything else makes the engine about four times slower
      RUST_LIB_BACKTRACE: "0",
      RIVET__FILE_SYSTEM__PATH: path.join(folder, "engine"),
      RIVET__AUTH__ADMIN_TOKEN: token,
      RIVET__GUARD__HOST: address,
      RIVET__GUARD__PORT: String(engine),
      RIVET__GUARD__TCP_NODELAY: "true",
      RIVET__API_PEER__HOST: "127.0.0.1",
      RIVET__API_PEER__PORT: String(enginePeer),
      RIVET__METRICS__HOST: "127.0.0.1",
      RIVET__METRICS__PORT: String(engineMetrics),
      RIVET__RUNTIME__WORKER_CPU_MAX: "64000",
      RIVET__RUNTIME__WORKER_SHUTDOWN_DURATION: "5",
      RIVET__RUNTIME__GUARD_SHUTDOWN_DURATION: "5",
      RIVET__RUNTIME__FORCE_SHUTDOWN_DURATION: "10",
      RIVET__PEGBOARD__ENVOY_LOST_THRESHOLD: "4000",
      RIVET__PEGBOARD__ENVOY_ELIGIBLE_THRESHOLD: "3000",
      RIVET__PEGBOARD__ENVOY_PING_TIMEOUT: "4000",
      RIVET__PEGBOARD__ENVOY_UPDATE_PING_INTERVAL: "1000",
      RIVET__PEGBOARD__GATEWAY_TUNNEL_PING_TIMEOUT_MS: "4000",
      RIVET__PEGBOARD__GATEWAY_UPDATE_PING_INTERVAL_MS: "1000",
      RIVET__PEGBOARD__GATEWAY_GC_INTERVAL_MS: "1000",
      RIVET__PEGBOARD__BASE_RETRY_TIMEOUT: "100",
      RIVET__PEGBOARD__RESCHEDULE_BACKOFF_MAX_EXPONENT: "3",
      RIVET__PEGBOARD__RETRY_RESET_DURATION: "100",
    },
    ready: () => answers(`${url}/health`),
  }).then((started) => ({ ...started, url, endpoint: `http://default:${token}@${address}:${engine}` }));
}
