import path from "node:path";
import type { Instance } from "../../schema/machine/instance.ts";
import { answers, bin, root, type Started, start } from "./process.ts";
import type { Settings } from "./settings.ts";

export type Mail = Started & { url: string; key: string /** Where people read what was sent. */; page: string };

/** The demo's mail service as its own process, speaking Resend's API. Nothing leaves this machine. */
export async function startMail(instance: Instance, folder: string, key: string): Promise<Mail> {
  const url = `http://127.0.0.1:${instance.ports.mail}`;
  const started = await start({
    name: "mail",
    command: bin("node"),
    args: [path.join(root, "test/doubles/mail/main.ts")],
    folder,
    env: { MAIL_PORT: String(instance.ports.mail), MAIL_KEY: key },
    ready: () => answers(`${url}/health`),
  });
  return { ...started, url, key, page: `http://localhost:${instance.ports.mail}` };
}

/** The edge's settings: the demo's service, or the real one. */
export function mailBindings(demo: Mail | undefined, { MAIL_URL, MAIL_KEY, MAIL_FROM }: Settings): Record<string, string> {
  if (demo) return { MAIL_URL: demo.url, MAIL_KEY: demo.key, MAIL_FROM: "GrowQR <reminders@example.com>", MAIL_PAGE: demo.page };
  return { MAIL_URL, MAIL_KEY: MAIL_KEY ?? "", MAIL_FROM: MAIL_FROM ?? "" };
}
