import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { undoAtExit } from "./at-exit.ts";
import { checkout, inCheckout } from "./checkout.ts";

/** wrangler ended with another code than 0. Its words stand in the message where nobody has seen them. */
export class WranglerFailed extends Error {}

/**
 * Runs wrangler in the clone, and gives what it wrote; with `shown` its words go to the terminal instead. The
 * app must be built: the build command of wrangler.toml is for who calls wrangler by hand. Settings are no
 * arguments: those are read by whoever lists processes.
 */
export async function wrangler(args: readonly string[], { shown = false } = {}): Promise<string> {
  const { CLOUDFLARE_ENV: _, ...given } = process.env; // the environment is an argument
  const ours = { APP_IS_BUILT: "1", CI: "1", NODE_ENV: "production", WRANGLER_SEND_METRICS: "false", NO_COLOR: "1" };
  const stdio = shown ? "inherit" : "pipe";
  const child = spawn(process.execPath, [inCheckout("node_modules/wrangler/bin/wrangler.js"), ...args], {
    cwd: checkout,
    env: { ...given, ...ours },
    stdio: ["ignore", stdio, stdio],
  });
  const ended = undoAtExit(() => child.kill());
  try {
    const closed = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
    const [out = "", err = "", code] = await Promise.all([child.stdout && text(child.stdout), child.stderr && text(child.stderr), closed]);
    if (code !== 0) throw new WranglerFailed(`wrangler ${args[0]} ended with ${code}${shown ? "" : `:\n${out}${err}`}`);
    return out ?? "";
  } finally {
    ended();
  }
}
