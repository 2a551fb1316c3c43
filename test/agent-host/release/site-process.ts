import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { eventually } from "../../harness/eventually.ts";

/** The server of static sites as an app's container runs it, over a folder with these files. */
export async function startSite(files: Record<string, string>): Promise<{ port: number; folder: string; stop: () => Promise<void> }> {
  const folder = mkdtempSync(path.join(tmpdir(), "site-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  const place = createServer().listen(0, "127.0.0.1");
  await once(place, "listening");
  const { port } = place.address() as AddressInfo;
  await new Promise((done) => place.close(done));
  const program = path.resolve(import.meta.dirname, "../../../agent-host/release/static-site.ts");
  const child = spawn(process.execPath, [program, folder, String(port)], { stdio: "inherit" });
  const ended = once(child, "exit");
  await eventually("the site is served", async () => (await fetch(`http://127.0.0.1:${port}/`)).status > 0);
  const stop = async () => {
    child.kill();
    await ended;
    rmSync(folder, { recursive: true });
  };
  return { port, folder, stop };
}
